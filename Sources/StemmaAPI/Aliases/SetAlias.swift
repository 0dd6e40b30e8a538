internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let setAlias = Endpoint(
        "SetAlias", .put, "/v1/models/{name}/aliases/{alias}", "Point an alias at a version",
        access: .permission(.moveAliases), request: .json(AliasService.requestShape),
        answers: [
            AnswerDescription(200, "Moved; names the displaced version", .json(AliasService.documentShape)),
            AnswerDescription(201, "Made", .json(AliasService.documentShape)),
        ],
        refusals: [.modelNotFound, .versionNotFound, .draftVersion, .aliasComputed, .staleETag]
    ) { call in
        let body = try await call.json()
        return Answering.mutation(
            try await call.services.aliases.setAlias(
                model: try call.modelName(), alias: call.parameter("alias"), body.value,
                try call.context(fingerprintOf: body.bytes)))
    }
}
