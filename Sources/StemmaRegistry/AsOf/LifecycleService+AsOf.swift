/// The lifecycle, and how versions went through it, as of a moment.
extension LifecycleService {
    /// The definition that was in force. Throws `lifecycleRevisionNotFound` before there was any, `validationFailed`.
    package func readLifecycle(asOf time: Timestamp, _ principal: Principal) async throws -> [UInt8] {
        try principal.require(.readModels)
        try PastView.requirePast(time, core)
        return try await core.store.read { reader in
            guard let record = try reader.lifecycleDefinition(at: time) else {
                throw StemmaError(.lifecycleRevisionNotFound, "no lifecycle was in force at \(time)")
            }
            return PastDocument.seal(try LifecycleDocument.represent(record).body, time)
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
