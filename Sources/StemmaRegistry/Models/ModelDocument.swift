package import StemmaJSON

/// The one representation of a model, wherever it is answered.
package enum ModelDocument {
    package static func represent(_ record: ModelRecord) -> Representation {
        var writer = JSONWriter(capacity: 1_024)
        writer.beginObject()
        writer.field("name", record.name)
        writer.field("description", record.description)
        writer.field("domain", record.domain)
        writer.field("use_case", record.useCase)
        writer.field("owner", record.owner)
        writer.field("tags", raw: record.tags)
        writer.field("metadata", raw: record.metadata)
        writer.key("aliases")
        writer.beginObject()
        for alias in record.aliases { writer.field(alias.alias, alias.version) }
        writer.endObject()
        writer.field("version_count", record.versionCount)
        writer.field("latest_version", record.latest)
        writer.field("created_by", record.createdBy)
        writer.field("created_at", record.created.description)
        writer.field("updated_at", record.updated.description)
        return EntityTag.seal(writer.bytes)
    }
}

/// What clients send about a model, and what they get back.
package enum ModelShapes {
    private static let fields: [Shape.Field] = [
        Shape.Field("description", CommonShapes.description, "Prose for people"),
        Shape.Field("domain", CommonShapes.line, "Business domain"),
        Shape.Field("use_case", CommonShapes.line, "What the model is for"),
        Shape.Field("owner", CommonShapes.line, "Who answers for it"),
    ]
    private static let serverSet: [Shape.Field] = [
        Shape.Field(
            "aliases", .map(of: .text(maxBytes: 128), maxCount: 100_000, keyBytes: 64), readOnly: true,
            "Version by alias"),
        Shape.Field("version_count", .count, readOnly: true, "Published versions that are not deleted"),
        Shape.Field("latest_version", .nullable(.text(maxBytes: 128)), readOnly: true),
        Shape.Field("created_by", .text(maxBytes: 500), readOnly: true),
        Shape.Field("created_at", CommonShapes.time, readOnly: true),
        Shape.Field("updated_at", CommonShapes.time, readOnly: true),
        Shape.Field("etag", .text(maxBytes: 64), readOnly: true),
    ]

    package static let registration: Shape = .named(
        "ModelRegistration",
        .object(
            [
                Shape.Field(
                    "name", .text(maxBytes: 800, minBytes: 1), required: true, "1 to 200 characters, no `/`, `:`, `@`")
            ]
                + fields + [
                    Shape.Field("tags", CommonShapes.tags), Shape.Field("metadata", CommonShapes.freeObject),
                ] + serverSet))

    package static let patch: Shape = .named(
        "ModelPatch",
        .object(
            fields + [
                Shape.Field("tags", CommonShapes.tagsPatch),
                Shape.Field("metadata", .nullable(CommonShapes.freeObject)),
            ] + serverSet))

    package static let document: Shape = .named(
        "Model",
        .object(
            [Shape.Field("name", .text(maxBytes: 800), required: true)]
                + (fields + [
                    Shape.Field("tags", CommonShapes.tags), Shape.Field("metadata", CommonShapes.freeObject),
                ] + serverSet).map { Shape.Field($0.name, $0.shape, required: true, $0.summary) }
                + PastDocument.fields))
}
