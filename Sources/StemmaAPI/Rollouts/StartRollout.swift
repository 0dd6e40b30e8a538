internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let startRollout = Endpoint(
        "StartRollout", .post, "/v1/models/{name}/rollouts", "Give a version growing shares of the traffic",
        access: .permission(.manageRollouts), query: [.dryRun], request: .json(RolloutShapes.request),
        answers: [
            AnswerDescription(201, "Started", .json(RolloutShapes.document)),
            AnswerDescription(200, "A dry run that is refused, with every guard", .json(RolloutShapes.refusal)),
        ],
        refusals: [.modelNotFound, .versionNotFound, .draftVersion, .transitionRefused, .rolloutRunning]
    ) { call in
        let body = try await call.json()
        return Answering.mutation(
            try await call.services.rollouts.startRollout(
                model: try call.modelName(), body.value, try call.context(fingerprintOf: body.bytes)))
    }
}
