internal import StemmaDigest
package import StemmaJSON
internal import StemmaStatistics

/// The examples that a comparison rests on.
struct ComparedDataset: Sendable {
    /// Nil for examples that came with the request.
    let id: String?
    let digest: Digest
    let examplesDigest: Digest
    let isPairedByPlace: Bool
}

/// What was computed.
struct ComparedNumbers: Sendable {
    let metrics: ComparedMetrics
    let plan: ComparisonPlan
    let classes: Int
    let positiveLabel: String?
}

/// Comparisons as asked for and answered.
package enum ComparisonDocument {
    package static let request: Shape = ComparisonRequest.shape

    /// `sides` is nil where predictions came with the request, `compared` where two versions have no examples in common.
    static func represent(
        _ request: ComparisonRequest, names: (a: String, b: String),
        compared: (numbers: ComparedNumbers, dataset: ComparedDataset)?, sides: ComparedSides?, limits: Limits
    ) -> [UInt8] {
        var writer = JSONWriter(capacity: 8_192)
        writer.beginObject()
        writer.field("model_a", names.a)
        writer.field("model_b", names.b)
        if let compared {
            write(compared.numbers, compared.dataset, names, to: &writer)
        } else {
            for name in ["metrics", "significance_tests"] { writer.field(name, JSONValue.null) }
            writer.field(
                "recommendation",
                "The predictions are not compared: \(names.a) and \(names.b) have no evaluation of the same dataset. Send one of "
                    + "each with PUT /v1/models/{name}/versions/{version}/evaluations/{dataset_id}.")
            writer.field("warnings", [String]())
            for name in ["dataset", "examples", "classes", "average", "positive_label", "bootstrap"] {
                writer.field(name, JSONValue.null)
            }
        }
        writer.field("significance_level", request.significance)
        writer.field("confidence_level", request.confidence)
        writer.field(
            "differences", raw: sides.map { DifferencesDocument.write($0.differences, $0.a, $0.b) })
        writer.field(
            "registered_metrics", raw: sides.map { DifferencesDocument.writeMetrics($0.a.metrics, $0.b.metrics) })
        writer.endObject()
        return writer.finish()
    }

    private static func write(
        _ numbers: ComparedNumbers, _ dataset: ComparedDataset, _ names: (a: String, b: String),
        to writer: inout JSONWriter
    ) {
        let compared: ComparedMetrics = numbers.metrics
        let recommendation = Recommendation(
            compared, names: names, significance: numbers.plan.significance, isPairedByPlace: dataset.isPairedByPlace)
        writer.key("metrics")
        writer.object { writer in
            for metric in compared.metrics { write(metric, to: &writer) }
        }
        writer.key("significance_tests")
        writer.object { writer in
            for metric in compared.metrics { writeTest(metric, numbers.plan.significance, to: &writer) }
        }
        writer.field("recommendation", recommendation.text)
        writer.field("warnings", recommendation.warnings)
        writer.key("dataset")
        writer.object { writer in
            writer.field("id", dataset.id)
            writer.field("digest", dataset.digest.description)
            writer.field("examples_digest", dataset.examplesDigest.description)
            writer.field("paired_by", dataset.isPairedByPlace ? "place" : "id")
        }
        writer.field("examples", compared.discordant.examples)
        writer.field("classes", numbers.classes)
        writer.field("average", numbers.plan.averaging.name)
        writer.field("positive_label", numbers.positiveLabel)
        writer.key("bootstrap")
        if compared.resamples == 0 {
            writer.null()
        } else {
            writer.object { writer in
                writer.field("seed", Int64(clamping: numbers.plan.seed))
                writer.field("resamples", compared.resamples)
            }
        }
    }

    private static func write(_ metric: MetricComparison, to writer: inout JSONWriter) {
        writer.key(metric.name)
        writer.object { writer in
            writer.field("model_a", metric.a)
            writer.field("model_b", metric.b)
            writer.field("difference", metric.difference)
            writer.field("percent_change", metric.percentChange)
            writer.key("confidence_interval")
            writer.array { writer in
                writer.value(metric.interval.lower)
                writer.value(metric.interval.upper)
            }
        }
    }

    private static func writeTest(_ metric: MetricComparison, _ level: Double, to writer: inout JSONWriter) {
        writer.key(metric.name)
        writer.object { writer in
            writer.field("p_value", metric.pValue)
            writer.field("p_value_adjusted", metric.adjusted)
            writer.field("significant", metric.isSignificant(level))
            writer.field("method", metric.method.rawValue)
            writer.field("statistic", metric.statistic)
            writer.key("discordant")
            if let discordant = metric.discordant {
                writer.object { writer in
                    writer.field("only_a_correct", discordant.onlyA)
                    writer.field("only_b_correct", discordant.onlyB)
                }
            } else {
                writer.null()
            }
        }
    }

    private static let names: [String] = ["accuracy", "precision", "recall", "f1"]
    private static let any: Shape = .number(minimum: nil)
    private static let share: Shape = .number(minimum: 0)

    private static let metric: Shape = .object([
        Shape.Field("model_a", share, required: true), Shape.Field("model_b", share, required: true),
        Shape.Field("difference", any, required: true, "B less A"),
        Shape.Field("percent_change", .nullable(any), required: true, "Null where A has 0"),
        Shape.Field(
            "confidence_interval", .array(of: any, count: 2...2), required: true, "Of the difference"),
    ])

    private static let test: Shape = .object([
        Shape.Field("p_value", share, required: true),
        Shape.Field("p_value_adjusted", share, required: true, "By Holm's method over the four metrics"),
        Shape.Field("significant", .boolean, required: true, "Whether the adjusted value is below the level"),
        Shape.Field("method", .choice(MetricComparison.Method.allCases.map(\.rawValue)), required: true),
        Shape.Field("statistic", .nullable(any), required: true, "McNemar's"),
        Shape.Field(
            "discordant",
            .nullable(
                .object([
                    Shape.Field("only_a_correct", .count, required: true),
                    Shape.Field("only_b_correct", .count, required: true),
                ])), required: true, "Examples that one model alone gets right; of recall, those of the positive class"),
    ])

    package static let shape: Shape = .named(
        "Comparison",
        .object([
            Shape.Field("model_a", .text(maxBytes: 1_000), required: true),
            Shape.Field("model_b", .text(maxBytes: 1_000), required: true),
            Shape.Field(
                "metrics", .nullable(.object(names.map { Shape.Field($0, metric, required: true) })), required: true,
                "Null where the versions have no evaluation of the same dataset"),
            Shape.Field(
                "significance_tests", .nullable(.object(names.map { Shape.Field($0, test, required: true) })),
                required: true),
            Shape.Field(
                "recommendation", .text(maxBytes: 10_000), required: true, "In words, no more than the numbers say"),
            Shape.Field("warnings", .array(of: .text(maxBytes: 1_000), count: 0...10), required: true),
            Shape.Field(
                "dataset",
                .nullable(
                    .object([
                        Shape.Field("id", .nullable(.text(maxBytes: 500)), required: true),
                        Shape.Field("digest", CommonShapes.digest, required: true),
                        Shape.Field("examples_digest", CommonShapes.digest, required: true),
                        Shape.Field("paired_by", .choice(["id", "place"]), required: true),
                    ])), required: true),
            Shape.Field("examples", .nullable(.count), required: true),
            Shape.Field("classes", .nullable(.count), required: true),
            Shape.Field("average", .nullable(.choice(["binary", "macro", "weighted"])), required: true),
            Shape.Field("positive_label", .nullable(.text(maxBytes: 200)), required: true),
            Shape.Field(
                "bootstrap",
                .nullable(
                    .object([
                        Shape.Field("seed", .count, required: true), Shape.Field("resamples", .count, required: true),
                    ])), required: true, "Null where variances are derived instead"),
            Shape.Field("significance_level", share, required: true),
            Shape.Field("confidence_level", share, required: true),
            Shape.Field(
                "differences", .nullable(DifferencesDocument.shape), required: true,
                "What else sets the versions apart; null for predictions that came with the request"),
            Shape.Field("registered_metrics", .nullable(DifferencesDocument.metricsShape), required: true),
        ]))
}
