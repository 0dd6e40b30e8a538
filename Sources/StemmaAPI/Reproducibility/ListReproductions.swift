internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let listReproductions = Endpoint(
        "ListReproductions", .get, "/v1/models/{name}/versions/{ref}/reproductions",
        "List attempts to make a version again, newest first", access: .permission(.readModels),
        query: QueryParameter.page, answers: [AnswerDescription(200, "One page", .list(ReproductionDocument.document))],
        refusals: [.modelNotFound, .versionNotFound, .aliasNotFound, .invalidCursor]
    ) { call in
        let found = try await call.services.reproducibility.listReproductions(
            model: try call.modelName(), ref: call.parameter("ref"), try call.listRequest(), try call.principal)
        var response = Answering.list(found.page, call)
        response.headers.append(
            "content-location", ResourcePath.version(found.version.model, found.version.version) + "/reproductions")
        return response
    }
}
