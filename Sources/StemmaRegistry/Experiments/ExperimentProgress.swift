internal import StemmaJSON

/// How far an experiment has come on its plan, as of one look.
struct ExperimentProgress: Sendable {
    let ends: Timestamp
    /// Until when the totals reach.
    let observed: Timestamp
    let required: (baseline: Int64, treatment: Int64)?
    /// Of the primary metric.
    let reached: (baseline: Int64, treatment: Int64)
    let looks: Int

    /// `primary` holds the totals of the primary metric.
    init(_ plan: ExperimentPlan, ends: Timestamp, observed: Timestamp, primary: MetricTotals, looks: Int) {
        self.ends = ends
        self.observed = observed
        required = plan.requiredSample
        reached = (primary.baseline.count, primary.treatment.count)
        self.looks = looks
    }

    var isDurationReached: Bool { observed >= ends }

    /// True where no sample was planned.
    var isSampleReached: Bool {
        guard let required else { return true }
        return reached.baseline >= required.baseline && reached.treatment >= required.treatment
    }

    var isComplete: Bool { isDurationReached && isSampleReached }

    var json: JSONValue {
        [
            "ends_at": .string(ends.description), "observed_until": .string(observed.description),
            "duration_reached": .bool(isDurationReached),
            "required_sample_size": ExperimentProgress.sizes(required),
            "reached_sample_size": ExperimentProgress.sizes(reached), "sample_reached": .bool(isSampleReached),
        ]
    }

    static func sizes(_ arms: (baseline: Int64, treatment: Int64)?) -> JSONValue {
        guard let arms else { return .null }
        return ["baseline": .integer(arms.baseline), "treatment": .integer(arms.treatment)]
    }

    /// What is not reached yet, in words.
    var missing: [String] {
        var missing: [String] = []
        if !isDurationReached { missing.append("the results reach until \(observed), the plan until \(ends)") }
        if !isSampleReached, let required {
            missing.append(
                "the baseline has \(reached.baseline) of \(required.baseline) planned observations and the treatment "
                    + "\(reached.treatment) of \(required.treatment)")
        }
        return missing
    }

    /// Why looking again and again misleads. The share for five looks is from P. Armitage, C. K. McPherson and B. C. Rowe,
    /// "Repeated Significance Tests on Accumulating Data", Journal of the Royal Statistical Society A 132 (1969),
    /// p. 235-244, table 2.
    static func warning(looks: Int) -> String {
        "this is look \(looks): a test that may end at any look gets a chance at each to take noise for a difference; with "
            + "five evenly spaced looks at the level 0.05 it does so in 14 of 100 experiments without any difference "
            + "instead of 5, so conclude when the planned duration and sample are reached and not before"
    }

    /// The refusal of a conclusion that comes too early.
    var refusal: StemmaError {
        StemmaError(
            .experimentRunning,
            "the experiment has not fulfilled its plan: \(missing.joined(separator: "; ")). Stopping at a look that happens "
                + "to be significant makes false positives likelier (\(ExperimentProgress.warning(looks: looks))). Post "
                + "results that reach far enough, or send force with a rationale",
            members: ["progress": json, "looks": .integer(Int64(looks))])
    }
}
