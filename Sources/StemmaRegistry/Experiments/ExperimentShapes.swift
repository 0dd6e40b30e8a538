package import StemmaJSON

/// What is sent about experiments.
package enum ExperimentShapes {
    private static let limits = Limits()
    static let metricName: Shape = .text(maxBytes: limits.metricNameBytes, minBytes: 1)
    static let share: Shape = .number(minimum: 0)
    static let modelID: Shape = .text(maxBytes: 1_000, minBytes: 1)
    static let sample: Shape = .nullable(.integer(1...9_007_199_254_740_991))

    static let split: Shape = .object([
        Shape.Field("baseline", share, required: true), Shape.Field("treatment", share, required: true),
    ])

    static let criteria: Shape = .object([
        Shape.Field("primary_metric", metricName, required: true, "The one metric that decides"),
        Shape.Field(
            "improvement_threshold", .number(minimum: 0), required: true, "The least improvement that is demanded"),
        Shape.Field(
            "threshold_kind", .choice(ExperimentCriteria.ThresholdKind.allCases.map(\.rawValue)),
            "`absolute` where absent: in the metric's own unit; `relative`: as a share of the baseline"),
        Shape.Field("significance_level", .number(minimum: 0), "The largest p-value that counts; 0.05 where absent"),
        Shape.Field("lower_is_better", .boolean, "False where absent"),
        Shape.Field("minimum_sample_size", sample, "Observations of each arm, at least"),
        Shape.Field(
            "expected_baseline", .nullable(.number(minimum: nil)),
            "What the primary metric is expected to be at the baseline; a rate, unless `expected_deviation` is given"),
        Shape.Field(
            "expected_deviation", .nullable(.number(minimum: 0)),
            "The expected standard deviation of the primary metric's values, where it is a mean"),
        Shape.Field(
            "power", .number(minimum: 0), "The chance to find the improvement that is demanded; 0.8 where absent"),
    ])

    /// What is sent to plan an experiment.
    package static let request: Shape = .named(
        "ExperimentRequest",
        .object([
            Shape.Field(
                "experiment_id", .nullable(.text(maxBytes: 100, minBytes: 1, check: idProblem)),
                "Letters, digits, `.`, `_` and `-`; made where absent"),
            Shape.Field("baseline_model", modelID, required: true, "The `model_id` of a published version"),
            Shape.Field("treatment_model", modelID, required: true, "The `model_id` of another one"),
            Shape.Field("traffic_split", split, required: true, "Shares with the sum 1"),
            Shape.Field(
                "duration", .text(maxBytes: 100, minBytes: 1), required: true, "E.g. `7 days`, `12 hours`, `P7D`"),
            Shape.Field("started_at", .nullable(CommonShapes.time), "Now where absent"),
            Shape.Field("success_criteria", criteria, required: true),
            Shape.Field("description", CommonShapes.description),
            Shape.Field("business_hypothesis", CommonShapes.description, "What it is to do for the business"),
            Shape.Field("tags", CommonShapes.tags), Shape.Field("metadata", CommonShapes.freeObject),
            Shape.Field(
                "results", .any, readOnly: true, "Computed from what is posted to the experiment's `/results`"),
            Shape.Field("status", .any, readOnly: true),
        ]))

    /// What is sent to change one.
    package static let patch: Shape = .named(
        "ExperimentPatch",
        .object([
            Shape.Field("description", CommonShapes.description),
            Shape.Field("business_hypothesis", CommonShapes.description),
            Shape.Field("tags", CommonShapes.tagsPatch),
            Shape.Field("metadata", .nullable(CommonShapes.freeObject)),
            Shape.Field("status", .choice([ExperimentStatus.aborted.rawValue]), "Needs `rationale`"),
            Shape.Field("rationale", CommonShapes.rationale, "Why; kept in the audit log too"),
            // What a merge patch leaves is checked as a whole after it was applied.
            Shape.Field("traffic_split", .any, "Only while there are no results"),
            Shape.Field("duration", .any, "Only while there are no results"),
            Shape.Field("started_at", .any, "Only while there are no results"),
            Shape.Field("success_criteria", .any, "Only while there are no results"),
        ]))

    /// The members of a plan, as a merge patch leaves them.
    static let plan: Shape = .object([
        Shape.Field("traffic_split", split, required: true),
        Shape.Field("duration", .text(maxBytes: 100, minBytes: 1), required: true),
        Shape.Field("started_at", CommonShapes.time, required: true),
        Shape.Field("success_criteria", criteria, required: true),
    ])

    private static let arm: Shape = .object([
        Shape.Field("successes", .nullable(.count)), Shape.Field("trials", .nullable(.count)),
        Shape.Field("mean", .nullable(.number(minimum: nil))),
        Shape.Field("deviation", .nullable(.number(minimum: 0)), "Of the sample (divided by n - 1)"),
        Shape.Field("n", .nullable(.count)),
    ])

    private static let computed: [Shape.Field] = [
        "baseline_performance", "treatment_performance", "statistical_significance",
    ].map { Shape.Field($0, .any, readOnly: true, "Computed from the metrics") }

    /// What is sent to take a look at results.
    package static let results: Shape = .named(
        "ExperimentResultsRequest",
        .object(
            [
                Shape.Field(
                    "metrics",
                    .map(
                        of: .object([
                            Shape.Field("baseline", arm, required: true),
                            Shape.Field("treatment", arm, required: true),
                        ]), maxCount: limits.experimentMetrics, keyBytes: limits.metricNameBytes), required: true,
                    "Totals from the beginning until now, not increments: of each metric and arm either `successes` and "
                        + "`trials`, or `mean`, `deviation` and `n`"),
                Shape.Field("observed_until", .nullable(CommonShapes.time), "Now where absent"),
                Shape.Field("business_impact", CommonShapes.rationale, "In words"),
            ] + computed))

    /// What is sent to conclude.
    package static let conclude: Shape = .named(
        "ExperimentConclusionRequest",
        .object([
            Shape.Field("rationale", CommonShapes.rationale, "Why; required with `force`"),
            Shape.Field(
                "force", .boolean, "Conclude before the planned duration and sample; the experiment says so for ever"),
            Shape.Field("business_conclusion", CommonShapes.rationale, "What people make of it"),
            Shape.Field("business_impact", CommonShapes.rationale, "In words; the last look's where absent"),
        ]))

    /// Members that say which experiment it is.
    static let frozen: [String] = ["experiment_id", "baseline_model", "treatment_model"]

    private static func idProblem(_ text: String) -> String? {
        let isWord: (Character) -> Bool = { $0.isASCII && ($0.isLetter || $0.isNumber) }
        guard let first = text.first, isWord(first), text.allSatisfy({ isWord($0) || "._-".contains($0) }) else {
            return "must have only letters, digits, '.', '_' and '-', the first a letter or digit"
        }
        return nil
    }
}
