internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let listArtifacts = Endpoint(
        "ListArtifacts", .get, "/v1/models/{name}/versions/{ref}/artifacts", "List a version's files by path",
        access: .permission(.readModels), query: QueryParameter.page + [.filter],
        answers: [AnswerDescription(200, "One page", .list(VersionShapes.artifact))],
        refusals: [.modelNotFound, .versionNotFound, .aliasNotFound, .invalidFilter, .invalidCursor]
    ) { call in
        let found = try await call.services.artifacts.listArtifacts(
            model: try call.modelName(), ref: call.parameter("ref"), try call.listRequest(), try call.principal)
        var response = Answering.list(found.page, call)
        response.headers.append(
            "content-location", ResourcePath.version(found.version.model, found.version.version) + "/artifacts")
        return try call.answer(response, of: found.version, ref: call.parameter("ref"))
    }
}
