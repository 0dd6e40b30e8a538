internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let listAliases = Endpoint(
        "ListAliases", .get, "/v1/models/{name}/aliases", "List a model's aliases, `latest` included",
        access: .permission(.readModels),
        answers: [AnswerDescription(200, "All aliases", .list(AliasService.documentShape))],
        refusals: [.modelNotFound]
    ) { call in
        let items: [[UInt8]] = try await call.services.aliases.listAliases(
            model: try call.modelName(), try call.principal)
        return Answering.list(ListAnswer(items: items, nextCursor: nil), call)
    }
}
