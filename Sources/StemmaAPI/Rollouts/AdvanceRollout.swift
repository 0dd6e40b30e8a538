internal import StemmaHTTP
internal import StemmaJSON
internal import StemmaRegistry

extension Endpoint {
    static let advanceRollout = Endpoint(
        "AdvanceRollout", .post, "/v1/models/{name}/rollouts/{id}/advance",
        "Take the next step; after the last one the version is promoted",
        access: .permission(.manageRollouts), request: .optionalJSON(RolloutShapes.advance),
        answers: [AnswerDescription(200, "Advanced", .json(RolloutShapes.document))],
        refusals: [
            .modelNotFound, .rolloutNotFound, .rolloutEnded, .rolloutStepNotReady, .transitionRefused, .staleETag,
        ]
    ) { call in
        let body = try await call.optionalJSON()
        return Answering.mutation(
            try await call.services.rollouts.advanceRollout(
                model: try call.modelName(), id: call.parameter("id"), body?.value,
                try call.context(fingerprintOf: body?.bytes ?? [])))
    }
}
