package import StemmaJSON

/// What rollouts look like in requests and answers.
package enum RolloutShapes {
    private static let limits = Limits()
    private static let bound: Shape = .nullable(.number(minimum: nil))
    private static let percent: Shape = .integer(1...100)
    private static let minutes: Shape = .integer(0...limits.rolloutStepMinutes)
    private static let version: Shape = .text(maxBytes: 129, minBytes: 1)
    private static let text: Shape = .text(maxBytes: 10_000)
    private static let reason: Shape = .nullable(.text(maxBytes: 100_000))

    private static let criterion: Shape = .named(
        "RolloutCriterion",
        .object([
            Shape.Field(
                "metric", .text(maxBytes: limits.metricNameBytes, minBytes: 1), required: true,
                "Of the version's observations since the step began"),
            Shape.Field("minimum", bound, "Least mean"), Shape.Field("maximum", bound, "Largest mean"),
            Shape.Field(
                "max_drop", bound,
                "How much worse than the baseline's mean over the same span; negative: how much better it must be. At "
                    + "100 percent the baseline counts as it was in the step before"),
            Shape.Field("lower_is_better", .boolean, "For `max_drop`"),
            Shape.Field(
                "minimum_observations", .integer(1...1_000_000_000),
                "With fewer, of either version that it reads, the criterion is unknown; 1 where absent"),
        ]))

    private static let criteria: Shape = .array(of: criterion, count: 0...limits.rolloutCriteria)

    /// What clients send to start one.
    package static let request: Shape = .named(
        "RolloutRequest",
        .object([
            Shape.Field("version", version, required: true, "An exact version"),
            Shape.Field(
                "steps", .array(of: percent, count: 1...limits.rolloutSteps),
                "The version's share in percent, strictly increasing; 5, 25, 50, 100 where absent"),
            Shape.Field("minimum_step_minutes", minutes, "60 where absent"),
            Shape.Field("success_criteria", criteria, "All must hold before a step ends"),
            Shape.Field("abort_criteria", criteria, "Must hold too; a breach aborts at once where `automatic`"),
            Shape.Field("automatic", .boolean, "Advance and abort without being asked; true where absent"),
            Shape.Field(
                "promote_at_end", .boolean,
                "Promote after the last step; true where absent. Otherwise production gets all traffic back, and the "
                    + "result is evidence for a promotion"),
            Shape.Field("rationale", CommonShapes.rationale, "Why; the promotion says it too"),
            Shape.Field("rollback_plan", CommonShapes.rationale, "The way back"),
            Shape.Field("evidence", .nullable(CommonShapes.freeObject), "What speaks for it"),
        ]))

    /// What clients may send to take the next step.
    package static let advance: Shape = .named(
        "RolloutAdvance",
        .object([
            Shape.Field("force", .boolean, "Pass over waiting time and unknown criteria, never over failed ones"),
            Shape.Field("rationale", CommonShapes.rationale, "Why; needed with `force`"),
        ]))

    /// What clients send to abort.
    package static let abort: Shape = .named(
        "RolloutAbort",
        .object([
            Shape.Field(
                "rationale", .text(maxBytes: limits.rationaleBytes, minBytes: 1), required: true,
                "Why; kept in the audit log")
        ]))

    private static let evaluation: Shape = .array(
        of: .named(
            "RolloutFinding",
            .object([
                Shape.Field("kind", .choice(["success", "abort"]), required: true),
                Shape.Field("metric", .text(maxBytes: limits.metricNameBytes), required: true),
                Shape.Field(
                    "status", .choice(["passed", "failed", "unknown"]), required: true,
                    "Unknown while too little was measured"),
                Shape.Field(
                    "read",
                    .object([
                        Shape.Field("since", CommonShapes.time, required: true),
                        Shape.Field("mean", bound, required: true),
                        Shape.Field("observations", .count, required: true),
                        Shape.Field("baseline_since", .nullable(CommonShapes.time), required: true),
                        Shape.Field("baseline_mean", bound, required: true),
                        Shape.Field("baseline_observations", .nullable(.count), required: true),
                    ]), required: true),
                Shape.Field("limit", criterion, required: true), Shape.Field("detail", text, required: true),
            ])), count: 0...(2 * limits.rolloutCriteria))

    private static let guards: Shape = .array(of: GuardFinding.shape, count: 0...1_000)

    private static let history: Shape = .array(
        of: .object([
            Shape.Field("event", .choice(RolloutHistory.Happening.allCases.map(\.rawValue)), required: true),
            Shape.Field("at", CommonShapes.time, required: true),
            Shape.Field("by", .text(maxBytes: 500), required: true, "`stemma` where the registry did it itself"),
            Shape.Field("step", .count, required: true), Shape.Field("percent", percent, required: true),
            Shape.Field("forced", .boolean, required: true), Shape.Field("reason", reason, required: true),
            Shape.Field("evaluation", evaluation, required: true), Shape.Field("guards", guards, required: true),
        ]), count: 0...1_000)

    /// A rollout.
    package static let document: Shape = .named(
        "Rollout",
        .object([
            Shape.Field("id", .text(maxBytes: 64), required: true),
            Shape.Field("model", .text(maxBytes: 800), required: true),
            Shape.Field("version", version, required: true),
            Shape.Field("model_id", .text(maxBytes: 1_000), required: true),
            Shape.Field("baseline_version", version, required: true, "Gets the rest of the traffic"),
            Shape.Field("status", .choice(RolloutStatus.allCases.map(\.rawValue)), required: true),
            Shape.Field("steps", .array(of: percent, count: 1...limits.rolloutSteps), required: true),
            Shape.Field("step", .count, required: true, "Counted from 0"),
            Shape.Field("percent", percent, required: true, "The version's share at that step"),
            Shape.Field("step_started_at", CommonShapes.time, required: true),
            Shape.Field(
                "next_step_not_before", .nullable(CommonShapes.time), required: true, "Null once it has ended"),
            Shape.Field("minimum_step_minutes", minutes, required: true),
            Shape.Field("success_criteria", criteria, required: true),
            Shape.Field("abort_criteria", criteria, required: true),
            Shape.Field("automatic", .boolean, required: true), Shape.Field("promote_at_end", .boolean, required: true),
            Shape.Field("rationale", CommonShapes.rationale, required: true),
            Shape.Field("rollback_plan", CommonShapes.rationale, required: true),
            Shape.Field("evidence", .any, required: true),
            Shape.Field("evaluation", evaluation, required: true, "How the criteria stand now, or stood at the end"),
            Shape.Field(
                "promotion_refused",
                .nullable(
                    .object([
                        Shape.Field("at", CommonShapes.time, required: true),
                        Shape.Field("detail", reason, required: true), Shape.Field("guards", guards, required: true),
                    ])), required: true, "Why the rollout stays at its end"),
            Shape.Field("history", history, required: true),
            Shape.Field("created_at", CommonShapes.time, required: true),
            Shape.Field("created_by", .text(maxBytes: 500), required: true),
            Shape.Field("updated_at", CommonShapes.time, required: true),
            Shape.Field("ended_at", .nullable(CommonShapes.time), required: true),
            Shape.Field("end_reason", reason, required: true), Shape.Field("etag", .text(maxBytes: 64), required: true),
        ]))

    /// What a dry run answers for a start that is refused.
    package static let refusal: Shape = .named(
        "RolloutRefusal",
        .object([
            Shape.Field("model", .text(maxBytes: 800), required: true), Shape.Field("version", version, required: true),
            Shape.Field("model_id", .text(maxBytes: 1_000), required: true),
            Shape.Field("from", .choice(LifecycleState.allCases.map(\.rawValue)), required: true),
            Shape.Field("to", .choice(LifecycleState.allCases.map(\.rawValue)), required: true),
            Shape.Field("allowed", .boolean, required: true), Shape.Field("lifecycle_revision", .count, required: true),
            Shape.Field("guards", guards, required: true),
            Shape.Field(
                "targets", .array(of: .text(maxBytes: 40), count: 0...7), "Where the version could go from its state"),
            Shape.Field("detail", .text(maxBytes: 1_000_000), required: true),
        ]))
}
