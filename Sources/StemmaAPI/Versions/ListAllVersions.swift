internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let listAllVersions = Endpoint(
        "ListAllVersions", .get, "/v1/model-versions", "List versions of all models", access: .permission(.readModels),
        query: QueryParameter.list + [.asOf],
        answers: [AnswerDescription(200, "One page", .list(VersionShapes.document))],
        refusals: [.invalidFilter, .invalidCursor]
    ) { call in
        if let moment = try call.query.time("as_of") {
            return Answering.list(
                try await call.services.versions.listAllVersions(
                    try call.listRequest(), asOf: moment, try call.principal), call)
        }
        return Answering.list(
            try await call.services.versions.listAllVersions(try call.listRequest(), try call.principal), call)
    }
}
