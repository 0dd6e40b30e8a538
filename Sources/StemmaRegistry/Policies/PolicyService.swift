internal import StemmaDigest
package import StemmaJSON

/// Makes, changes, reads and runs automated policies.
package struct PolicyService: Sendable {
    private let core: RegistryCore

    package init(core: RegistryCore) { self.core = core }

    /// Stores a policy with a body of `PolicyShapes.request`. Throws `validationFailed`, `policyExists`.
    package func createPolicy(_ body: JSONValue, _ context: RequestContext) async throws -> Answer {
        try context.principal.requireEverywhere(.manageLifecycle)
        let definition = try PolicyDefinition(body)
        let (id, limit): (String, Int) = (core.environment.identifier("pol_"), core.policy.limits.policyCount)
        return try await core.gate.mutate("create_policy", context) { transaction, now in
            guard try transaction.policyCount() < limit else {
                throw StemmaError(
                    .validationFailed, "there are \(limit) policies already, which is the most there can be")
            }
            try PolicyService.requireFree(definition.name, besides: nil, transaction)
            try transaction.insertPolicy(
                definition.stored(id: id, nextRun: definition.firstRun(after: now)), at: now, by: context.principal.id)
            let record: PolicyRecord = try PolicyService.find(id, transaction)
            let representation: Representation = try PolicyDocument.represent(record, transaction)
            return MutationGate.Mutation(
                Answer(
                    .created, location: ResourcePath.policy(id), etag: representation.etag, body: representation.body),
                event: PolicyService.event(record, before: nil, after: definition.json))
        }
    }

    /// All policies by name: their filters may name any model, so that the token has to reach all of them. Filter fields:
    /// those of `FilterSchema.policies`.
    package func listPolicies(_ request: ListRequest, _ principal: Principal) async throws -> ListAnswer {
        try principal.requireEverywhere(.readModels)
        let list = ShortList(core: core, list: "policies", schema: .policies)
        return try await core.store.read { reader in
            let rows: [(record: PolicyRecord, body: [UInt8])] = try reader.policies().map { record in
                (record, try PolicyDocument.represent(record, reader).body)
            }
            return try list.page(
                rows.map { row in
                    ShortList.Row(key: row.record.name, values: row.record.filterValues) { row.body }
                }, request)
        }
    }

    /// Throws `policyNotFound`.
    package func readPolicy(_ id: String, _ principal: Principal) async throws -> Representation {
        try principal.requireEverywhere(.readModels)
        return try await core.store.read { reader in
            try PolicyDocument.represent(try PolicyService.find(id, reader), reader)
        }
    }

    /// Puts another policy in the place of one. A schedule that stays keeps its rhythm. A run that is under way ends.
    package func replacePolicy(_ id: String, _ body: JSONValue, _ context: RequestContext) async throws -> Answer {
        try context.principal.requireEverywhere(.manageLifecycle)
        let definition = try PolicyDefinition(body)
        return try await core.gate.mutate("replace_policy", context) { transaction, now in
            let present: PolicyRecord = try PolicyService.find(id, transaction)
            let before: Representation = try PolicyDocument.represent(present, transaction)
            try context.preconditions.check(current: before.etag)
            let old = try PolicyDefinition(stored: present.stored.definition)
            guard old.json != definition.json else {
                return MutationGate.Mutation(
                    Answer(.unchanged, location: ResourcePath.policy(id), etag: before.etag, body: before.body),
                    event: nil)
            }
            try PolicyService.requireFree(definition.name, besides: id, transaction)
            let keepsRhythm: Bool =
                old.everyMinutes == definition.everyMinutes && old.isEnabled == definition.isEnabled
            let next: Timestamp? = keepsRhythm ? present.stored.nextRun : definition.firstRun(after: now)
            try transaction.updatePolicy(definition.stored(id: id, nextRun: next), at: now)
            let record: PolicyRecord = try PolicyService.find(id, transaction)
            let after: Representation = try PolicyDocument.represent(record, transaction)
            return MutationGate.Mutation(
                Answer(.updated, location: ResourcePath.policy(id), etag: after.etag, body: after.body),
                event: PolicyService.event(record, before: old.json, after: definition.json))
        }
    }

    /// Deletes a policy; its runs go with it, the audit log keeps what they did.
    package func deletePolicy(_ id: String, _ context: RequestContext) async throws -> Answer {
        try context.principal.requireEverywhere(.manageLifecycle)
        return try await core.gate.mutate("delete_policy", context) { transaction, now in
            let present: PolicyRecord = try PolicyService.find(id, transaction)
            try context.preconditions.check(current: try PolicyDocument.represent(present, transaction).etag)
            try transaction.deletePolicy(id, at: now)
            let before: JSONObject = try StoredJSON.object(present.stored.definition)
            return MutationGate.Mutation(
                Answer(.removed), event: PolicyService.event(present, before: before, after: nil))
        }
    }

    /// Runs a policy now, whether it is enabled or not; with `context.isDryRun` nothing moves, but the run is recorded.
    /// Throws `policyNotFound`, `policyRunning`.
    package func runPolicy(_ id: String, _ context: RequestContext) async throws -> Answer {
        try context.principal.requireEverywhere(.manageLifecycle)
        if let kept = try await core.gate.replay(of: context) { return kept }
        let answer: Answer? = try await PolicyRuns(core: core).run(
            id, .manual, isDryRun: context.isDryRun, context)
        guard let answer else {
            throw StemmaError(.internalError, "the policy was not run", cause: "a manual run was not started")
        }
        return answer
    }

    /// Runs of a policy, newest first, without decisions.
    package func listPolicyRuns(
        _ id: String, _ request: ListRequest, _ principal: Principal
    ) async throws -> ListAnswer {
        try principal.requireEverywhere(.readModels)
        let limit: Int = try core.policy.limits.listLimit(request.limit)
        let codec = Cursor(key: core.cursorKey, identity: "policy-runs/" + id)
        var before: Int64?
        if let cursor = request.cursor {
            guard case .integer(let number)? = try codec.decode(cursor).first else { throw Cursor.refusal }
            before = number
        }
        let start: Int64? = before
        return try await core.store.read { reader in
            _ = try PolicyService.find(id, reader)
            let rows: [PolicyRunRecord] = try reader.policyRuns(policy: id, before: start, limit: limit + 1)
            let page: ArraySlice<PolicyRunRecord> = rows.prefix(limit)
            return ListAnswer(
                items: try page.map { try PolicyRunDocument.represent($0, decisions: 0, reader) },
                nextCursor: rows.count > limit ? page.last.map { codec.encode([.integer($0.number)]) } : nil)
        }
    }

    /// One run with its first decisions. Throws `policyRunNotFound`.
    package func readPolicyRun(policy: String, run: String, _ principal: Principal) async throws -> [UInt8] {
        try principal.require(.readModels)
        let limit: Int = core.policy.limits.policyDecisionsAnswered
        return try await core.store.read { reader in
            let record: PolicyRunRecord = try PolicyService.findRun(policy, run, reader)
            return try PolicyRunDocument.represent(record, decisions: limit, scope: principal.scope, reader)
        }
    }

    /// Every decision of a run that concerns models in the caller's scope, of one verdict or of all: moves first. A page may
    /// be shorter than asked for; the last one has no cursor.
    package func listPolicyDecisions(
        policy: String, run: String, verdict: String?, _ request: ListRequest, _ principal: Principal
    ) async throws -> ListAnswer {
        try principal.require(.readModels)
        let limit: Int = try core.policy.limits.listLimit(request.limit)
        let verdicts: [PolicyVerdict] = try PolicyService.verdicts(verdict)
        let codec = Cursor(key: core.cursorKey, identity: "policy-decisions/\(run)/\(verdict ?? "")")
        let start: PolicyDecisionPosition = try PolicyService.position(request.cursor, codec)
        return try await core.store.read { reader in
            let record: PolicyRunRecord = try PolicyService.findRun(policy, run, reader)
            let page: PolicyDecisionPage = try PolicyDecisionReader(
                run: record, scope: principal.scope, reader: reader
            ).page(verdicts, from: start, limit: limit)
            return ListAnswer(
                items: page.items,
                nextCursor: page.next.map {
                    codec.encode([.integer($0.verdict), .integer($0.part), .integer($0.offset)])
                })
        }
    }

    private static func verdicts(_ name: String?) throws(StemmaError) -> [PolicyVerdict] {
        guard let name else { return PolicyVerdict.allCases }
        guard let verdict = PolicyVerdict(rawValue: name) else {
            let names: String = PolicyVerdict.allCases.map(\.rawValue).joined(separator: ", ")
            throw StemmaError.validation([ShapeFault(pointer: "?verdict", detail: "must be one of \(names)")])
        }
        return [verdict]
    }

    private static func position(_ cursor: String?, _ codec: Cursor) throws(StemmaError) -> PolicyDecisionPosition {
        guard let cursor else { return .start }
        let values: [SortValue] = try codec.decode(cursor)
        guard values.count == 3, case .integer(let verdict) = values[0], case .integer(let part) = values[1],
            case .integer(let offset) = values[2]
        else { throw Cursor.refusal }
        return PolicyDecisionPosition(verdict: verdict, part: part, offset: offset)
    }

    /// Throws `policyNotFound`, also for a deleted one.
    static func find(_ id: String, _ reader: any MetadataReader) throws -> PolicyRecord {
        guard let record = try reader.policy(id: id), record.deleted == nil else {
            throw StemmaError(.policyNotFound, "there is no policy \(id)")
        }
        return record
    }

    private static func findRun(_ policy: String, _ run: String, _ reader: any MetadataReader) throws -> PolicyRunRecord
    {
        _ = try find(policy, reader)
        guard let record = try reader.policyRun(id: run), record.stored.policyID == policy else {
            throw StemmaError(.policyRunNotFound, "the policy has no run \(run)")
        }
        return record
    }

    private static func requireFree(_ name: String, besides id: String?, _ reader: any MetadataReader) throws {
        if let other = try reader.policy(named: name), other.id != id {
            throw StemmaError(.policyExists, "there is a policy named \(name) already, \(other.id)")
        }
    }

    private static func event(_ record: PolicyRecord, before: JSONObject?, after: JSONObject?) -> AuditDraft {
        var event = AuditDraft(.policy(record.id))
        event.detail = [
            "kind": .string(record.stored.kind), "mode": .string(record.stored.mode),
            "enabled": .bool(record.stored.isEnabled), "revision": .integer(record.revision),
            "definition_digest": .string(SHA256Hasher.digest(record.stored.definition).description),
        ]
        event.recordChange(before: before.map { .object($0) }, after: after.map { .object($0) })
        return event
    }
}

extension PolicyDefinition {
    func stored(id: String, nextRun: Timestamp?) -> NewPolicy {
        NewPolicy(
            id: id, name: name, kind: kind.rawValue, definition: StoredJSON.text(json), mode: mode.rawValue,
            isEnabled: isEnabled, nextRun: nextRun)
    }
}

extension FilterSchema {
    /// Policies.
    package static let policies = FilterSchema(
        fields: [
            "id": .string, "name": .string, "kind": .string, "mode": .string, "enabled": .boolean, "created_at": .time,
            "updated_at": .time, "created_by": .string,
        ])
}

extension PolicyRecord {
    var filterValues: [String: FilterValue?] {
        [
            "id": .string(id), "name": .string(name), "kind": .string(stored.kind), "mode": .string(stored.mode),
            "enabled": .boolean(stored.isEnabled), "created_at": .time(created.milliseconds),
            "updated_at": .time(updated.milliseconds), "created_by": .string(createdBy),
        ]
    }
}
