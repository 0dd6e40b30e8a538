internal import StemmaHTTP
internal import StemmaJSON
internal import StemmaRegistry

extension Endpoint {
    static let analyzeImpact = Endpoint(
        "AnalyzeImpact", .get, "/v1/lineage/impact",
        "What a change of a node touches: entities with paths, aliases, deployments, consumers, owners, and the cost of "
            + "training again in a safe order", access: .permission(.readModels),
        query: [
            QueryParameter(
                name: "node", shape: LineageShapes.node,
                summary: "Needed: `type:id`; `model:` with a model's name alone means all its versions"),
            QueryParameter(
                name: "relationships", shape: .text(maxBytes: 200),
                summary:
                    "Follow only these, with commas between them. Where absent all are followed, but not from a model's "
                    + "version to the version after it"),
            QueryParameter(
                name: "depth", shape: .integer(1...Int64(Limits().lineageDepthMax)),
                summary: "Edges to the farthest entity, \(Limits().lineageDepthMax) where absent"), .asOf,
        ], answers: [AnswerDescription(200, "What is affected", .json(ImpactDocument.document))],
        refusals: [.entityNotFound]
    ) { call in
        Answering.plain(
            try await call.services.lineage.analyzeImpact(
                node: call.query["node"], relationships: call.query["relationships"],
                depth: try call.query.integer("depth"), asOf: try call.query.time("as_of"), try call.principal))
    }
}
