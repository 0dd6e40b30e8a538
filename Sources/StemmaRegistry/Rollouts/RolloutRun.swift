internal import StemmaJSON

/// A running rollout inside a transaction that moves it on or ends it.
struct RolloutRun {
    let record: RolloutRecord
    let plan: RolloutPlan
    let history: RolloutHistory
    let evaluation: RolloutEvaluation
    private let principal: Principal
    private let transaction: any MetadataTransaction
    private let now: Timestamp

    init(
        _ record: RolloutRecord, _ principal: Principal, _ transaction: any MetadataTransaction, _ now: Timestamp
    ) throws {
        self.record = record
        plan = try RolloutPlan(of: record)
        history = try RolloutHistory(of: record)
        evaluation = try RolloutEvaluation(of: record, plan, history, at: now, transaction)
        self.principal = principal
        self.transaction = transaction
        self.now = now
    }

    /// How the present step is ended.
    struct Advance: Sendable {
        let isForced: Bool
        let rationale: String?
        /// The registry does it itself.
        let isAutomatic: Bool
    }

    /// Throws `rolloutStepNotReady` with every criterion and the time left.
    func requireReady(isForced: Bool) throws(StemmaError) {
        let reasons: [String] = evaluation.obstacles(isForced: isForced)
        guard !reasons.isEmpty else { return }
        throw notReady(reasons.joined(separator: "; "))
    }

    func notReady(_ reason: String) -> StemmaError {
        StemmaError(
            .rolloutStepNotReady, "the step of \(record.progress.percent) percent cannot end yet: \(reason)",
            members: [
                "rollout_id": .string(record.id), "step": .integer(Int64(record.progress.step)),
                "percent": .integer(Int64(record.progress.percent)),
                "next_step_not_before": .string(evaluation.notBefore.description),
                "seconds_left": .integer(evaluation.secondsLeft), "evaluation": evaluation.json,
            ])
    }

    /// Takes the next step, or ends the rollout after the last: then the version is promoted where the plan says so.
    /// Throws `transitionRefused` where the promotion's guards refuse, so that nothing changes.
    func advance(
        _ advance: Advance, _ core: RegistryCore, _ context: RequestContext
    ) throws -> MutationGate.Mutation {
        let next: Int = record.progress.step + 1
        guard next < plan.steps.count else { return try complete(advance, core, context) }
        try requireGuards(core)
        var progress: RolloutProgress = record.progress
        progress.step = next
        progress.percent = plan.steps[next]
        progress.stepStarted = now
        let event: AuditDraft = try change(.advanced, to: progress, advance.rationale, isForced: advance.isForced)
        return try mutation([("advance_rollout", event)], [.trafficSet(try transaction.traffic(model: record.modelID))])
    }

    /// What had to hold for the first share of traffic has to hold for more of it: approvals may be void by now.
    private func requireGuards(_ core: RegistryCore) throws {
        guard let version = try transaction.version(id: record.versionID) else { return }
        let lifecycle: LifecycleRevision = try core.lifecycle.inForce(transaction)
        let facts: VersionFacts = try FactsReader.facts(of: version, request: plan.request, at: now, transaction)
        let decision = TransitionDecision(
            version, to: .production, lifecycle, facts,
            GuardCatalogue.evaluate(lifecycle.definition.rolloutGuards, facts, lifecycle.definition))
        guard decision.isAllowed else { throw RolloutStart.refusal(decision) }
    }

    private func complete(
        _ advance: Advance, _ core: RegistryCore, _ context: RequestContext
    ) throws -> MutationGate.Mutation {
        var progress: RolloutProgress = record.progress
        progress.status = .succeeded
        progress.ended = now
        progress.endReason = advance.rationale ?? "every step was taken"
        // Before the promotion, which must find it succeeded: its guards may rest on that.
        let event: AuditDraft = try change(.succeeded, to: progress, advance.rationale, isForced: advance.isForced)
        guard plan.promotesAtEnd else {
            return try mutation(
                [("advance_rollout", event)], [.trafficSet(try transaction.traffic(model: record.modelID))])
        }
        guard let version = try transaction.version(id: record.versionID), version.deleted == nil else {
            throw StemmaError(.versionNotFound, "\(record.version) was deleted meanwhile")
        }
        let promotion: MutationGate.Mutation = try LifecycleService.move(
            version,
            VersionMover.Wish(
                target: .production, kind: advance.isAutomatic ? .automatic : .requested, request: request(advance)),
            core, context, transaction, now)
        // The transition names its event by number, so that its event comes first.
        let promoted = promotion.event.map { [(action: LifecycleService.action(.production), event: $0)] } ?? []
        return try mutation(promoted + promotion.further + [("advance_rollout", event)], promotion.effects)
    }

