/// The lifecycle, and how versions went through it, as of a moment.
extension LifecycleService {
    /// The definition that was in force. Throws `lifecycleRevisionNotFound` before there was any, `validationFailed`.
    package func readLifecycle(asOf time: Timestamp, _ principal: Principal) async throws -> [UInt8] {
        try principal.require(.readModels)
        try PastView.requirePast(time, core)
        return try await core.store.read { reader in
            guard let record = try reader.lifecycleDefinition(at: time) else {
                throw LifecycleService.noneInForce(at: time)
            }
            return PastDocument.seal(try LifecycleDocument.represent(record).body, time)
        }
    }

    static func noneInForce(at time: Timestamp) -> StemmaError {
        StemmaError(.lifecycleRevisionNotFound, "no lifecycle was in force at \(time)")
    }

    /// Every transition that led on from where the version was, with its guards evaluated on what they would have read then.
    /// Whether the caller may ask for it is by the roles that the caller has now.
    package func listAllowedTransitions(
        model name: String, ref: String, asOf time: Timestamp, _ principal: Principal
    ) async throws -> [UInt8] {
        try principal.require(.readModels)
        // A read answers from what is stored where nothing can be written.
        try? await core.consumerLog.flush()
        return try await core.store.read { [core] reader in
            let view: PastView = try PastView.open(at: time, core, reader)
            let version: Past<VersionRecord> = try view.past(view.resolve(model: name, ref: ref, principal))
            let lifecycle: LifecycleRevision = try view.requireLifecycle()
            let rules: [LifecycleDefinition.TransitionRule] = lifecycle.definition.transitions.filter {
                $0.from == version.record.state
            }
            let items: [LifecycleDefinition.GateItem] = lifecycle.definition.gates.flatMap(\.items)
            let facts: Past<VersionFacts> = try view.facts(
                of: version, for: rules.flatMap(\.guards) + items.compactMap(\.guardRule), core)
            return PastDocument.seal(
                LifecycleService.representAllowed(version.record, lifecycle, facts.record, principal), time,
                gaps: facts.gaps)
        }
    }

    /// The transitions that a version had been through, newest first.
    package func listTransitions(
        model name: String, ref: String, _ request: ListRequest, asOf time: Timestamp, _ principal: Principal
    ) async throws -> ListAnswer {
        try principal.require(.readModels)
        let limit: Int = try core.policy.limits.listLimit(request.limit)
        return try await core.store.read { [core] reader in
            let view: PastView = try PastView.open(at: time, core, reader)
            let version: VersionRecord = try view.resolve(model: name, ref: ref, principal)
            let codec = Cursor(key: core.cursorKey, identity: "transitions/\(version.id)/\(time)")
            var before: Int64? = try reader.firstTransition(version: version.id, notBefore: view.moment.end)
            if let cursor = request.cursor {
                guard case .integer(let id)? = try codec.decode(cursor).first else { throw Cursor.refusal }
                before = id
            }
            let rows: [TransitionRecord] = try reader.transitions(
                version: version.id, before: before, limit: limit + 1)
            let page: ArraySlice<TransitionRecord> = rows.prefix(limit)
            return ListAnswer(
                items: try page.map { PastDocument.seal(try TransitionDocument.represent($0), time) },
                nextCursor: rows.count > limit ? page.last.map { codec.encode([.integer($0.id)]) } : nil)
        }
    }
}
