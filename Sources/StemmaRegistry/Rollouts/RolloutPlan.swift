internal import StemmaJSON

/// What a rollout is to do: its steps, and what decides over them.
struct RolloutPlan: Sendable {
    /// The version's share of the traffic at each step in percent, strictly increasing.
    let steps: [Int]
    let minimumStepMinutes: Int64
    /// All of them must hold before a step ends.
    let success: [RolloutCriterion]
    /// A breach of one ends the rollout.
    let abort: [RolloutCriterion]
    /// The registry advances and aborts by itself.
    let isAutomatic: Bool
    /// The version goes to production after the last step.
    let promotesAtEnd: Bool
    /// What the promotion will say.
    let request: VersionFacts.RequestFacts

    /// Reads a body of `RolloutShapes.request`. Throws `validationFailed` for what its shape cannot tell.
    init(checking body: JSONValue) throws(StemmaError) {
        self.init(body)
        var faults: [ShapeFault] = []
        for (index, percent) in steps.enumerated().dropFirst() where percent <= steps[index - 1] {
            faults.append(ShapeFault(pointer: "/steps/\(index)", detail: "must be more than the step before"))
        }
        for (name, criteria) in [("success_criteria", success), ("abort_criteria", abort)] {
            for (index, criterion) in criteria.enumerated() {
                if let fault = criterion.fault {
                    faults.append(ShapeFault(pointer: "/\(name)/\(index)", detail: fault))
                }
            }
        }
        guard faults.isEmpty else { throw StemmaError.validation(faults) }
        try LifecycleService.checkEvidence(request.evidence)
    }

    /// Reads the plan of a stored rollout.
    init(of record: RolloutRecord) throws(StemmaError) {
        self.init(.object(try StoredJSON.object(record.plan)))
    }

    private init(_ json: JSONValue) {
        steps = json["steps"]?.array?.compactMap { $0.integer.map { Int($0) } } ?? [5, 25, 50, 100]
        minimumStepMinutes = json["minimum_step_minutes"]?.integer ?? 60
        success = (json["success_criteria"]?.array ?? []).map { RolloutCriterion($0) }
        abort = (json["abort_criteria"]?.array ?? []).map { RolloutCriterion($0) }
        isAutomatic = json["automatic"]?.bool ?? true
        promotesAtEnd = json["promote_at_end"]?.bool ?? true
        request = VersionFacts.RequestFacts(
            rationale: json["rationale"]?.string.flatMap { $0.isEmpty ? nil : $0 },
            evidence: json["evidence"]?.object,
            rollbackPlan: json["rollback_plan"]?.string.flatMap { $0.isEmpty ? nil : $0 })
    }

    /// The whole plan, what was left out filled in.
    var json: JSONObject {
        [
            "steps": .array(steps.map { .integer(Int64($0)) }), "minimum_step_minutes": .integer(minimumStepMinutes),
            "success_criteria": .array(success.map(\.json)), "abort_criteria": .array(abort.map(\.json)),
            "automatic": .bool(isAutomatic), "promote_at_end": .bool(promotesAtEnd),
            "rationale": request.rationale.map { .string($0) } ?? .null,
            "rollback_plan": request.rollbackPlan.map { .string($0) } ?? .null,
            "evidence": request.evidence.map { .object($0) } ?? .null,
        ]
    }

    /// When a step that began at `start` may end at the earliest.
    func earliestEnd(ofStepFrom start: Timestamp) -> Timestamp {
        start.adding(milliseconds: minimumStepMinutes * 60_000)
    }
}

/// A demand on what is measured of a version during a step.
struct RolloutCriterion: Sendable {
    let metric: String
    /// Bounds of the mean.
    let minimum: Double?
    let maximum: Double?
    /// How much worse than the baseline's mean the mean may be; negative: how much better it must be.
    let maxDrop: Double?
    let lowerIsBetter: Bool
    /// With fewer values nothing is known.
    let minimumObservations: Int64

    init(_ json: JSONValue) {
        metric = json["metric"]?.string ?? ""
        minimum = json["minimum"]?.number
        maximum = json["maximum"]?.number
        maxDrop = json["max_drop"]?.number
        lowerIsBetter = json["lower_is_better"]?.bool ?? false
        minimumObservations = json["minimum_observations"]?.integer ?? 1
    }

    /// What is wrong with it; nil where nothing is.
    var fault: String? {
        if minimum == nil, maximum == nil, maxDrop == nil { return "needs minimum, maximum or max_drop" }
        if let minimum, let maximum, minimum > maximum { return "minimum is above maximum: nothing could pass" }
        return nil
    }

    var json: JSONValue {
        .object([
            "metric": .string(metric), "minimum": minimum.map { .double($0) } ?? .null,
            "maximum": maximum.map { .double($0) } ?? .null, "max_drop": maxDrop.map { .double($0) } ?? .null,
            "lower_is_better": .bool(lowerIsBetter), "minimum_observations": .integer(minimumObservations),
        ])
    }
}
