internal import StemmaHTTP
internal import StemmaJSON
internal import StemmaRegistry

extension Endpoint {
    static let publishVersion = Endpoint(
        "PublishVersion", .post, "/v1/models/{name}/versions/{ref}/publish",
        "Close a draft; it never changes again. The body may be left out", access: .permission(.publishModels),
        query: [.dryRun], request: .optionalJSON(ArtifactService.publicationShape),
        answers: [AnswerDescription(200, "The published version", .json(VersionShapes.document))],
        refusals: [.modelNotFound, .versionNotFound, .notDraft, .bumpTooSmall, .staleETag, .lineageCycle]
    ) { call in
        let body = try await call.optionalJSON() ?? (.object(JSONObject()), [])
        return Answering.mutation(
            try await call.services.artifacts.publishVersion(
                model: try call.modelName(), version: call.parameter("ref"), body: body.value,
                try call.context(fingerprintOf: body.bytes)))
    }
}
