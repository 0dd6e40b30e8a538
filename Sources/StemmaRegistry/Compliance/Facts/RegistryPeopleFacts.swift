internal import StemmaJSON

/// Everybody who holds a token that is neither revoked nor expired, with all their live tokens.
struct LivePeople: Sendable {
    struct Person: Sendable {
        let id: Int64
        let pseudonym: String
        let subject: String
        var roles: Set<Role> = []
        /// The reach of tokens that may read models.
        var readable: [ModelScope] = []

        func reads(_ model: String) -> Bool { readable.contains { $0.contains(model) } }
    }

    /// In the order of their row keys.
    let all: [Person]
    private let services: ModelScope

    init(_ reader: any MetadataReader, _ policy: RegistryPolicy, at now: Timestamp) throws {
        var people: [Int64: Person] = [:]
        try reader.forEachLiveToken { token in
            guard token.expires.map({ $0 > now }) ?? true else { return }
            var person: Person =
                people[token.principalID]
                ?? Person(id: token.principalID, pseudonym: token.pseudonym, subject: token.subject)
            let roles: [Role] = token.roles.compactMap { Role($0) }
            person.roles.formUnion(roles)
            if roles.contains(where: { $0.permissions.contains(.readModels) }) {
                person.readable.append(ModelScope(patterns: token.models))
            }
            people[token.principalID] = person
        }
        all = people.values.sorted { $0.id < $1.id }
        services = ModelScope(patterns: policy.serviceSubjects)
    }

    func isService(_ subject: String) -> Bool { services.contains(subject) }

    func isActive(_ id: Int64) -> Bool { all.contains { $0.id == id } }
}

/// Facts about who may do what.
enum RegistryPeopleFacts {
    static func gather(
        _ needs: ComplianceNeeds, _ people: LivePeople, at now: Timestamp, _ reader: any MetadataReader,
        into sheet: inout ComplianceSheet
    ) throws {
        guard needs.wants("registry.principals") else { return }
        let approvals: [Int64: Int64] = try reader.approvalsGiven(since: AuditedRecords.start(now))
        let rows: [JSONValue] = people.all.map { person in
            [
                "person": .string(person.pseudonym),
                "roles": .array(person.roles.map(\.description).sorted().map { .string($0) }),
                "is_service": .bool(people.isService(person.subject)),
                "approvals_given": .integer(approvals[person.id] ?? 0),
            ]
        }
        sheet.set("registry.principals", .array(rows))
    }
}
