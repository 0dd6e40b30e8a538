internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let endLineageEdge = Endpoint(
        "EndLineageEdge", .delete, "/v1/lineage/edges", "End an edge: from now on it is part of the past",
        access: .permission(.writeLineage),
        query: [
            QueryParameter(name: "source", shape: LineageShapes.node, summary: "Needed: `type:id`"),
            QueryParameter(name: "relationship", shape: LineageShapes.relationship, summary: "Needed"),
            QueryParameter(name: "target", shape: LineageShapes.node, summary: "Needed: `type:id`"), .dryRun,
        ], answers: [AnswerDescription(204, "It has ended")],
        refusals: [.entityNotFound, .edgeNotFound, .entityManaged]
    ) { call in
        Answering.mutation(
            try await call.services.lineage.endLineageEdge(
                source: call.query["source"], relationship: call.query["relationship"], target: call.query["target"],
                try call.context()))
    }
}
