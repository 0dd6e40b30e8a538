internal import StemmaDigest
package import StemmaJSON

/// Evaluations as answered.
package enum EvaluationDocument {
    private static let limits = Limits()

    /// `digests` are all of this version's evaluations of the same dataset, the newest first.
    static func represent(
        _ record: EvaluationRecord, of version: VersionRecord, digests: [Digest]
    ) -> Representation {
        var writer = JSONWriter(capacity: record.summary.count + 1_024)
        writer.beginObject()
        writer.field("id", record.id)
        writer.field("model", version.model)
        writer.field("version", version.version)
        writer.field("model_id", "\(version.model)_v\(version.version)")
        writer.field("dataset_id", record.datasetID)
        writer.field("dataset_digest", record.datasetDigest.description)
        writer.field("dataset_digests", digests.map(\.description))
        writer.field("examples_digest", record.examplesDigest.description)
        writer.field("paired_by", record.hasIDs ? "id" : "place")
        writer.field("examples", record.examples)
        writer.field("classes", record.classes)
        writer.field("correct", record.correct)
        writer.field("blob", record.blob.description)
        writer.field("created_at", record.created.description)
        writer.field("created_by", record.createdBy)
        var bytes: [UInt8] = writer.bytes
        // The summary's members go on in the same object.
        bytes.append(UInt8(ascii: ","))
        bytes.append(contentsOf: record.summary.dropFirst().dropLast())
        return EntityTag.seal(bytes)
    }

    private static let share: Shape = .number(minimum: 0)
    private static let scores: [Shape.Field] = [
        Shape.Field("precision", share, required: true), Shape.Field("recall", share, required: true),
        Shape.Field("f1", share, required: true),
    ]
    private static let label: Shape = .text(maxBytes: limits.evaluationLabelBytes)

    package static let document: Shape = .named(
        "Evaluation",
        .object([
            Shape.Field("id", .text(maxBytes: 64), required: true),
            Shape.Field("model", .text(maxBytes: 800), required: true),
            Shape.Field("version", .text(maxBytes: 128), required: true),
            Shape.Field("model_id", .text(maxBytes: 1_000), required: true),
            Shape.Field("dataset_id", .text(maxBytes: limits.lineBytes), required: true),
            Shape.Field(
                "dataset_digest", CommonShapes.digest, required: true, "As it was given, else the examples' digest"),
            Shape.Field(
                "dataset_digests", .array(of: CommonShapes.digest, count: 1...limits.evaluationsPerVersion),
                required: true, "Of all evaluations of this dataset by the version, the newest first"),
            Shape.Field(
                "examples_digest", CommonShapes.digest, required: true, "Over the ids and labels in their order"),
            Shape.Field(
                "paired_by", .choice(["id", "place"]), required: true, "Whether the examples have ids of their own"),
            Shape.Field("examples", .count, required: true),
            Shape.Field("classes", .count, required: true, "Labels told apart, those only predicted included"),
            Shape.Field("correct", .count, required: true),
            Shape.Field("blob", CommonShapes.digest, required: true, "Where the examples are kept"),
            Shape.Field("created_at", CommonShapes.time, required: true),
            Shape.Field("created_by", .text(maxBytes: 500), required: true),
            Shape.Field("metrics", metrics, required: true),
            Shape.Field(
                "per_class", .nullable(perClass), required: true,
                "Null for more than \(limits.evaluationShownClasses) classes"),
            Shape.Field(
                "confusion", .nullable(confusion), required: true,
                "Null for more than \(limits.evaluationShownClasses) classes"),
            Shape.Field("etag", .text(maxBytes: 64), required: true),
        ]))

    private static let metrics: Shape = .object([
        Shape.Field("accuracy", share, required: true),
        Shape.Field(
            "binary", .nullable(.object([Shape.Field("positive_label", label, required: true)] + scores)),
            required: true, "For two classes whose names tell which one is looked for, e.g. `0` and `1`"),
        Shape.Field("macro", .object(scores), required: true, "Mean over the classes"),
        Shape.Field("weighted", .object(scores), required: true, "Mean over the classes by their examples"),
    ])

    private static let perClass: Shape = .array(
        of: .object(
            [
                Shape.Field("label", label, required: true), Shape.Field("support", .count, required: true),
                Shape.Field("predicted", .count, required: true), Shape.Field("correct", .count, required: true),
            ] + scores), count: 0...limits.evaluationShownClasses)

    private static let confusion: Shape = .object([
        Shape.Field("labels", .array(of: label, count: 0...limits.evaluationShownClasses), required: true),
        Shape.Field(
            "counts",
            .array(
                of: .array(of: .count, count: 0...limits.evaluationShownClasses),
                count: 0...limits.evaluationShownClasses), required: true,
            "A row for each label, a column for each prediction"),
    ])
}

extension ResourcePath {
    package static func evaluation(_ model: String, _ version: String, _ dataset: String) -> String {
        ResourcePath.version(model, version) + "/evaluations/" + segment(dataset)
    }
}
