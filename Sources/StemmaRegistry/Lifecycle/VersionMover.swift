internal import StemmaDigest
internal import StemmaJSON

/// One move of a version through the lifecycle, inside its transaction: state, displaced version, aliases, history, and
/// what the audit event says. The only code that changes a state.
struct VersionMover {
    let lifecycle: LifecycleRevision
    let principal: Principal
    let transaction: any MetadataTransaction
    let now: Timestamp

    /// What a move did.
    struct Outcome {
        let transition: TransitionRecord
        let event: AuditDraft
        /// Events of what ended with it, each under an action of its own.
        let further: [(action: String, event: AuditDraft)]
        let effects: [Effect]
    }

    /// What is asked for.
    struct Wish {
        let target: LifecycleState
        let kind: TransitionKind
        let request: VersionFacts.RequestFacts
    }

    private var definition: LifecycleDefinition { lifecycle.definition }

    /// What every guard of a transition finds. Throws `transitionRefused` where the lifecycle knows no such transition.
    func evaluate(
        _ record: VersionRecord, to target: LifecycleState, _ request: VersionFacts.RequestFacts
    ) throws -> TransitionDecision {
        try requirePublished(record)
        guard let rule = definition.transition(from: record.state, to: target) else {
            throw TransitionDecision(record, to: target, lifecycle, nil, []).refusal(unknown: definition)
        }
        let facts: VersionFacts = try FactsReader.facts(of: record, request: request, at: now, transaction)
        return TransitionDecision(
            record, to: target, lifecycle, facts, GuardCatalogue.evaluate(rule.guards, facts, definition))
    }

    /// Throws `permissionDenied` naming the roles that may ask for the transition.
    func requireRole(from: LifecycleState, to: LifecycleState) throws(StemmaError) {
        guard let rule = definition.transition(from: from, to: to) else { return }
        guard principal.roles.isDisjoint(with: rule.requestedBy) else { return }
        let roles: String = rule.requestedBy.map(\.description).sorted().joined(separator: " or ")
        throw StemmaError(
            .permissionDenied, "moving a version from \(from.rawValue) to \(to.rawValue) needs the role \(roles)")
    }

    /// Moves the version after its guards were asked. `decision` must have passed.
    func move(_ record: VersionRecord, _ wish: Wish, _ decision: TransitionDecision) throws -> Outcome {
        let displaced: VersionRecord? = try holder(of: wish.target, besides: record)
        var steps: [Step] = []
        if let displaced, let target = definition.rule(wish.target)?.displacedTo {
            steps.append(Step(record: displaced, target: target, kind: .displaced, counterpart: record.id))
        }
        steps.append(Step(record: record, target: wish.target, kind: wish.kind, counterpart: displaced?.id))
        return try take(steps, main: steps.count - 1, wish, decision)
    }

    /// Puts `restored` in the place of `record`, which goes where the state's rule sends it.
    func rollBack(
        _ record: VersionRecord, to restored: VersionRecord, withdrawnTo: LifecycleState, _ wish: Wish,
        _ decision: TransitionDecision
    ) throws -> Outcome {
        let steps: [Step] = [
            Step(record: record, target: withdrawnTo, kind: .rolledBack, counterpart: restored.id),
            Step(record: restored, target: record.state, kind: .restored, counterpart: record.id),
        ]
        return try take(steps, main: 0, wish, decision)
    }

    /// One version that changes its state.
    private struct Step {
        let record: VersionRecord
        let target: LifecycleState
        let kind: TransitionKind
        let counterpart: Int64?
    }

    private func holder(of state: LifecycleState, besides record: VersionRecord) throws -> VersionRecord? {
        guard definition.rule(state)?.isExclusive == true else { return nil }
        return try transaction.versions(model: record.modelID, states: [state], limit: 2).first { $0.id != record.id }
    }

    /// Takes all steps, in their order, so that an exclusive state is empty before it is entered.
    private func take(_ steps: [Step], main: Int, _ wish: Wish, _ decision: TransitionDecision) throws -> Outcome {
        let subject: VersionRecord = steps[main].record
        for step in steps where step.target == .archived {
            let version: String = step.record.version
            try LegalHolds.requireNone(
                over: step.record.model, version: version, to: "archiving \(version)", transaction)
        }
        let before: [AliasRecord] = try transaction.aliases(model: subject.modelID)
        let sequence: Int64 = try transaction.auditSize()
        let approvers: [String] = decision.approvers(definition)
        var ids: [Int64] = []
        for step in steps {
            try transaction.setState(version: step.record.id, step.target, sunset: sunset(step.target), at: now)
        }
        for (index, step) in steps.enumerated() {
            let isMain: Bool = index == main
            ids.append(
                try transaction.insertTransition(
                    NewTransition(
                        modelID: step.record.modelID, versionID: step.record.id, from: step.record.state,
                        to: step.target, kind: step.kind, at: now, principalID: principal.id,
                        rationale: wish.request.rationale,
                        evidence: isMain ? wish.request.evidence.map { StoredJSON.text($0) } : nil,
                        rollbackPlan: isMain ? wish.request.rollbackPlan : nil,
                        approvers: isMain ? Self.text(approvers) : Self.text([]),
                        lifecycleRevision: lifecycle.revision,
                        facts: isMain ? decision.facts.map { CanonicalJSON.encode($0.json) } : nil,
                        guards: isMain ? decision.guardsText : Array("[]".utf8), counterpartID: step.counterpart,
                        auditSequence: sequence)))
        }
        let moves: [AliasMove] = try moveAliases(steps, before)
        let others: [Step] = steps.enumerated().filter { $0.offset != main }.map(\.element)
        guard
            let stored = try transaction.transitions(version: subject.id, before: ids[main] + 1, limit: 1).first,
            stored.id == ids[main]
        else {
            throw StemmaError(.internalError, "the transition was not stored", cause: "stored transition is absent")
        }
        let rollouts: RolloutGuardian.Settlement = try RolloutGuardian.settle(
            self, subject, isProductionTouched: steps.contains { [$0.record.state, $0.target].contains(.production) })
        return Outcome(
            transition: stored,
            event: event(steps[main], others, moves, wish, decision, approvers), further: rollouts.further,
            effects: try effects(before, subject) + rollouts.effects)
    }

