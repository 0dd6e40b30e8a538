package import StemmaJSON

extension ExperimentService {
    /// Changes an experiment by a merge patch of `ExperimentShapes.patch`: its words always, its plan while there are no
    /// results, and its status to `aborted`.
    ///
    /// Throws `immutableField` for the plan once there are results and for what says which experiment it is,
    /// `experimentEnded`, `staleETag`, `validationFailed`.
    package func updateExperiment(
        _ id: String, _ patch: JSONValue, _ context: RequestContext
    ) async throws -> Answer {
        try context.principal.require(.manageExperiments)
        try ExperimentService.refuseFrozen(patch)
        let faults: [ShapeFault] = ExperimentShapes.patch.faults(in: patch)
        guard faults.isEmpty else { throw StemmaError.validation(faults) }
        let isAbort: Bool = patch["status"] != nil
        let rationale: String? = patch["rationale"]?.string.flatMap { $0.isBlank ? nil : $0 }
        if isAbort, rationale == nil {
            throw StemmaError.validation([
                ShapeFault(pointer: "/rationale", detail: "is required to abort an experiment")
            ])
        }
        let limits: Limits = core.policy.limits
        return try await core.gate.mutate("update_experiment", context) { transaction, now in
            let record: ExperimentRecord = try ExperimentService.find(id, context.principal, transaction)
            let before: Representation = try ExperimentDocument.represent(record, transaction)
            try context.preconditions.check(current: before.etag)
            if isAbort, record.status != .running { throw record.hasEnded }
            let words: ExperimentWords = try ExperimentService.patched(record.content.words, by: patch)
            let content: ExperimentChange = try ExperimentService.patched(record, by: patch, words, at: now, limits)
            let location: String = ResourcePath.experiment(id)
            let isChanged: Bool = !content.isSame(as: record.content)
            guard isChanged || isAbort else {
                return MutationGate.Mutation(
                    Answer(.unchanged, location: location, etag: before.etag, body: before.body), event: nil)
            }
            if isChanged { try transaction.updateExperiment(id, content, at: now, by: context.principal.id) }
            if isAbort {
                let end = ExperimentEnd(
                    status: .aborted, rationale: rationale, decision: nil, isEarly: false, conclusion: nil,
                    businessConclusion: nil)
                try transaction.endExperiment(id, end, at: now, by: context.principal.id)
            }
            let updated: ExperimentRecord = try ExperimentService.find(id, context.principal, transaction)
            let after: Representation = try ExperimentDocument.represent(updated, transaction)
            var event: AuditDraft = ExperimentService.event(updated)
            event.detail["from_status"] = .string(record.status.rawValue)
            event.recordChange(
                before: try ExperimentService.changes(record), after: try ExperimentService.changes(updated))
            if let rationale { event.personal["rationale"] = .string(rationale) }
            return MutationGate.Mutation(
                Answer(.updated, location: location, etag: after.etag, body: after.body), event: event)
        }
    }

    private static func refuseFrozen(_ patch: JSONValue) throws(StemmaError) {
        let refused: [String] = ExperimentShapes.frozen.filter { patch[$0] != nil }
        guard let first = refused.first else { return }
        throw StemmaError(
            .immutableField, "\(first) never changes; abort this experiment and plan another one",
            faults: refused.map { StemmaError.Fault(pointer: "/" + $0, detail: "never changes") })
    }

    private static func patched(
        _ old: ExperimentWords, by patch: JSONValue
    ) throws -> ExperimentWords {
        let tags: JSONObject = merged(try StoredJSON.object(old.tags), patch["tags"])
        let metadata: JSONObject = merged(try StoredJSON.object(old.metadata), patch["metadata"])
        var faults: [ShapeFault] = CommonShapes.tags.faults(in: .object(tags), at: "/tags")
        faults += CommonShapes.freeObject.faults(in: .object(metadata), at: "/metadata")
        guard faults.isEmpty else { throw StemmaError.validation(faults) }
        func text(_ name: String, _ old: String?) -> String? { patch[name].map(\.string) ?? old }
        return ExperimentWords(
            description: text("description", old.description),
            businessHypothesis: text("business_hypothesis", old.businessHypothesis), tags: StoredJSON.text(tags),
            metadata: StoredJSON.text(metadata))
    }

    private static func merged(_ old: JSONObject, _ patch: JSONValue?) -> JSONObject {
        guard let patch else { return old }
        return JSONValue.object(old).mergePatch(patch).object ?? JSONObject()
    }

    /// The plan after the patch, with those words.
    private static func patched(
        _ record: ExperimentRecord, by patch: JSONValue, _ words: ExperimentWords, at now: Timestamp, _ limits: Limits
    ) throws -> ExperimentChange {
        let old = try ExperimentPlan(of: record)
        let names: [String] = ["traffic_split", "duration", "started_at", "success_criteria"]
        let relevant: [JSONObject.Member] = (patch.object?.members ?? []).filter { names.contains($0.name) }
        guard !relevant.isEmpty else { return content(old, started: record.content.started, words) }
        var stored: JSONObject = old.json
        stored.set("started_at", .string(record.content.started.description))
        let merged: JSONValue = JSONValue.object(stored).mergePatch(.object(JSONObject(relevant)))
        let faults: [ShapeFault] = ExperimentShapes.plan.faults(in: merged)
        guard faults.isEmpty, let started = merged["started_at"]?.string.flatMap({ Timestamp($0) }) else {
            throw StemmaError.validation(faults)
        }
        let plan = try ExperimentPlan(checking: merged, limits: limits)
        guard plan.json != old.json || started != record.content.started else {
            return content(old, started: started, words)
        }
        guard record.status == .running else { throw record.hasEnded }
        guard record.looks == 0 else {
            throw StemmaError(
                .immutableField,
                "what an experiment has to show does not change once there are results (\(record.looks) looks so far): "
                    + "criteria chosen after the fact prove nothing; abort it and plan another one",
                faults: relevant.map { StemmaError.Fault(pointer: "/" + $0.name, detail: "there are results") })
        }
        if started != record.content.started { try checkStart(started, at: now, limits) }
        return content(plan, started: started, words)
    }
}

extension ExperimentChange {
    fileprivate func isSame(as other: ExperimentChange) -> Bool {
        plan == other.plan && started == other.started && words.description == other.words.description
            && words.businessHypothesis == other.words.businessHypothesis && words.tags == other.words.tags
            && words.metadata == other.words.metadata
    }
}
