package import StemmaJSON

/// Experiments, looks at their results and conclusions, as answered.
package enum ExperimentDocument {
    private static let limits = Limits()
    private static let number: Shape = .nullable(.number(minimum: nil))
    private static let sizes: Shape = .nullable(
        .object([
            Shape.Field("baseline", .count, required: true), Shape.Field("treatment", .count, required: true),
        ]))
    private static let arm: Shape = .object([
        Shape.Field("value", number, required: true, "The rate, or the mean"),
        Shape.Field("successes", .count), Shape.Field("trials", .count), Shape.Field("mean", number),
        Shape.Field("deviation", number), Shape.Field("n", .count),
    ])
    /// What a test says of one metric.
    private static let comparison: [Shape.Field] = [
        Shape.Field("metric", ExperimentShapes.metricName, required: true),
        Shape.Field("primary", .boolean, required: true, "Whether it is the one that decides"),
        Shape.Field("test", .choice(ExperimentComparison.Test.allCases.map(\.rawValue)), required: true, "Two-sided"),
        Shape.Field("baseline", arm, required: true), Shape.Field("treatment", arm, required: true),
        Shape.Field("effect", number, required: true, "Treatment less baseline"),
        Shape.Field("relative_effect", number, required: true, "As a share of the baseline; null where that is 0"),
        Shape.Field(
            "confidence_interval",
            .object([
                Shape.Field("level", .number(minimum: 0), required: true),
                Shape.Field("lower", number, required: true), Shape.Field("upper", number, required: true),
            ]), required: true, "Of the effect"),
        Shape.Field("p_value", .number(minimum: 0), required: true),
    ]
    private static let progress: Shape = .object([
        Shape.Field("ends_at", CommonShapes.time, required: true),
        Shape.Field("observed_until", CommonShapes.time, required: true),
        Shape.Field("duration_reached", .boolean, required: true),
        Shape.Field("required_sample_size", sizes, required: true),
        Shape.Field("reached_sample_size", sizes, required: true, "Of the primary metric"),
        Shape.Field("sample_reached", .boolean, required: true, "True where no sample was planned"),
    ])

    /// One look at results.
    package static let look: Shape = .named(
        "ExperimentResults",
        .object([
            Shape.Field("experiment_id", .text(maxBytes: 100), required: true),
            Shape.Field("look", .count, required: true, "The how-manieth, from 1"),
            Shape.Field(
                "metrics", .array(of: .object(comparison), count: 0...limits.experimentMetrics), required: true),
            Shape.Field("progress", progress, required: true),
            Shape.Field("warning", .text(maxBytes: 2_000), required: true, "Why looking early misleads"),
            Shape.Field("business_impact", CommonShapes.rationale, required: true),
            Shape.Field("recorded_at", CommonShapes.time, required: true),
            Shape.Field("recorded_by", .text(maxBytes: 500), required: true),
        ]))

    private static let secondary: Shape = .object(
        comparison + [
            Shape.Field(
                "adjusted_p_value", .number(minimum: 0), required: true, "Holm's, over the secondary metrics"),
            Shape.Field("significant", .boolean, required: true, "By the adjusted one"),
        ])
    private static let conclusion: Shape = .object(
        [
            Shape.Field(
                "decision", .choice(ExperimentDecision.allCases.map(\.rawValue)), required: true,
                "`improvement`: significant and as large as demanded; `harm`: significantly worse; `no_improvement`: "
                    + "shown to be less than demanded; `inconclusive`: the samples do not tell"),
            Shape.Field("detail", .text(maxBytes: 10_000), required: true),
        ] + comparison + [
            Shape.Field("significance_level", .number(minimum: 0), required: true),
            Shape.Field("significant", .boolean, required: true),
            Shape.Field("effect_needed", number, required: true, "The demanded improvement in the metric's unit"),
            Shape.Field("threshold_met", .boolean, required: true),
            Shape.Field(
                "minimum_detectable_effect", number, required: true,
                "The smallest effect that such samples find with the planned power"),
            Shape.Field("secondary", .array(of: secondary, count: 0...limits.experimentMetrics), required: true),
        ])
    private static let performance: Shape = .map(
        of: number, maxCount: limits.experimentMetrics, keyBytes: limits.metricNameBytes)
    private static let results: Shape = .object([
        Shape.Field("baseline_performance", performance, required: true),
        Shape.Field("treatment_performance", performance, required: true),
        Shape.Field("statistical_significance", .number(minimum: 0), required: true, "The primary metric's p-value"),
        Shape.Field("business_impact", CommonShapes.rationale, required: true),
    ])

    package static let document: Shape = .named(
        "Experiment",
        .object([
            Shape.Field("experiment_id", .text(maxBytes: 100), required: true),
            Shape.Field("baseline_model", ExperimentShapes.modelID, required: true),
            Shape.Field("treatment_model", ExperimentShapes.modelID, required: true),
            Shape.Field("traffic_split", ExperimentShapes.split, required: true),
            Shape.Field("duration", .text(maxBytes: 100), required: true, "As it was sent"),
            Shape.Field("duration_seconds", .count, required: true),
            Shape.Field("started_at", CommonShapes.time, required: true),
            Shape.Field("ends_at", CommonShapes.time, required: true, "When the planned duration is over"),
            Shape.Field("success_criteria", ExperimentShapes.criteria, required: true),
            Shape.Field(
                "required_sample_size", sizes, required: true,
                "Observations of each arm that are planned; null where too little is expected to compute them"),
            Shape.Field("status", .choice(ExperimentStatus.allCases.map(\.rawValue)), required: true),
            Shape.Field("description", CommonShapes.description, required: true),
            Shape.Field("business_hypothesis", CommonShapes.description, required: true),
            Shape.Field("tags", CommonShapes.tags, required: true),
            Shape.Field("metadata", CommonShapes.freeObject, required: true),
            Shape.Field("looks", .count, required: true, "How often results were looked at"),
            Shape.Field("latest_results", .nullable(look), required: true, "The last look"),
            Shape.Field("results", .nullable(results), required: true, "Once it is concluded"),
            Shape.Field("statistical_conclusion", .nullable(conclusion), required: true, "What the numbers say"),
            Shape.Field("business_conclusion", CommonShapes.rationale, required: true, "What people make of it"),
            Shape.Field(
                "concluded_early", .boolean, required: true, "Whether it was concluded before its plan was fulfilled"),
            Shape.Field("rationale", CommonShapes.rationale, required: true, "Of its end"),
            Shape.Field("ended_at", .nullable(CommonShapes.time), required: true),
            Shape.Field("ended_by", .nullable(.text(maxBytes: 500)), required: true),
            Shape.Field("created_at", CommonShapes.time, required: true),
            Shape.Field("created_by", .text(maxBytes: 500), required: true),
            Shape.Field("updated_at", CommonShapes.time, required: true),
            Shape.Field("updated_by", .text(maxBytes: 500), required: true),
            Shape.Field("etag", .text(maxBytes: 64), required: true),
        ]))

    static func represent(_ record: ExperimentRecord, _ reader: any MetadataReader) throws -> Representation {
        let content: ExperimentChange = record.content
        let plan = try ExperimentPlan(of: record)
        let conclusion: JSONObject? = try record.end.conclusion.map { try StoredJSON.object($0) }
        let last: ExperimentLook? = record.looks == 0 ? nil : try reader.lastLook(experiment: record.id)
        var writer = JSONWriter(capacity: 4_096)
        writer.beginObject()
        writer.field("experiment_id", record.id)
        writer.field("baseline_model", record.baseline.modelID)
        writer.field("treatment_model", record.treatment.modelID)
        for member in plan.json.members where member.name != "success_criteria" {
            writer.field(member.name, member.value)
        }
        writer.field("duration_seconds", plan.milliseconds / 1_000)
        writer.field("started_at", content.started.description)
        writer.field("ends_at", content.ends.description)
        writer.field("success_criteria", plan.criteria.json)
        writer.field("required_sample_size", ExperimentProgress.sizes(plan.requiredSample))
        writer.field("status", record.status.rawValue)
        writer.field("description", content.words.description)
        writer.field("business_hypothesis", content.words.businessHypothesis)
        writer.field("tags", raw: content.words.tags)
        writer.field("metadata", raw: content.words.metadata)
        writer.field("looks", record.looks)
        writer.field("latest_results", raw: try last.map { try represent($0, of: record.id) } ?? Array("null".utf8))
        writer.field("results", conclusion?["results"] ?? .null)
        writer.field("statistical_conclusion", conclusion?["statistical_conclusion"] ?? .null)
        writer.field("business_conclusion", record.end.businessConclusion)
        writer.field("concluded_early", record.end.isEarly)
        writer.field("rationale", record.end.rationale)
        writer.field("ended_at", record.ended?.description)
        writer.field("ended_by", record.endedBy)
        writer.field("created_at", record.created.description)
        writer.field("created_by", record.createdBy)
        writer.field("updated_at", record.updated.description)
        writer.field("updated_by", record.updatedBy)
        return EntityTag.seal(writer.bytes)
    }

    static func represent(_ look: ExperimentLook, of experiment: String) throws(StemmaError) -> [UInt8] {
        let analysis: JSONObject = try StoredJSON.object(look.analysis)
        var writer = JSONWriter(capacity: 1_024 + look.analysis.count)
        writer.beginObject()
        writer.field("experiment_id", experiment)
        writer.field("look", look.number)
        writer.field("metrics", analysis["metrics"] ?? .null)
        writer.field("progress", analysis["progress"] ?? .null)
        writer.field("warning", ExperimentProgress.warning(looks: look.number))
        writer.field("business_impact", look.businessImpact)
        writer.field("recorded_at", look.at.description)
        writer.field("recorded_by", look.by)
        writer.endObject()
        return writer.finish()
    }

    /// What guards are told of a concluded experiment, with the names that the document has.
    static func evidence(_ record: ExperimentRecord) throws(StemmaError) -> JSONObject {
        let conclusion: JSONObject =
            try record.end.conclusion.map { text throws(StemmaError) in
                try StoredJSON.object(text)
            } ?? JSONObject()
        let plan: JSONObject = try StoredJSON.object(record.content.plan)
        let results: JSONValue = conclusion["results"] ?? .null
        return [
            "source": "experiment", "experiment_id": .string(record.id),
            "treatment_model": .string(record.treatment.modelID), "baseline_model": .string(record.baseline.modelID),
            "success_criteria": plan["success_criteria"] ?? .null,
            "results": [
                "baseline_performance": results["baseline_performance"] ?? .null,
                "treatment_performance": results["treatment_performance"] ?? .null,
                "statistical_significance": results["statistical_significance"] ?? .null,
            ],
            "statistical_conclusion": [
                "decision": conclusion["statistical_conclusion"]?["decision"] ?? .null,
                "detail": conclusion["statistical_conclusion"]?["detail"] ?? .null,
            ], "concluded_early": .bool(record.end.isEarly),
        ]
    }
}

extension ResourcePath {
    package static func experiment(_ id: String) -> String { "/v1/experiments/" + segment(id) }
}
