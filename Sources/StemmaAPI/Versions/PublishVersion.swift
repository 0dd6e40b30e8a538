internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let publishVersion = Endpoint(
        "PublishVersion", .post, "/v1/models/{name}/versions/{ref}/publish", "Close a draft; it never changes again",
        access: .permission(.publishModels), query: [.dryRun],
        answers: [AnswerDescription(200, "The published version", .json(VersionShapes.document))],
        refusals: [.modelNotFound, .versionNotFound, .notDraft, .staleETag]
    ) { call in
        Answering.mutation(
            try await call.services.artifacts.publishVersion(
                model: try call.modelName(), version: call.parameter("ref"), try call.context()))
    }
}
