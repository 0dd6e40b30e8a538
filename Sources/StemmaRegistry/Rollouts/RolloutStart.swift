internal import StemmaDigest
internal import StemmaJSON

/// The start of a rollout, once everything that could refuse it was asked.
struct RolloutStart {
    private let record: VersionRecord
    private let baseline: VersionRecord
    private let plan: RolloutPlan

    /// Throws `transitionRefused` with every guard, `permissionDenied`, `rolloutRunning`, `draftVersion`.
    init(of record: VersionRecord, _ plan: RolloutPlan, _ mover: VersionMover) throws {
        let definition: LifecycleDefinition = mover.lifecycle.definition
        try mover.requirePublished(record)
        try mover.requireRole(from: record.state, to: .production)
        guard definition.transition(from: record.state, to: .production) != nil else {
            throw TransitionDecision(record, to: .production, mover.lifecycle, nil, []).refusal(unknown: definition)
        }
        if let running = try mover.transaction.runningRollout(model: record.modelID) {
            throw StemmaError(
                .rolloutRunning,
                "the rollout of \(running.version) is at \(running.progress.percent) percent; wait for its end or abort it",
                members: ["rollout_id": .string(running.id), "version": .string(running.version)])
        }
        let facts: VersionFacts = try FactsReader.facts(
            of: record, request: plan.request, at: mover.now, mover.transaction)
        let production: VersionRecord? = try mover.transaction.versions(
            model: record.modelID, states: [.production], limit: 1
        ).first
        let decision = TransitionDecision(
            record, to: .production, mover.lifecycle, facts,
            [RolloutStart.baselineFinding(record, production)]
                + GuardCatalogue.evaluate(definition.rolloutGuards, facts, definition))
        guard let production, decision.isAllowed else { throw RolloutStart.refusal(decision) }
        self.record = record
        self.plan = plan
        baseline = production
    }

    /// Stores the rollout at its first step.
    func run(_ id: String, _ mover: VersionMover) throws -> MutationGate.Mutation {
        var history = RolloutHistory()
        history.add(
            .started, step: 0, percent: plan.steps[0], by: mover.principal.subject, at: mover.now,
            reason: plan.request.rationale)
        try mover.transaction.insertRollout(
            NewRollout(
                id: id, modelID: record.modelID, versionID: record.id, baselineID: baseline.id,
                plan: StoredJSON.text(plan.json), percent: plan.steps[0], created: mover.now,
                createdBy: mover.principal.id, history: history.text))
        guard let stored = try mover.transaction.rollout(id: id) else {
            throw StemmaError(.internalError, "the rollout was not stored", cause: "stored rollout is absent")
        }
        var event = AuditDraft(.rollout(model: record.model, version: record.version, id: id))
        event.detail = [
            "baseline_version": .string(baseline.version), "percent": .integer(Int64(plan.steps[0])),
            "steps": .array(plan.steps.map { .integer(Int64($0)) }),
            "minimum_step_minutes": .integer(plan.minimumStepMinutes), "automatic": .bool(plan.isAutomatic),
            "promote_at_end": .bool(plan.promotesAtEnd),
            "manifest_digest": record.manifestDigest.map { .string($0.description) } ?? .null,
        ]
        event.personal["plan"] = .object(plan.json)
        if let rationale = plan.request.rationale { event.personal["rationale"] = .string(rationale) }
        if let rollbackPlan = plan.request.rollbackPlan { event.personal["rollback_plan"] = .string(rollbackPlan) }
        if let evidence = plan.request.evidence { event.personal["evidence"] = .object(evidence) }
        event.also = [
            .version(model: record.model, version: record.version),
            .version(model: record.model, version: baseline.version),
        ]
        let representation: Representation = try RolloutDocument.represent(stored, at: mover.now, mover.transaction)
        return MutationGate.Mutation(
            Answer(
                .created, location: ResourcePath.rollout(record.model, id), etag: representation.etag,
                body: representation.body),
            event: event, effects: [.trafficSet(try mover.transaction.traffic(model: record.modelID))])
    }

    private static func baselineFinding(_ record: VersionRecord, _ production: VersionRecord?) -> GuardFinding {
        GuardFinding(
            name: "baseline_in_production", hasPassed: production != nil,
            read: .object(["production": production.map { .string($0.version) } ?? .null]),
            limit: .object(["versions_in_production": 1]),
            detail: production.map { "\($0.version) is in production" }
                ?? "nothing of \(record.model) is in production, so there is nothing to ramp up against: promote "
                + "\(record.version) instead", missing: ["a version in production"], suppliedBy: ["deployer", "admin"])
    }

    static func refusal(_ decision: TransitionDecision) -> StemmaError {
        let failed: [GuardFinding] = decision.findings.filter { !$0.hasPassed }
        let reasons: String = failed.map { "\($0.name): \($0.detail)" }.joined(separator: "; ")
        return StemmaError(
            .transitionRefused,
            "\(decision.record.model) \(decision.record.version) may not get production traffic yet. \(reasons)",
            members: decision.members)
    }
}
