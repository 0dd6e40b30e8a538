internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let deleteArtifact = Endpoint(
        "DeleteArtifact", .delete, "/v1/models/{name}/versions/{ref}/artifacts/{path...}", "Remove a file from a draft",
        access: .permission(.publishModels), query: [.dryRun], answers: [AnswerDescription(204, "Removed")],
        refusals: [.modelNotFound, .versionNotFound, .artifactNotFound, .notDraft]
    ) { call in
        Answering.mutation(
            try await call.services.artifacts.deleteArtifact(
                model: try call.modelName(), version: call.parameter("ref"), path: call.parameter("path"),
                try call.context()))
    }
}
