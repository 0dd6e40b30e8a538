internal import StemmaDigest
package import StemmaJSON

/// Attempts to make versions again, as sent and answered.
package enum ReproductionDocument {
    private static let limits = Limits()
    private static let mode: Shape = .choice(ToleranceMode.allCases.map(\.rawValue))
    private static let number: Shape = .nullable(.number(minimum: nil))
    private static let names: Shape = .array(of: .text(maxBytes: limits.metricNameBytes), count: 0...100_000)

    /// What an attempt may say of its environment, with the names that a version uses.
    private static let environment: Shape = .object([
        Shape.Field("environment_image", CommonShapes.line), Shape.Field("random_seed", VersionShapes.seed),
        Shape.Field("hardware_spec", VersionShapes.hardware),
        Shape.Field("framework_versions", VersionShapes.frameworks),
        Shape.Field("python_version", CommonShapes.line),
        Shape.Field("packages", VersionShapes.packages, "E.g. `numpy==1.26.4`"),
    ])

    /// What is sent.
    package static let request: Shape = .named(
        "ReproductionRequest",
        .object([
            Shape.Field(
                "metrics", CommonShapes.metrics, required: true,
                "What came out. A metric of the version that is not here fails, and so does one that the version does "
                    + "not have"),
            Shape.Field("tolerance", .number(minimum: 0), "The largest difference that matches; 0.001 where absent"),
            Shape.Field(
                "tolerance_mode", mode,
                "`absolute` where absent; `relative`: the tolerance times the magnitude of the original"),
            Shape.Field(
                "environment", .nullable(environment), "Where it was made; differences are listed, they do not fail"),
            Shape.Field("code_commit", CommonShapes.line), Shape.Field("data_hash", CommonShapes.line),
            Shape.Field("notes", CommonShapes.rationale, "Anything to know about it"),
        ]))

    /// One place where environments differ.
    static let difference: Shape = .named(
        "EnvironmentDifference",
        .object([
            Shape.Field("path", .text(maxBytes: 10_000), required: true, "E.g. `dependencies.packages.numpy`"),
            Shape.Field(
                "change", .choice(["added", "removed", "changed"]), required: true,
                "From left to right: `added` is on the right only"),
            Shape.Field("left", .any, required: true), Shape.Field("right", .any, required: true),
        ]))

    package static let document: Shape = .named(
        "Reproduction",
        .object([
            Shape.Field("id", .text(maxBytes: 64), required: true),
            Shape.Field("model_id", .text(maxBytes: 1_000), required: true),
            Shape.Field("reproduced", .boolean, required: true, "Every metric matched, and there was at least one"),
            Shape.Field("tolerance", .number(minimum: 0), required: true),
            Shape.Field("tolerance_mode", mode, required: true),
            Shape.Field(
                "metrics",
                .array(
                    of: .object([
                        Shape.Field("metric", .text(maxBytes: limits.metricNameBytes), required: true),
                        Shape.Field("original", number, required: true, "Of the version when the attempt was recorded"),
                        Shape.Field("reproduced", number, required: true),
                        Shape.Field("difference", number, required: true, "Without a sign"),
                        Shape.Field("allowed", number, required: true),
                        Shape.Field(
                            "verdict", .choice(MetricVerdict.Verdict.allCases.map(\.rawValue)), required: true),
                    ]), count: 0...100_000), required: true, "The verdict on each"),
            Shape.Field("missing_metrics", names, required: true, "Those that one side does not have"),
            Shape.Field("environment", .nullable(environment), required: true),
            Shape.Field("code_commit", CommonShapes.line, required: true),
            Shape.Field("data_hash", CommonShapes.line, required: true),
            Shape.Field(
                "environment_differences", .array(of: difference, count: 0...1_000_000), required: true,
                "Where it differs from the version (left)"),
            Shape.Field("notes", CommonShapes.rationale, required: true),
            Shape.Field("by", .text(maxBytes: 500), required: true),
            Shape.Field("independent", .boolean, required: true, "Whether that person had no hand in the version"),
            Shape.Field("at", CommonShapes.time, required: true),
            Shape.Field("manifest_digest", CommonShapes.digest, required: true, "The content that was made again"),
            Shape.Field("evidence_revision", .count, required: true, "The evidence it was compared with"),
            Shape.Field("valid", .boolean, required: true, "Whether the evidence is still the same"),
        ]))

    /// `contributors` are the principals who had a hand in the version.
    static func represent(
        _ record: ReproductionRecord, of version: VersionRecord, contributors: [Int64]
    ) throws(StemmaError) -> [UInt8] {
        let verdicts: [JSONValue] = try StoredJSON.array(record.verdicts)
        let missing: [String] = verdicts.filter { ($0["verdict"]?.string ?? "").hasPrefix("missing_") }.compactMap {
            $0["metric"]?.string
        }
        var writer = JSONWriter(capacity: 1_024 + record.verdicts.count + record.differences.count)
        writer.beginObject()
        writer.field("id", record.id)
        writer.field("model_id", "\(version.model)_v\(version.version)")
        writer.field("reproduced", record.isReproduced)
        writer.field("tolerance", record.tolerance)
        writer.field("tolerance_mode", record.mode.rawValue)
        writer.field("metrics", raw: record.verdicts)
        writer.field("missing_metrics", missing)
        writer.field("environment", raw: record.environment ?? Array("null".utf8))
        writer.field("code_commit", record.codeCommit)
        writer.field("data_hash", record.dataHash)
        writer.field("environment_differences", raw: record.differences)
        writer.field("notes", record.notes)
        writer.field("by", record.subject)
        writer.field("independent", !contributors.contains(record.principalID))
        writer.field("at", record.at.description)
        writer.field("manifest_digest", record.manifestDigest.description)
        writer.field("evidence_revision", record.evidenceRevision)
        writer.field("valid", record.evidenceRevision == version.standing.evidenceRevision)
        writer.endObject()
        return writer.finish()
    }
}

