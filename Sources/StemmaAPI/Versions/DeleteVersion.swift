internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let deleteVersion = Endpoint(
        "DeleteVersion", .delete, "/v1/models/{name}/versions/{ref}", "Delete a version; its number is not given again",
        access: .permission(.publishModels), query: [.dryRun], answers: [AnswerDescription(204, "Deleted")],
        refusals: [.modelNotFound, .versionNotFound, .versionInUse, .staleETag]
    ) { call in
        Answering.mutation(
            try await call.services.versions.deleteVersion(
                model: try call.modelName(), version: call.parameter("ref"), try call.context()))
    }
}
