internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    /// The hot read: answered from memory where the alias is known and the caller may see it.
    static func readAlias(hot: HotAliasTable, _ authenticator: Authenticator, _ consumers: ConsumerLog) -> Endpoint {
        Endpoint(
            "ReadAlias", .get, "/v1/models/{name}/aliases/{alias}", "Read where an alias points",
            access: .permission(.readModels),
            query: [
                QueryParameter(
                    name: "as_of", shape: CommonShapes.time,
                    summary: "Where it pointed at that moment, who put it there and why")
            ],
            answers: [
                AnswerDescription(200, "Where it points", .either(AliasService.documentShape, AliasService.pastShape)),
                .unmodified,
            ],
            refusals: [.modelNotFound, .aliasNotFound, .aliasComputed], inline: hot.responder(authenticator, consumers)
        ) { call in
            if let moment = try call.query.time("as_of") {
                return Answering.plain(
                    try await call.services.aliases.readAlias(
                        model: try call.modelName(), alias: call.parameter("alias"), asOf: moment, try call.principal))
            }
            let found = try await call.services.aliases.readAlias(
                model: try call.modelName(), alias: call.parameter("alias"), try call.principal)
            return try call.answer(try Answering.read(found.representation, call), of: found.record)
        }
    }
}