    private func sunset(_ state: LifecycleState) -> Timestamp? {
        guard state == .deprecated, let days = LifecycleDefinition.StateRule.retentionDays(in: definition) else {
            return nil
        }
        return now.adding(milliseconds: days * Timestamp.dayMilliseconds)
    }

    /// Aliases bound to states follow: into the state entered, and away where nobody is left in it.
    private func moveAliases(_ steps: [Step], _ before: [AliasRecord]) throws -> [AliasMove] {
        var targets: [String: VersionRecord?] = [:]
        for step in steps {
            if let alias = definition.rule(step.record.state)?.alias,
                before.contains(where: { $0.alias == alias && $0.versionID == step.record.id })
            {
                targets[alias] = .some(nil)
            }
        }
        for step in steps {
            if let alias = definition.rule(step.target)?.alias { targets[alias] = .some(step.record) }
        }
        var moves: [AliasMove] = []
        for (alias, target) in targets.sorted(by: { $0.key < $1.key }) {
            let from: AliasRecord? = before.first { $0.alias == alias }
            guard from?.versionID != target?.id else { continue }
            if let target {
                try transaction.putAlias(
                    model: target.modelID, alias: alias, version: target.id, at: now, by: principal.id)
            } else {
                _ = try transaction.removeAlias(model: steps[0].record.modelID, alias: alias)
            }
            moves.append(AliasMove(alias: alias, from: from?.version, to: target?.version))
        }
        return moves
    }

    /// Every alias of the model again: their answers carry the state of what they point at.
    private func effects(_ before: [AliasRecord], _ subject: VersionRecord) throws -> [Effect] {
        let after: [AliasRecord] = try transaction.aliases(model: subject.modelID)
        let gone: [AliasRecord] = before.filter { old in !after.contains { $0.alias == old.alias } }
        return after.map { .aliasSet($0) } + gone.map { .aliasRemoved(model: $0.model, alias: $0.alias) }
    }

    private func event(
        _ main: Step, _ others: [Step], _ moves: [AliasMove], _ wish: Wish, _ decision: TransitionDecision,
        _ approvers: [String]
    ) -> AuditDraft {
        let record: VersionRecord = main.record
        var event = AuditDraft(.version(model: record.model, version: record.version))
        event.detail = [
            "from_state": .string(record.state.rawValue), "to_state": .string(main.target.rawValue),
            "kind": .string(main.kind.rawValue), "evidence_revision": .integer(record.standing.evidenceRevision),
            "manifest_digest": record.manifestDigest.map { .string($0.description) } ?? .null,
            "lifecycle_revision": .integer(lifecycle.revision),
            "lifecycle_digest": .string(SHA256Hasher.digest(CanonicalJSON.encode(definition.json)).description),
            "guards": .array(decision.findings.map { .string($0.name) }),
            "aliases": .array(
                moves.map {
                    [
                        "alias": .string($0.alias), "from": $0.from.map { .string($0) } ?? .null,
                        "to": $0.to.map { .string($0) } ?? .null,
                    ]
                }),
            "others": .array(
                others.map {
                    [
                        "version": .string($0.record.version), "from_state": .string($0.record.state.rawValue),
                        "to_state": .string($0.target.rawValue), "kind": .string($0.kind.rawValue),
                    ]
                }),
        ]
        if let rationale = wish.request.rationale { event.personal["rationale"] = .string(rationale) }
        if let plan = wish.request.rollbackPlan { event.personal["rollback_plan"] = .string(plan) }
        event.personal["approvers"] = .array(approvers.map { .string($0) })
        event.personal["evidence"] = decision.evidence(wish.request, approvals: definition)
        event.also =
            moves.map { .alias(model: record.model, alias: $0.alias) }
            + others.map { .version(model: record.model, version: $0.record.version) }
        return event
    }

    func requirePublished(_ record: VersionRecord) throws(StemmaError) {
        guard record.status == .ready else {
            throw StemmaError(.draftVersion, "\(record.version) is a draft; publish it before it moves")
        }
    }

    private static func text(_ names: [String]) -> [UInt8] {
        var writer = JSONWriter(capacity: 64)
        writer.value(names)
        return writer.finish()
    }
}

/// An alias that followed its state.
struct AliasMove {
    let alias: String
    let from: String?
    let to: String?
}
