internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let listVersions = Endpoint(
        "ListVersions", .get, "/v1/models/{name}/versions", "List a model's versions, newest registration first",
        access: .permission(.readModels), query: QueryParameter.list + [.asOf],
        answers: [AnswerDescription(200, "One page", .list(VersionShapes.document))],
        refusals: [.modelNotFound, .invalidFilter, .invalidCursor]
    ) { call in
        if let moment = try call.query.time("as_of") {
            return Answering.list(
                try await call.services.versions.listVersions(
                    model: try call.modelName(), try call.listRequest(), asOf: moment, try call.principal), call)
        }
        return Answering.list(
            try await call.services.versions.listVersions(
                model: try call.modelName(), try call.listRequest(), try call.principal), call)
    }
}
