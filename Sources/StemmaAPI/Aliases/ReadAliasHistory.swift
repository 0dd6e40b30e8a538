internal import StemmaHTTP
internal import StemmaJSON
internal import StemmaRegistry

extension Endpoint {
    static let readAliasHistory = Endpoint(
        "ReadAliasHistory", .get, "/v1/models/{name}/aliases/{alias}/history", "Every move of an alias, newest first",
        access: .permission(.readModels), query: QueryParameter.page + [.asOf],
        answers: [AnswerDescription(200, "One page of moves", .list(.any))], refusals: [.modelNotFound, .invalidCursor]
    ) { call in
        Answering.list(
            try await call.services.aliases.readAliasHistory(
                model: try call.modelName(), alias: call.parameter("alias"), try call.listRequest(),
                asOf: try call.query.time("as_of"), try call.principal), call)
    }
}
