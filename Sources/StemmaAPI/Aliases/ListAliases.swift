internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let listAliases = Endpoint(
        "ListAliases", .get, "/v1/models/{name}/aliases", "List a model's aliases, `latest` included",
        access: .permission(.readModels), query: QueryParameter.page + [.filter, .asOf],
        answers: [AnswerDescription(200, "One page", .list(AliasService.documentShape))],
        refusals: [.modelNotFound, .invalidFilter, .invalidCursor]
    ) { call in
        if let moment = try call.query.time("as_of") {
            return Answering.list(
                try await call.services.aliases.listAliases(
                    model: try call.modelName(), try call.listRequest(), asOf: moment, try call.principal), call)
        }
        return Answering.list(
            try await call.services.aliases.listAliases(
                model: try call.modelName(), try call.listRequest(), try call.principal), call)
    }
}
