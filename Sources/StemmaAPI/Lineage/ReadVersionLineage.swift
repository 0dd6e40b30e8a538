internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let readVersionLineage = Endpoint(
        "ReadVersionLineage", .get, "/v1/models/{name}/versions/{ref}/lineage",
        "What a version came from and what it touches, as JSON or, by `Accept`, for Graphviz or Mermaid",
        access: .permission(.readModels), query: QueryParameter.walk,
        answers: [
            AnswerDescription(200, "Nodes and edges", .jsonOr(LineageShapes.graph, GraphForm.drawings))
        ], refusals: [.modelNotFound, .versionNotFound, .aliasNotFound]
    ) { call in
        let found = try await call.services.lineage.readVersionLineage(
            model: try call.modelName(), ref: call.parameter("ref"), try call.graphRequest(node: nil),
            try call.principal)
        var response: HTTPResponse = GraphForm.answer(found.graph, call)
        let location: String = ResourcePath.version(found.version.model, found.version.version) + "/lineage"
        response.headers.append("content-location", location + (call.request.query.map { "?" + $0 } ?? ""))
        DeprecationFields.append(Deprecation(found.version.standing), to: &response.headers)
        return response
    }
}
