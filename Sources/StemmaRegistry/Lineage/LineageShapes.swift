package import StemmaJSON

/// What clients send to the lineage graph, and what they get back.
package enum LineageShapes {
    private static let limits = Limits()
    private static let type: Shape = .choice(LineageEntityType.allCases.map(\.rawValue))
    package static let relationship: Shape = .choice(LineageRelationship.allCases.map(\.rawValue))
    private static let origin: Shape = .choice(LineageOrigin.allCases.map(\.rawValue))
    /// `type:id`.
    package static let node: Shape = .text(
        maxBytes: limits.lineageKeyBytes + 20, minBytes: 3, example: "dataset:fraud_training_20240115"
    ) { text in
        do throws(NameFault) {
            _ = try LineageNodeID(validating: text)
            return nil
        } catch {
            return error.reason
        }
    }
    /// What is answered, which was checked when it came.
    private static let nodeText: Shape = .text(maxBytes: limits.lineageKeyBytes + 20)
    private static let metadata: Shape = .nullable(CommonShapes.freeObject)

    /// What clients say of an entity.
    package static let entityRequest: Shape = .named(
        "LineageEntityRequest",
        .object([
            Shape.Field("name", CommonShapes.line, "For people, where the id is not"),
            Shape.Field("description", CommonShapes.description),
            Shape.Field("owner", CommonShapes.line, "Whom to ask"),
            Shape.Field(
                "metadata", metadata,
                "Anything else. Of a model `training_time_hours` and `compute_cost_per_hour` say what training it costs"
            ),
        ]))

    package static let entity: Shape = .named(
        "LineageEntity",
        .object(
            [
                Shape.Field("node", nodeText, required: true, "`type:id`"), Shape.Field("type", type, required: true),
                Shape.Field("id", .text(maxBytes: limits.lineageKeyBytes), required: true),
                Shape.Field("name", CommonShapes.line, required: true),
                Shape.Field("description", CommonShapes.description, required: true),
                Shape.Field("owner", CommonShapes.line, required: true),
                Shape.Field("metadata", CommonShapes.freeObject, required: true),
                Shape.Field("facets", .map(of: .any, maxCount: 1_000, keyBytes: 1_000), required: true, "From events"),
                Shape.Field(
                    "model", .nullable(.text(maxBytes: 800)), required: true, "Of a model: its name without the version"
                ),
                Shape.Field("registered", .boolean, required: true, "Whether it is a version that this registry holds"),
                Shape.Field(
                    "origin", .nullable(origin), required: true,
                    "Who told of it first; null only as of a moment, as a gap"),
                Shape.Field("created_at", CommonShapes.time, required: true),
                Shape.Field("created_by", .text(maxBytes: 500), required: true),
                Shape.Field(
                    "updated_at", .nullable(CommonShapes.time), required: true, "Null only as of a moment, as a gap"),
                Shape.Field("etag", .text(maxBytes: 64), required: true),
            ] + PastDocument.fields))

    private static let edgeFields: [Shape.Field] = [
        Shape.Field("source", node, required: true, "The subject of the sentence"),
        Shape.Field("target", node, required: true, "Its object: source *derives from* target"),
        Shape.Field("relationship", relationship, required: true),
        Shape.Field("metadata", metadata, "Anything to know about it"),
    ]

    /// One edge.
    package static let edgeRequest: Shape = .named("LineageEdgeRequest", .object(edgeFields))

    /// An edge as answered.
    package static let edge: Shape = .named(
        "LineageEdge",
        .object([
            Shape.Field("source", nodeText, required: true), Shape.Field("target", nodeText, required: true),
            Shape.Field("relationship", relationship, required: true),
            Shape.Field("metadata", CommonShapes.freeObject, required: true),
            Shape.Field("origin", origin, required: true),
            Shape.Field("since", CommonShapes.time, required: true),
            Shape.Field("until", .nullable(CommonShapes.time), required: true, "Null while it lasts"),
        ]))

    /// What became of the edges of one request.
    package static let edgeResults: Shape = .named(
        "LineageEdgeResults",
        .object([
            Shape.Field(
                "items",
                .array(
                    of: .object([
                        Shape.Field("index", .count, required: true, "Position in the request"),
                        Shape.Field(
                            "status", .choice(["created", "updated", "unchanged", "refused"]), required: true),
                        Shape.Field("code", .text(maxBytes: 100), "Why it was refused"),
                        Shape.Field("detail", .text(maxBytes: 10_000), "The same for people"),
                    ]), count: 0...limits.lineageEdgesPerRequest), required: true),
            Shape.Field("created", .count, required: true), Shape.Field("updated", .count, required: true),
            Shape.Field("unchanged", .count, required: true), Shape.Field("refused", .count, required: true),
        ]))

    /// A node of a graph.
    package static let graphNode: Shape = .named(
        "LineageNode", .object(nodeFields + [PastDocument.gaps]))

    static let nodeFields: [Shape.Field] = [
        Shape.Field("node", nodeText, required: true, "`type:id`"), Shape.Field("type", type, required: true),
        Shape.Field("id", .text(maxBytes: limits.lineageKeyBytes), required: true),
        Shape.Field("name", CommonShapes.line, required: true),
        Shape.Field("owner", CommonShapes.line, required: true, "Its own, or its model's"),
        Shape.Field("model", .nullable(.text(maxBytes: 800)), required: true),
        Shape.Field("version", .nullable(.text(maxBytes: 128)), required: true, "Of a registered version"),
        Shape.Field(
            "state", .nullable(.choice(LifecycleState.allCases.map(\.rawValue))), required: true,
            "Of a registered version"),
        Shape.Field("deleted", .boolean, required: true, "Whether the registered version was deleted"),
        Shape.Field("depth", .count, required: true, "Edges from where the walk began"),
    ]

    package static let graph: Shape = .named(
        "LineageGraph",
        .object([
            Shape.Field("node", nodeText, required: true, "Where the walk began"),
            Shape.Field("direction", .choice(LineageDirection.allCases.map(\.rawValue)), required: true),
            Shape.Field("as_of", .nullable(CommonShapes.time), required: true),
            Shape.Field("nodes", .array(of: graphNode, count: 0...limits.lineageNodesMax), required: true),
            Shape.Field("edges", .array(of: edge, count: 0...10_000_000), required: true),
            Shape.Field("truncated", .boolean, required: true, "Whether there is more in that direction"),
            Shape.Field(
                "truncated_by", .nullable(.choice(["depth", "nodes"])), required: true, "Which bound was reached"),
        ]))
}
