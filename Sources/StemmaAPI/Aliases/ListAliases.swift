internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let listAliases = Endpoint(
        "ListAliases", .get, "/v1/models/{name}/aliases", "List a model's aliases, `latest` included",
        access: .permission(.readModels), query: QueryParameter.page + [.filter],
        answers: [AnswerDescription(200, "One page", .list(AliasService.documentShape))],
        refusals: [.modelNotFound, .invalidFilter, .invalidCursor]
    ) { call in
        Answering.list(
            try await call.services.aliases.listAliases(
                model: try call.modelName(), try call.listRequest(), try call.principal), call)
    }
}
