internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let listQuarantines = Endpoint(
        "ListQuarantines", .get, "/v1/models/{name}/versions/{ref}/quarantine",
        "List a version's quarantines, newest first, lifted ones included", access: .permission(.readModels),
        query: QueryParameter.page + [.asOf],
        answers: [AnswerDescription(200, "One page", .list(QuarantineDocument.document))],
        refusals: [.modelNotFound, .versionNotFound, .aliasNotFound, .invalidCursor]
    ) { call in
        let (name, ref): (String, String) = (try call.modelName(), call.parameter("ref"))
        let found: (version: VersionRecord, page: ListAnswer) =
            if let moment = try call.query.time("as_of") {
                try await call.services.governance.listQuarantines(
                    model: name, ref: ref, try call.listRequest(), asOf: moment, try call.principal)
            } else {
                try await call.services.governance.listQuarantines(
                    model: name, ref: ref, try call.listRequest(), try call.principal)
            }
        var response = Answering.list(found.page, call)
        response.headers.append(
            "content-location", ResourcePath.version(found.version.model, found.version.version) + "/quarantine")
        return response
    }
}