    /// What the promotion says: the plan's own words, and which rollout it rests on.
    private func request(_ advance: Advance) -> VersionFacts.RequestFacts {
        var request: VersionFacts.RequestFacts = plan.request
        let own: String? = advance.isAutomatic ? "the rollout \(record.id) succeeded" : nil
        request.rationale = advance.rationale ?? request.rationale ?? own
        var evidence: JSONObject = request.evidence ?? JSONObject()
        evidence.set("rollout", ["id": .string(record.id), "evaluation": evaluation.json])
        request.evidence = evidence
        request.isAutomatic = advance.isAutomatic
        return request
    }

    /// Gives all traffic back to the baseline. The caller publishes the split.
    func abort(reason: String) throws -> (action: String, event: AuditDraft) {
        var progress: RolloutProgress = record.progress
        progress.status = .aborted
        progress.ended = now
        progress.endReason = reason
        return ("abort_rollout", try change(.aborted, to: progress, reason, isForced: false))
    }

    /// Notes that the promotion at the end was refused; nothing where the same guards refused it before.
    func hold(_ refusal: StemmaError) throws -> MutationGate.Mutation {
        let guards: JSONValue = refusal.members["guards"] ?? []
        if let before = history.hold, RolloutRun.failed(before["guards"]) == RolloutRun.failed(guards) {
            return MutationGate.Mutation(Answer(.unchanged), event: nil)
        }
        let event: AuditDraft = try change(
            .held, to: record.progress, refusal.detail, isForced: false, guards: guards)
        return try mutation([("hold_rollout", event)], [])
    }

    private static func failed(_ guards: JSONValue?) -> [String] {
        (guards?.array ?? []).filter { $0["passed"]?.bool != true }.compactMap { $0["name"]?.string }
    }

    private func change(
        _ happening: RolloutHistory.Happening, to progress: RolloutProgress, _ reason: String?, isForced: Bool,
        guards: JSONValue = []
    ) throws -> AuditDraft {
        var progress: RolloutProgress = progress
        var history: RolloutHistory = history
        history.add(
            happening, step: progress.step, percent: progress.percent, by: principal.subject, at: now,
            isForced: isForced, reason: reason, evaluation: evaluation, guards: guards)
        progress.history = history.text
        try transaction.updateRollout(record.id, progress, at: now)
        var event = AuditDraft(.rollout(model: record.model, version: record.version, id: record.id))
        event.detail = [
            "baseline_version": .string(record.baseline), "event": .string(happening.rawValue),
            "from_percent": .integer(Int64(record.progress.percent)), "percent": .integer(Int64(progress.percent)),
            "step": .integer(Int64(progress.step)), "status": .string(progress.status.rawValue),
            "forced": .bool(isForced), "failed_guards": .array(RolloutRun.failed(guards).map { .string($0) }),
        ]
        if let reason { event.personal["rationale"] = .string(reason) }
        event.personal["evaluation"] = evaluation.json
        event.also = [
            .version(model: record.model, version: record.version),
            .version(model: record.model, version: record.baseline),
        ]
        return event
    }

    private func mutation(
        _ events: [(action: String, event: AuditDraft)], _ effects: [Effect]
    ) throws -> MutationGate.Mutation {
        guard let after = try transaction.rollout(id: record.id) else {
            throw StemmaError(.internalError, "the rollout was not stored", cause: "stored rollout is absent")
        }
        let representation: Representation = try RolloutDocument.represent(after, at: now, transaction)
        return MutationGate.Mutation(
            Answer(
                .updated, location: ResourcePath.rollout(record.model, record.id), etag: representation.etag,
                body: representation.body),
            event: nil, further: events, effects: effects)
    }

    /// The answer to an abort.
    func aborted(_ event: (action: String, event: AuditDraft)) throws -> MutationGate.Mutation {
        try mutation([event], [.trafficSet(try transaction.traffic(model: record.modelID))])
    }
}
