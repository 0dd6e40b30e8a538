package import StemmaJSON

/// What clients send about a policy, and what they get back.
package enum PolicyShapes {
    private static let limits = Limits()
    private static let metric: Shape = .text(
        maxBytes: limits.metricNameBytes, minBytes: 1, check: CommonShapes.oneLine)
    private static let days: Shape = .integer(1...limits.policyDays)
    private static let observations: Shape = .integer(1...1_000_000)
    private static let distance: Shape = .number(minimum: 0)
    private static let state: Shape = .choice(LifecycleState.allCases.map(\.rawValue))

    private static let performance: [Shape.Field] = [
        Shape.Field("metric", metric, required: true),
        Shape.Field("threshold", distance, "By how much it may be worse than the baseline, 0.05 where absent"),
        Shape.Field("window_days", days, "The mean of the last days is compared, 7 where absent"),
        Shape.Field("minimum_observations", observations, "In these days, 1 where absent"),
        Shape.Field(
            "baseline", .choice(["registered", "first_days"]),
            "`registered` (where absent): the version's performance_metrics; `first_days`: what was observed first"),
        Shape.Field("baseline_days", days, "How many days `first_days` means, 7 where absent"),
        Shape.Field("lower_is_better", .boolean),
    ]
    private static let age: [Shape.Field] = [
        Shape.Field("max_age_days", days, "Since its registration, 180 where absent")
    ]
    private static let usage: [Shape.Field] = [
        Shape.Field("metric", metric, "`daily_requests` where absent"),
        Shape.Field("minimum", distance, "The least mean, 100 where absent"),
        Shape.Field("window_days", days, "7 where absent"),
        Shape.Field("minimum_observations", observations, "1 where absent"),
    ]
    private static let replacement: [Shape.Field] = [
        Shape.Field("metric", metric, required: true),
        Shape.Field("minimum_improvement", distance, "How much better another version has to be, 0 where absent"),
        Shape.Field(
            "measured", .choice(["registered", "observed"]),
            "Whether performance_metrics (where absent) or observations are compared"),
        Shape.Field("window_days", days, "For observations, 7 where absent"),
        Shape.Field("minimum_observations", observations, "For observations, 1 where absent"),
        Shape.Field("lower_is_better", .boolean),
    ]
    private static let championChallenger: [Shape.Field] = [
        Shape.Field("metric", metric, required: true),
        Shape.Field(
            "required_improvement", distance, "Over the version in production, 0 where absent: any improvement"),
        Shape.Field("window_days", days, "Both are observed over these last days, 7 where absent"),
        Shape.Field("minimum_observations", observations, "Of each of them, 1 where absent"),
        Shape.Field("lower_is_better", .boolean),
    ]
    private static let registeredMetric: [Shape.Field] = [
        Shape.Field("metric", metric, required: true, "Of performance_metrics"),
        Shape.Field("minimum", .nullable(.number(minimum: nil))),
        Shape.Field("maximum", .nullable(.number(minimum: nil))),
    ]
    private static let businessMetric: [Shape.Field] = [
        Shape.Field("metric", metric, required: true),
        Shape.Field(
            "required_improvement", .nullable(distance), "Over the version in production, in the metric's unit"),
        Shape.Field(
            "required_improvement_percent", .nullable(distance), "The same in percent of what production has"),
        Shape.Field("window_days", days, "7 where absent"),
        Shape.Field("minimum_observations", observations, "Of each of them, 1 where absent"),
        Shape.Field("lower_is_better", .boolean),
    ]

    /// The members of each criterion, by its name, in the order in which decisions name them.
    static let criteria: [(name: String, fields: [Shape.Field])] = [
        ("performance", performance), ("age", age), ("usage", usage), ("replacement", replacement),
        ("champion_challenger", championChallenger), ("metric", registeredMetric), ("business_metric", businessMetric),
    ]

    private static let criteriaShape: Shape = .named(
        "PolicyCriteria", .object(criteria.map { Shape.Field($0.name, .nullable(.object($0.fields))) }))

    private static let fields: [Shape.Field] = [
        Shape.Field("name", CommonShapes.requiredLine, required: true, "Unique among policies"),
        Shape.Field(
            "kind", .choice(PolicyDefinition.Kind.allCases.map(\.rawValue)), required: true,
            "A retirement fires where any criterion does, a promotion where all do"),
        Shape.Field(
            "criteria", criteriaShape, required: true,
            "Retirement: performance, age, usage, replacement. Promotion: champion_challenger, metric, business_metric"),
        Shape.Field(
            "filter", .nullable(.text(maxBytes: limits.policyFilterBytes)),
            "Which versions, e.g. `model = 'fraud' AND tags.team = 'risk'`; all where absent"),
        Shape.Field(
            "states", .nullable(.array(of: state, count: 1...LifecycleState.allCases.count)),
            "From which states; `production`, for promotions `staging` and `shadow` where absent"),
        Shape.Field(
            "target_state", .nullable(state), "`deprecated`, for promotions `production` where absent"),
        Shape.Field(
            "mode", .choice(PolicyDefinition.Mode.allCases.map(\.rawValue)),
            "`recommend` (where absent) only records decisions, `enforce` asks the lifecycle for the move"),
        Shape.Field(
            "schedule",
            .nullable(
                .object([Shape.Field("every_minutes", .integer(1...limits.policyMinutes), required: true)])),
            "When the registry runs it by itself; never where absent"),
        Shape.Field("enabled", .boolean, "Whether the schedule applies; true where absent"),
        Shape.Field("description", CommonShapes.description, "Prose for people"),
    ]
    private static let counts: Shape = .map(of: .count, maxCount: 20, keyBytes: 40)
    private static let status: Shape = .choice(PolicyRunStatus.allCases.map(\.rawValue))
    private static let by: Shape = .text(maxBytes: 500)

    private static let serverSet: [Shape.Field] = [
        Shape.Field("id", .text(maxBytes: 64), readOnly: true), Shape.Field("revision", .count, readOnly: true),
        Shape.Field("created_at", CommonShapes.time, readOnly: true), Shape.Field("created_by", by, readOnly: true),
        Shape.Field("updated_at", CommonShapes.time, readOnly: true),
        Shape.Field(
            "next_run_at", .nullable(CommonShapes.time), readOnly: true, "When the schedule wants it next"),
        Shape.Field(
            "last_run",
            .nullable(
                .object([
                    Shape.Field("id", .text(maxBytes: 64), required: true),
                    Shape.Field("status", status, required: true),
                    Shape.Field("dry_run", .boolean, required: true),
                    Shape.Field("finished_at", .nullable(CommonShapes.time), required: true),
                    Shape.Field("counts", counts, required: true),
                ])), readOnly: true),
        Shape.Field("etag", .text(maxBytes: 64), readOnly: true),
    ]

    /// What clients send to make or replace a policy. Members that the server sets are refused.
    package static let request: Shape = .named("PolicyRequest", .object(fields + serverSet))

    /// A policy as answered.
    package static let document: Shape = .named(
        "Policy", .object((fields + serverSet).map { Shape.Field($0.name, $0.shape, required: true, $0.summary) }))

    private static let finding: Shape = .named(
        "PolicyFinding",
        .object([
            Shape.Field("criterion", .choice(criteria.map(\.name)), required: true),
            Shape.Field(
                "result", .choice(PolicyFinding.Result.allCases.map(\.name)), required: true,
                "`unknown` where a measurement is missing, which never moves a version"),
            Shape.Field("read", .any, required: true, "What was read"),
            Shape.Field("limit", .any, required: true, "The criterion as the policy sets it"),
            Shape.Field("detail", .text(maxBytes: 10_000), required: true),
        ]))

    /// What a policy decided on one version.
    package static let decision: Shape = .named(
        "PolicyDecision",
        .object([
            Shape.Field("model", .text(maxBytes: 800), required: true),
            Shape.Field("version", .text(maxBytes: 128), required: true),
            Shape.Field("model_id", .text(maxBytes: 1_000), required: true),
            Shape.Field("state", state, required: true, "When the policy looked at it"),
            Shape.Field("verdict", .choice(PolicyVerdict.allCases.map(\.rawValue)), required: true),
            Shape.Field("reason", .text(maxBytes: 100_000), required: true),
            Shape.Field(
                "criteria", .array(of: finding, count: 0...20), required: true, "Every criterion of the policy"),
            Shape.Field(
                "guards", .array(of: GuardFinding.shape, count: 0...1_000), required: true,
                "What the lifecycle found against a move that it refused"),
        ]))

    /// A run as answered. In lists it carries no decisions.
    package static let run: Shape = .named(
        "PolicyRun",
        .object([
            Shape.Field("id", .text(maxBytes: 64), required: true),
            Shape.Field("number", .count, required: true, "The how-manieth run of its policy"),
            Shape.Field("policy_id", .text(maxBytes: 64), required: true),
            Shape.Field("policy_revision", .count, required: true),
            Shape.Field("cause", .choice(PolicyRunCause.allCases.map(\.rawValue)), required: true),
            Shape.Field("dry_run", .boolean, required: true),
            Shape.Field("mode", .choice(PolicyDefinition.Mode.allCases.map(\.rawValue)), required: true),
            Shape.Field("status", status, required: true),
            Shape.Field("started_at", CommonShapes.time, required: true),
            Shape.Field("finished_at", .nullable(CommonShapes.time), required: true),
            Shape.Field("by", by, required: true),
            Shape.Field("counts", counts, required: true, "Decisions by verdict"),
            Shape.Field("error", .nullable(.text(maxBytes: 10_000)), required: true, "Why it did not finish"),
            Shape.Field(
                "decisions", .array(of: decision, count: 0...limits.policyDecisionsAnswered), required: true,
                "The first ones, those that want a move before the others"),
            Shape.Field(
                "decisions_truncated", .boolean, required: true, "Whether there are more, under `/decisions`"),
            Shape.Field(
                "decisions_kept", .boolean, required: true, "False where there are none, or they are too old"),
        ]))
}
