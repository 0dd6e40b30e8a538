internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let listReviews = Endpoint(
        "ListReviews", .get, "/v1/models/{name}/versions/{ref}/reviews",
        "List a version's reviews, newest first, each with whether it still counts", access: .permission(.readModels),
        query: QueryParameter.page + [.asOf],
        answers: [AnswerDescription(200, "One page", .list(ReviewDocument.document))],
        refusals: [.modelNotFound, .versionNotFound, .aliasNotFound, .invalidCursor]
    ) { call in
        let (name, ref): (String, String) = (try call.modelName(), call.parameter("ref"))
        let found: (version: VersionRecord, page: ListAnswer) =
            if let moment = try call.query.time("as_of") {
                try await call.services.governance.listReviews(
                    model: name, ref: ref, try call.listRequest(), asOf: moment, try call.principal)
            } else {
                try await call.services.governance.listReviews(
                    model: name, ref: ref, try call.listRequest(), try call.principal)
            }
        var response = Answering.list(found.page, call)
        response.headers.append(
            "content-location", ResourcePath.version(found.version.model, found.version.version) + "/reviews")
        return response
    }
}
