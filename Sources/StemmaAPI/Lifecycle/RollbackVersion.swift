internal import StemmaHTTP
internal import StemmaJSON
internal import StemmaRegistry

extension Endpoint {
    static let rollbackVersion = Endpoint(
        "RollbackVersion", .post, "/v1/models/{name}/versions/{ref}/rollback",
        "Put the version that was in production before back into its place", access: .permission(.transitionVersions),
        query: [.dryRun], request: .optionalJSON(TransitionDocument.rollbackRequest),
        answers: [AnswerDescription(200, "Rolled back", .json(TransitionDocument.answer))],
        refusals: [.modelNotFound, .versionNotFound, .draftVersion, .rollbackRefused, .staleETag]
    ) { call in
        let body = try await call.optionalJSON()
        return Answering.mutation(
            try await call.services.lifecycle.rollbackVersion(
                model: try call.modelName(), version: call.parameter("ref"), body?.value,
                try call.context(fingerprintOf: body?.bytes ?? [])))
    }
}
