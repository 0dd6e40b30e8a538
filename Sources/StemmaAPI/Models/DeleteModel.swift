internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let deleteModel = Endpoint(
        "DeleteModel", .delete, "/v1/models/{name}", "Delete a model; its name is not given again",
        access: .permission(.publishModels), query: [.dryRun], answers: [AnswerDescription(204, "Deleted")],
        refusals: [.modelNotFound, .modelInUse, .staleETag]
    ) { call in
        Answering.mutation(try await call.services.models.deleteModel(try call.modelName(), try call.context()))
    }
}
