internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let deleteAlias = Endpoint(
        "DeleteAlias", .delete, "/v1/models/{name}/aliases/{alias}", "Remove an alias",
        access: .permission(.moveAliases), query: [.dryRun], answers: [AnswerDescription(204, "Removed")],
        refusals: [.modelNotFound, .aliasNotFound, .aliasComputed, .staleETag]
    ) { call in
        Answering.mutation(
            try await call.services.aliases.deleteAlias(
                model: try call.modelName(), alias: call.parameter("alias"), try call.context()))
    }
}
