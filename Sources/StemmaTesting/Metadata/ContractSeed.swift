internal import StemmaDigest
internal import StemmaRegistry

extension MetadataStore {
    /// A write that publishes nothing.
    @discardableResult
    func change<T: Sendable>(_ body: @escaping @Sendable (any MetadataTransaction) throws -> T) async throws -> T {
        try await write(body, committed: nil)
    }
}

/// Rows that checks start from.
enum Seed {
    /// A moment in 2024 and that many milliseconds.
    static func moment(_ milliseconds: Int64 = 0) -> Timestamp {
        Timestamp(milliseconds: 1_705_312_800_000 + milliseconds)
    }

    /// The digest of a text, to tell one value from another.
    static func digest(_ text: String) -> Digest { SHA256Hasher.digest(Array(text.utf8)) }

    static func fields(
        description: String? = nil, domain: String? = nil, owner: String? = nil, tags: String = "{}",
        metadata: String = "{}"
    ) -> ModelFields {
        ModelFields(
            description: description, domain: domain, useCase: nil, owner: owner, tags: Array(tags.utf8),
            metadata: Array(metadata.utf8))
    }

    /// The row key of a subject.
    static func principal(_ transaction: any MetadataTransaction, _ subject: String = "ada") throws -> Int64 {
        try transaction.ensurePrincipal(subject: subject, pseudonym: "p-\(subject)", at: moment()).id
    }

    /// A model.
    static func model(
        _ transaction: any MetadataTransaction, _ name: String, fields: ModelFields = Seed.fields(),
        at created: Timestamp = moment(), by subject: String = "ada"
    ) throws -> Int64 {
        try transaction.insertModel(
            name: name, fields: fields, created: created, createdBy: try principal(transaction, subject))
    }

    /// A version under the model's next number.
    static func version(
        _ transaction: any MetadataTransaction, of model: Int64, _ text: String, status: VersionStatus = .ready,
        state: LifecycleState = .development, description: String? = nil, sizeBytes: Int64 = 0,
        at created: Timestamp = moment(), by subject: String = "ada", expires: Timestamp? = nil
    ) throws -> Int64 {
        let number: Int64 = try transaction.takeRegistrationNumber(model: model)
        let id: Int64 = try transaction.insertVersion(
            NewVersion(
                modelID: model, number: number, version: try expectSome(SemanticVersion(text), "version \(text)"),
                status: status, state: state, description: description, tags: Array("{}".utf8),
                metrics: Array("{}".utf8), document: Array(#"{"document":"\#(text)"}"#.utf8),
                requestDigest: digest("request \(text)"),
                artifactsDigest: status == .ready ? digest("files \(text)") : nil,
                manifestDigest: status == .ready ? digest("manifest \(text)") : nil, sizeBytes: sizeBytes,
                created: created, createdBy: try principal(transaction, subject), expires: expires))
        if status == .ready { try transaction.addToVersionCount(model: model, 1, at: created) }
        return id
    }

    /// The key bytes of a version's precedence.
    static func precedence(_ text: String) throws -> [UInt8] {
        try expectSome(SemanticVersion(text), "version \(text)").precedenceKey
    }

    /// Appends the next event of the log.
    @discardableResult
    static func event(
        _ transaction: any MetadataTransaction, _ action: String, _ resource: ResourceID, outcome: String = "success",
        at moment: Timestamp = moment(), principal: Int64? = nil, privateValues: [PrivateValue] = []
    ) throws -> Int64 {
        let sequence: Int64 = try transaction.auditSize()
        let leaf: String = #"{"action":"\#(action)","seq":\#(sequence)}"#
        try transaction.appendAuditEvent(
            sequence: sequence, at: moment, leaf: Array(leaf.utf8), leafHash: digest(leaf),
            retainUntil: moment.adding(milliseconds: 1_000), action: action, outcome: outcome, principal: principal,
            resource: resource, privateValues: privateValues)
        return sequence
    }
}
