internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    /// The hot read: answered from memory where the alias is known and the caller may see it.
    static func readAlias(hot: HotAliasTable, _ authenticator: Authenticator, _ consumers: ConsumerLog) -> Endpoint {
        Endpoint(
            "ReadAlias", .get, "/v1/models/{name}/aliases/{alias}", "Read where an alias points",
            access: .permission(.readModels),
            answers: [AnswerDescription(200, "Where it points", .json(AliasService.documentShape)), .unmodified],
            refusals: [.modelNotFound, .aliasNotFound], inline: hot.responder(authenticator, consumers)
        ) { call in
            let found = try await call.services.aliases.readAlias(
                model: try call.modelName(), alias: call.parameter("alias"), try call.principal)
            return try call.answer(try Answering.read(found.representation, call), of: found.record)
        }
    }
}
