internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let listReviews = Endpoint(
        "ListReviews", .get, "/v1/models/{name}/versions/{ref}/reviews",
        "List a version's reviews, newest first, each with whether it still counts", access: .permission(.readModels),
        query: QueryParameter.page, answers: [AnswerDescription(200, "One page", .list(ReviewDocument.document))],
        refusals: [.modelNotFound, .versionNotFound, .aliasNotFound, .invalidCursor]
    ) { call in
        let found = try await call.services.governance.listReviews(
            model: try call.modelName(), ref: call.parameter("ref"), try call.listRequest(), try call.principal)
        var response = Answering.list(found.page, call)
        response.headers.append(
            "content-location", ResourcePath.version(found.version.model, found.version.version) + "/reviews")
        return response
    }
}
