internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let listQuarantines = Endpoint(
        "ListQuarantines", .get, "/v1/models/{name}/versions/{ref}/quarantine",
        "List a version's quarantines, newest first, lifted ones included", access: .permission(.readModels),
        query: QueryParameter.page, answers: [AnswerDescription(200, "One page", .list(QuarantineDocument.document))],
        refusals: [.modelNotFound, .versionNotFound, .aliasNotFound, .invalidCursor]
    ) { call in
        let found = try await call.services.governance.listQuarantines(
            model: try call.modelName(), ref: call.parameter("ref"), try call.listRequest(), try call.principal)
        var response = Answering.list(found.page, call)
        response.headers.append(
            "content-location", ResourcePath.version(found.version.model, found.version.version) + "/quarantine")
        return response
    }
}
