internal import StemmaHTTP
internal import StemmaJSON
internal import StemmaRegistry

extension Endpoint {
    static let transitionVersion = Endpoint(
        "TransitionVersion", .post, "/v1/models/{name}/versions/{ref}/transitions",
        "Move a version to another lifecycle state, if every guard passes",
        access: .permission(.transitionVersions), query: [.dryRun], request: .json(TransitionDocument.request),
        answers: [
            AnswerDescription(
                200, "Moved; a dry run that is refused answers the findings", .json(TransitionDocument.answer))
        ],
        refusals: [.modelNotFound, .versionNotFound, .draftVersion, .transitionRefused, .staleETag]
    ) { call in
        let body = try await call.json()
        return Answering.mutation(
            try await call.services.lifecycle.transitionVersion(
                model: try call.modelName(), version: call.parameter("ref"), body.value,
                try call.context(fingerprintOf: body.bytes)))
    }
}
