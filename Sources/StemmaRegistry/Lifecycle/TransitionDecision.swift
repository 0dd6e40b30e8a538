internal import StemmaJSON

/// What the guards say of one transition, before anything is done.
struct TransitionDecision {
    let record: VersionRecord
    let target: LifecycleState
    let lifecycle: LifecycleRevision
    /// Nil where the lifecycle knows no such transition.
    let facts: VersionFacts?
    let findings: [GuardFinding]

    init(
        _ record: VersionRecord, to target: LifecycleState, _ lifecycle: LifecycleRevision, _ facts: VersionFacts?,
        _ findings: [GuardFinding]
    ) {
        self.record = record
        self.target = target
        self.lifecycle = lifecycle
        self.facts = facts
        self.findings = findings
    }

    var isAllowed: Bool { facts != nil && findings.allSatisfy(\.hasPassed) }

    var guardsText: [UInt8] {
        var writer = JSONWriter(capacity: 1_024)
        writer.value(.array(findings.map(\.json)))
        return writer.finish()
    }

    /// The members that a refusal and a dry run have in common.
    var members: [String: JSONValue] {
        [
            "model": .string(record.model), "version": .string(record.version),
            "model_id": .string("\(record.model)_v\(record.version)"), "from": .string(record.state.rawValue),
            "to": .string(target.rawValue), "allowed": .bool(isAllowed),
            "lifecycle_revision": .integer(lifecycle.revision), "guards": .array(findings.map(\.json)),
        ]
    }

    /// `transitionRefused` with every guard.
    func refusal() -> StemmaError {
        let failed: [GuardFinding] = findings.filter { !$0.hasPassed }
        let reasons: String = failed.map { "\($0.name): \($0.detail)" }.joined(separator: "; ")
        return StemmaError(
            .transitionRefused,
            "\(record.model) \(record.version) may not go from \(record.state.rawValue) to \(target.rawValue) yet. "
                + reasons, members: members)
    }

    /// `transitionRefused` where there is no such transition, naming those that there are.
    func refusal(unknown definition: LifecycleDefinition) -> StemmaError {
        let targets: [String] = definition.transitions.filter { $0.from == record.state }.map(\.to.rawValue)
        var members: [String: JSONValue] = members
        members["targets"] = .array(targets.map { .string($0) })
        let ways: String =
            targets.isEmpty
            ? "from there no version moves on" : "from there one can go to \(targets.joined(separator: ", "))"
        let detail: String =
            record.state == target
            ? "\(record.version) is in \(target.rawValue) already"
            : "the lifecycle knows no way from \(record.state.rawValue) to \(target.rawValue); \(ways)"
        return StemmaError(.transitionRefused, detail, members: members)
    }

    /// Subjects whose approvals the version has, over the gates that were asked for.
    func approvers(_ definition: LifecycleDefinition) -> [String] {
        guard let facts else { return [] }
        return Set(demandedGates(definition).flatMap { GateResult($0, facts, definition).approvers }).sorted()
    }

    /// What the audit event keeps as evidence: what the request brought, the metrics, and the approvals.
    func evidence(_ request: VersionFacts.RequestFacts, approvals definition: LifecycleDefinition) -> JSONValue {
        var evidence: JSONObject = request.evidence ?? JSONObject()
        guard let facts else { return .object(evidence) }
        if evidence["performance_metrics"] == nil { evidence.set("performance_metrics", .object(facts.metrics)) }
        let gates: Set<String> = Set(demandedGates(definition).map(\.gate))
        let approvals: [JSONValue] = facts.approvals(definition).filter { gates.contains($0.gate) }.map { review in
            [
                "review": .string(review.id), "gate": .string(review.gate), "by": .string(review.subject),
                "at": .string(review.at.description),
            ]
        }
        if !approvals.isEmpty, evidence["approvals"] == nil { evidence.set("approvals", .array(approvals)) }
        return .object(evidence)
    }

    private func demandedGates(_ definition: LifecycleDefinition) -> [LifecycleDefinition.GateRule] {
        let names: Set<String> = Set(
            findings.filter { $0.name == GuardCatalogue.approvalGates }.flatMap {
                GuardCatalogue.texts($0.limit["gates"])
            })
        return definition.gates.filter { names.contains($0.gate) }
    }
}
