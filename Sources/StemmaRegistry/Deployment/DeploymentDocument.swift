internal import StemmaDigest
package import StemmaJSON

/// Deployments as asked for and answered.
package enum DeploymentDocument {
    private static let limits = Limits()
    private static let status: Shape = .choice(DeploymentStatus.allCases.map(\.rawValue))
    private static let detail: Shape = .nullable(.text(maxBytes: limits.rationaleBytes))

    package static func represent(_ record: DeploymentRecord) -> Representation {
        var writer = JSONWriter(capacity: 1_024)
        writer.beginObject()
        writer.field("id", record.id)
        writer.field("model", record.model)
        writer.field("version", record.version)
        writer.field("model_id", "\(record.model)_v\(record.version)")
        writer.field("ref", record.ref)
        writer.field("environment", record.environment)
        writer.field("status", record.status.rawValue)
        writer.field("current", record.isCurrent)
        writer.field("manifest_digest", record.manifestDigest.description)
        writer.field("artifacts_digest", record.artifactsDigest?.description)
        writer.field("rationale", record.rationale)
        writer.field("detail", record.detail)
        writer.field("annotations", raw: record.annotations)
        writer.field("deployed_at", record.deployed?.description)
        writer.field("created_at", record.created.description)
        writer.field("created_by", record.createdBy)
        writer.field("updated_at", record.updated.description)
        writer.field("updated_by", record.updatedBy)
        return EntityTag.seal(writer.bytes)
    }

    /// What clients send to deploy a version.
    package static let request: Shape = .named(
        "DeploymentRequest",
        .object([
            Shape.Field("model", .text(maxBytes: 800, minBytes: 1), required: true, "The model's name"),
            Shape.Field(
                "ref", .text(maxBytes: 300, minBytes: 1), required: true,
                "A version, `@alias`, `latest` or a range; resolved once and kept"),
            Shape.Field(
                "environment", .text(maxBytes: 63, minBytes: 1), required: true, "An environment of the lifecycle"),
            Shape.Field("rationale", CommonShapes.rationale, "Why; kept in the audit log too"),
            Shape.Field("detail", detail, "Anything to know about it, e.g. the cluster"),
            Shape.Field("annotations", CommonShapes.tags, "Text by name"),
        ]))

    /// What clients send to say how it went.
    package static let patch: Shape = .named(
        "DeploymentPatch",
        .object([
            Shape.Field(
                "status", status,
                "From `pending` to `deployed`, `failed` or `rolled_back`; from `deployed` to `failed` or `rolled_back`; "
                    + "from `failed` to `pending`, to try again, or `rolled_back`"),
            Shape.Field("detail", detail, "E.g. why it failed"),
            Shape.Field("rationale", CommonShapes.rationale, "Why; kept in the audit log too"),
        ]))

    package static let document: Shape = .named(
        "Deployment",
        .object([
            Shape.Field("id", .text(maxBytes: 64), required: true),
            Shape.Field("model", .text(maxBytes: 800), required: true),
            Shape.Field("version", .text(maxBytes: 128), required: true),
            Shape.Field("model_id", .text(maxBytes: 1_000), required: true),
            Shape.Field("ref", .text(maxBytes: 300), required: true, "The reference as it was sent"),
            Shape.Field("environment", .text(maxBytes: 63), required: true),
            Shape.Field("status", status, required: true),
            Shape.Field(
                "current", .boolean, required: true,
                "Of the model's deployments that are deployed in the environment, it became so last"),
            Shape.Field("manifest_digest", CommonShapes.digest, required: true, "Of the version that is deployed"),
            Shape.Field("artifacts_digest", .nullable(CommonShapes.digest), required: true),
            Shape.Field("rationale", CommonShapes.rationale, required: true),
            Shape.Field("detail", detail, required: true),
            Shape.Field("annotations", CommonShapes.tags, required: true),
            Shape.Field(
                "deployed_at", .nullable(CommonShapes.time), required: true, "When it last became deployed"),
            Shape.Field("created_at", CommonShapes.time, required: true),
            Shape.Field("created_by", .text(maxBytes: 500), required: true),
            Shape.Field("updated_at", CommonShapes.time, required: true),
            Shape.Field("updated_by", .text(maxBytes: 500), required: true),
            Shape.Field("etag", .text(maxBytes: 64), required: true),
        ]))
}

extension ResourcePath {
    package static func deployment(_ id: String) -> String { "/v1/deployments/" + segment(id) }
}
