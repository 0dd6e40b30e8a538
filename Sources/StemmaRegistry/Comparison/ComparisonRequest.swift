internal import StemmaDigest
internal import StemmaJSON

/// What is to be compared, and how.
struct ComparisonRequest: Sendable {
    enum Subject: Sendable {
        /// Two versions by their `model_id`, on a dataset where one is named.
        case versions(a: String, b: String, dataset: String?, digest: Digest?)
        /// Examples that came along; the names are only repeated.
        case inline(InlinePair, a: String, b: String, digest: Digest)
    }

    let subject: Subject
    let average: String?
    let positiveLabel: String?
    let significance: Double
    let confidence: Double
    let seed: UInt64?
    let resamples: Int?

    /// From a body of `shape`. Throws `validationFailed`.
    init(_ body: JSONValue, limits: Limits) throws(StemmaError) {
        var faults: [ShapeFault] = ComparisonRequest.shape.faults(in: body)
        for name in ["significance_level", "confidence_level"] {
            guard let level = body[name]?.number, !(level > 0 && level < 1) else { continue }
            faults.append(ShapeFault(pointer: "/" + name, detail: "must be above 0 and below 1"))
        }
        guard faults.isEmpty else { throw StemmaError.validation(faults) }
        average = body["average"]?.string
        positiveLabel = body["positive_label"].flatMap { ClassText.text(of: $0) }
        significance = body["significance_level"]?.number ?? 0.05
        confidence = body["confidence_level"]?.number ?? 0.95
        seed = body["seed"]?.integer.map { UInt64($0) }
        resamples = body["bootstrap_resamples"]?.integer.map { Int($0) }
        let inline: [String] = ComparisonRequest.lists.filter { body[$0] != nil }
        subject =
            inline.isEmpty
            ? try ComparisonRequest.versions(body) : try ComparisonRequest.inline(body, limits)
    }

    private static let lists: [String] = ["labels", "predictions_a", "predictions_b"]

    private static func versions(_ body: JSONValue) throws(StemmaError) -> Subject {
        guard let a = body["model_a"]?.string, let b = body["model_b"]?.string else {
            let missing: [String] = ["model_a", "model_b"].filter { body[$0] == nil }
            throw StemmaError.validation(
                missing.map {
                    ShapeFault(
                        pointer: "/" + $0,
                        detail: "is required, unless labels, predictions_a and predictions_b are sent")
                })
        }
        let digest: Digest? = try ComparisonService.digest(body["dataset_digest"]?.string, at: "/dataset_digest")
        return .versions(a: a, b: b, dataset: body["dataset"]?.string, digest: digest)
    }

    private static func inline(_ body: JSONValue, _ limits: Limits) throws(StemmaError) -> Subject {
        var faults: [ShapeFault] = []
        for name in ["dataset", "dataset_digest"] where body[name] != nil {
            faults.append(ShapeFault(pointer: "/" + name, detail: "has no meaning beside labels and predictions"))
        }
        var texts: [[String]] = []
        for name in lists {
            guard let values = body[name]?.array else {
                faults.append(ShapeFault(pointer: "/" + name, detail: "is required beside the other two lists"))
                continue
            }
            texts.append(text(values, "/" + name, limits, &faults))
        }
        guard faults.isEmpty, texts.count == 3 else { throw StemmaError.validation(Array(faults.prefix(100))) }
        for index in 1...2 where texts[index].count != texts[0].count {
            faults.append(
                ShapeFault(
                    pointer: "/" + lists[index],
                    detail: "has \(texts[index].count) elements where labels has \(texts[0].count)"))
        }
        guard faults.isEmpty else { throw StemmaError.validation(faults) }
        let pair = InlinePair(labels: texts[0], a: texts[1], b: texts[2])
        return .inline(
            pair, a: body["model_a"]?.string ?? "model_a", b: body["model_b"]?.string ?? "model_b",
            digest: EvaluationEncoder.digest(ofLabels: texts[0]))
    }

    private static func text(
        _ values: [JSONValue], _ pointer: String, _ limits: Limits, _ faults: inout [ShapeFault]
    ) -> [String] {
        values.enumerated().compactMap { index, value in
            guard let text = ClassText.text(of: value) else {
                faults.append(ShapeFault(pointer: "\(pointer)/\(index)", detail: ClassText.problem(value)))
                return nil
            }
            guard (1...limits.evaluationLabelBytes).contains(text.utf8.count) else {
                let detail: String = "must have 1 to \(limits.evaluationLabelBytes) bytes"
                faults.append(ShapeFault(pointer: "\(pointer)/\(index)", detail: detail))
                return nil
            }
            return text
        }
    }

    private static let limits = Limits()
    private static let classes: Shape = .array(of: .any, count: 1...limits.comparisonExamples)

    static let shape: Shape = .named(
        "ComparisonRequest",
        .object([
            Shape.Field("model_a", .text(maxBytes: 1_000, minBytes: 1, check: CommonShapes.oneLine), "A `model_id`"),
            Shape.Field("model_b", .text(maxBytes: 1_000, minBytes: 1, check: CommonShapes.oneLine), "A `model_id`"),
            Shape.Field(
                "dataset", CommonShapes.requiredLine,
                "The id of a dataset that both were evaluated on; the newest common one where absent"),
            Shape.Field("dataset_digest", CommonShapes.digest, "One of several digests of the dataset"),
            Shape.Field("labels", classes, "Instead of evaluations that are stored: what is true, in order"),
            Shape.Field("predictions_a", classes, "What A predicted, in the same order"),
            Shape.Field("predictions_b", classes, "What B predicted, in the same order"),
            Shape.Field(
                "average", .choice(["binary", "macro", "weighted"]),
                "Of precision, recall and f1; `binary` where there is a positive label, else `macro`"),
            Shape.Field("positive_label", .any, "For `binary`; where absent, the names of the two classes must tell"),
            Shape.Field("significance_level", .number(minimum: 0), "Between 0 and 1; 0.05 where absent"),
            Shape.Field(
                "confidence_level", .number(minimum: 0), "Of the intervals, between 0 and 1; 0.95 where absent"),
            Shape.Field(
                "seed", .integer(0...9_007_199_254_740_991), "Of the bootstrap; follows from the examples where absent"),
            Shape.Field(
                "bootstrap_resamples", .integer(100...Int64(limits.comparisonResamplesMax)),
                "As far as the work stays bounded; the answer says how many it were"),
        ]))
}
