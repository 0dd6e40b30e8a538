internal import StemmaDigest
internal import StemmaJSON

/// The part of a comparison that is not about predictions, as answered.
enum DifferencesDocument {
    private static let limits = Limits()
    private static let long: Shape = .text(maxBytes: 65_536)

    static func write(_ differences: VersionDifferences, _ a: VersionDifferences.Side, _ b: VersionDifferences.Side)
        -> [UInt8]
    {
        var writer = JSONWriter(capacity: 2_048)
        writer.object { writer in
            writer.key("metadata")
            writer.array { writer in
                for value in differences.metadata {
                    writer.object { writer in
                        writer.field("path", value.path)
                        writer.field("model_a", value.a)
                        writer.field("model_b", value.b)
                    }
                }
            }
            writer.field("truncated", differences.isTruncated)
            writer.key("signature")
            writer.array { writer in
                for change in differences.signature {
                    writer.object { writer in
                        writer.field("field", change.field)
                        writer.field("reason", change.reason)
                        writer.field("requires", "\(change.bump)")
                    }
                }
            }
            writer.key("features")
            writer.object { writer in
                writer.field("added", differences.features.added.map(\.name))
                writer.field("removed", differences.features.removed.map(\.name))
            }
            writer.key("dependencies")
            write(differences.dependencies, differences.python, to: &writer)
            writer.key("artifacts")
            writer.object { writer in
                write(differences.artifacts, name: "path", value: "digest", to: &writer)
                writer.field("unchanged", differences.artifacts.unchanged)
            }
            writer.key("manifest_digest")
            writePair(a.record.manifestDigest?.description, b.record.manifestDigest?.description, to: &writer)
        }
        return writer.finish()
    }

    /// Metrics as registered, side by side.
    static func writeMetrics(_ a: JSONObject, _ b: JSONObject) -> [UInt8] {
        var writer = JSONWriter(capacity: 1_024)
        writer.object { writer in
            for name in a.members.map(\.name) + b.members.map(\.name).filter({ a[$0] == nil }) {
                let (left, right): (Double?, Double?) = (a[name]?.number, b[name]?.number)
                writer.key(name)
                writer.object { writer in
                    writer.field("model_a", left)
                    writer.field("model_b", right)
                    writer.field("difference", left.flatMap { left in right.map { $0 - left } })
                }
            }
        }
        return writer.finish()
    }

    private static func write(
        _ packages: NamedDifferences, _ python: (a: String?, b: String?), to writer: inout JSONWriter
    ) {
        writer.object { writer in
            writer.key("python_version")
            if python.a == python.b { writer.null() } else { writePair(python.a, python.b, to: &writer) }
            write(packages, name: "package", value: "version", to: &writer)
        }
    }

    private static func write(
        _ differences: NamedDifferences, name: String, value: String, to writer: inout JSONWriter
    ) {
        for (kind, items) in [("added", differences.added), ("removed", differences.removed)] {
            writer.key(kind)
            writer.array { writer in
                for item in items {
                    writer.object { writer in
                        writer.field(name, item.name)
                        writer.field(value, item.value)
                    }
                }
            }
        }
        writer.key("changed")
        writer.array { writer in
            for item in differences.changed {
                writer.object { writer in
                    writer.field(name, item.name)
                    writer.field("model_a", item.a)
                    writer.field("model_b", item.b)
                }
            }
        }
    }

    private static func writePair(_ a: String?, _ b: String?, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("model_a", a)
            writer.field("model_b", b)
        }
    }

    static let shape: Shape = .object([
        Shape.Field(
            "metadata",
            .array(
                of: .object([
                    Shape.Field("path", long, required: true, "E.g. `training_data.row_count`"),
                    Shape.Field("model_a", .any, required: true), Shape.Field("model_b", .any, required: true),
                ]), count: 0...limits.comparisonDifferences), required: true, "Values that are not the same"),
        Shape.Field("truncated", .boolean, required: true, "Whether there are more differences of metadata"),
        Shape.Field(
            "signature",
            .array(
                of: .object([
                    Shape.Field("field", long, required: true), Shape.Field("reason", long, required: true),
                    Shape.Field("requires", .choice(["patch", "minor", "major"]), required: true),
                ]), count: 0...200_000), required: true,
            "What changes for users of A who get B, and the bump it asks for"),
        Shape.Field(
            "features",
            .object([Shape.Field("added", names, required: true), Shape.Field("removed", names, required: true)]),
            required: true),
        Shape.Field(
            "dependencies",
            .object(
                [Shape.Field("python_version", .nullable(pair), required: true, "Null where it is the same")]
                    + lists(name: "package", value: "version")), required: true),
        Shape.Field(
            "artifacts",
            .object(
                lists(name: "path", value: "digest") + [
                    Shape.Field("unchanged", .count, required: true, "Files of the same path and digest")
                ]), required: true),
        Shape.Field("manifest_digest", pair, required: true),
    ])

    static let metricsShape: Shape = .map(
        of: .object([
            Shape.Field("model_a", .nullable(.number(minimum: nil)), required: true),
            Shape.Field("model_b", .nullable(.number(minimum: nil)), required: true),
            Shape.Field("difference", .nullable(.number(minimum: nil)), required: true),
        ]), maxCount: 2 * limits.metricCount, keyBytes: limits.metricNameBytes)

    private static let names: Shape = .array(of: long, count: 0...limits.featureCount)
    private static let pair: Shape = .object([
        Shape.Field("model_a", .nullable(long), required: true),
        Shape.Field("model_b", .nullable(long), required: true),
    ])

    private static func lists(name: String, value: String) -> [Shape.Field] {
        let item: Shape = .object([Shape.Field(name, long, required: true), Shape.Field(value, long, required: true)])
        let change: Shape = .object([
            Shape.Field(name, long, required: true), Shape.Field("model_a", long, required: true),
            Shape.Field("model_b", long, required: true),
        ])
        return [
            Shape.Field("added", .array(of: item, count: 0...100_000), required: true, "In B only"),
            Shape.Field("removed", .array(of: item, count: 0...100_000), required: true, "In A only"),
            Shape.Field("changed", .array(of: change, count: 0...100_000), required: true),
        ]
    }
}
