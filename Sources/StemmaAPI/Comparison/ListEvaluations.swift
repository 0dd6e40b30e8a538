internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let listEvaluations = Endpoint(
        "ListEvaluations", .get, "/v1/models/{name}/versions/{ref}/evaluations",
        "List a version's evaluations, newest first", access: .permission(.readModels), query: QueryParameter.page,
        answers: [AnswerDescription(200, "One page", .list(EvaluationDocument.document))],
        refusals: [.modelNotFound, .versionNotFound, .aliasNotFound, .invalidCursor]
    ) { call in
        let found = try await call.services.comparisons.listEvaluations(
            model: try call.modelName(), ref: call.parameter("ref"), try call.listRequest(), try call.principal)
        var response = Answering.list(found.page, call)
        response.headers.append(
            "content-location", ResourcePath.version(found.version.model, found.version.version) + "/evaluations")
        return response
    }
}
