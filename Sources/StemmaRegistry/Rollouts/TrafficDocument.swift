internal import StemmaDigest
package import StemmaJSON

/// How a model's traffic is split, as routers read it.
package enum TrafficDocument {
    /// During a rollout both versions are named, also where one of them gets nothing.
    package static func represent(_ record: TrafficRecord) -> Representation {
        var writer = JSONWriter(capacity: 512)
        writer.beginObject()
        writer.field("model", record.model)
        writer.key("splits")
        writer.beginArray()
        if let production = record.production {
            append(production, record.model, percent: 100 - (record.candidate?.percent ?? 0), "production", &writer)
        }
        if let candidate = record.candidate {
            append(candidate.target, record.model, percent: candidate.percent, "candidate", &writer)
        }
        writer.endArray()
        writer.field("rollout_id", record.candidate?.rolloutID)
        writer.field("updated_at", record.updated?.description)
        return EntityTag.seal(writer.bytes)
    }

    private static func append(
        _ target: TrafficRecord.Target, _ model: String, percent: Int, _ role: String, _ writer: inout JSONWriter
    ) {
        writer.beginObject()
        writer.field("version", target.version)
        writer.field("model_id", "\(model)_v\(target.version)")
        writer.field("percent", percent)
        writer.field("manifest_digest", target.manifestDigest?.description)
        writer.field("role", role)
        writer.endObject()
    }

    package static let shape: Shape = .named(
        "Traffic",
        .object([
            Shape.Field("model", .text(maxBytes: 800), required: true),
            Shape.Field(
                "splits",
                .array(
                    of: .object([
                        Shape.Field("version", .text(maxBytes: 128), required: true),
                        Shape.Field("model_id", .text(maxBytes: 1_000), required: true),
                        Shape.Field("percent", .integer(0...100), required: true, "Share of the requests"),
                        Shape.Field("manifest_digest", .nullable(CommonShapes.digest), required: true),
                        Shape.Field("role", .choice(["production", "candidate"]), required: true),
                    ]), count: 0...2), required: true,
                "Sums to 100 percent; empty while nothing is in production"),
            Shape.Field("rollout_id", .nullable(.text(maxBytes: 64)), required: true),
            Shape.Field("updated_at", .nullable(CommonShapes.time), required: true),
            Shape.Field("etag", .text(maxBytes: 64), required: true),
        ]))
}