/// What `readReproducibility` answers.
package enum ReproducibilityDocument {
    private static let names: Shape = .array(of: .text(maxBytes: 100), count: 0...100)

    package static let document: Shape = .named(
        "ReproducibilityManifest",
        .object([
            Shape.Field("experiment_id", CommonShapes.line, required: true, "From the version's lineage"),
            Shape.Field("model_version", .text(maxBytes: 1_000), required: true, "`<model>_v<version>`"),
            Shape.Field(
                "reproducibility", VersionShapes.reproducibility, required: true,
                "What the version says, wherever it says it"),
            Shape.Field("completeness", completeness, required: true),
            Shape.Field("difference", difference, "Only with `compare_to`"),
        ]))

    private static let completeness: Shape = .object([
        Shape.Field("score", .number(minimum: 0), required: true, "0 to 1: the share of parts that are valid"),
        Shape.Field("complete", .boolean, required: true),
        Shape.Field(
            "parts",
            .array(
                of: .object([
                    Shape.Field(
                        "name", .choice(ReproducibilityManifest.Part.allCases.map(\.rawValue)), required: true),
                    Shape.Field(
                        "status", .choice(ReproducibilityReport.Status.allCases.map(\.rawValue)), required: true),
                    Shape.Field(
                        "source", .nullable(.text(maxBytes: 200)), required: true, "The member that says it"),
                    Shape.Field(
                        "detail", .nullable(.text(maxBytes: 100_000)), required: true, "What is wrong or missing"),
                ]), count: 0...100), required: true),
        Shape.Field("missing", names, required: true), Shape.Field("invalid", names, required: true),
        Shape.Field("warnings", .array(of: .text(maxBytes: 10_000), count: 0...1_000), required: true),
    ])

    private static let difference: Shape = .object([
        Shape.Field("left", .text(maxBytes: 1_000), required: true, "The version that was asked about"),
        Shape.Field("right", .text(maxBytes: 1_000), required: true, "The one it is compared with"),
        Shape.Field("identical", .boolean, required: true),
        Shape.Field(
            "entries", .array(of: ReproductionDocument.difference, count: 0...1_000_000), required: true,
            "By path; packages by name and version"),
    ])

    /// `other` is the version to compare with.
    static func represent(
        _ version: VersionRecord, comparedTo other: VersionRecord?
    ) throws -> Representation {
        let document: JSONObject = try VersionDocument.immutable(of: version)
        let report = ReproducibilityReport(document: document)
        var writer = JSONWriter(capacity: 4_096)
        writer.beginObject()
        writer.field("experiment_id", document["lineage"]?["experiment_id"]?.string)
        writer.field("model_version", "\(version.model)_v\(version.version)")
        writer.field("reproducibility", report.manifest.json)
        writer.field("completeness", report.json)
        if let other {
            let entries: [EnvironmentDifference] = EnvironmentDescription(document: document).differences(
                to: EnvironmentDescription(document: try VersionDocument.immutable(of: other)))
            writer.field(
                "difference",
                .object([
                    "left": .string("\(version.model)_v\(version.version)"),
                    "right": .string("\(other.model)_v\(other.version)"), "identical": .bool(entries.isEmpty),
                    "entries": .array(entries.map(\.json)),
                ]))
        }
        writer.endObject()
        let body: [UInt8] = writer.finish()
        return Representation(etag: Representation.etag(of: body), body: body)
    }
}
