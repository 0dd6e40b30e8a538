internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let readRollout = Endpoint(
        "ReadRollout", .get, "/v1/models/{name}/rollouts/{id}", "Read a rollout and how its criteria stand",
        access: .permission(.readModels),
        answers: [AnswerDescription(200, "The rollout", .json(RolloutShapes.document)), .unmodified],
        refusals: [.modelNotFound, .rolloutNotFound]
    ) { call in
        try Answering.read(
            try await call.services.rollouts.readRollout(
                model: try call.modelName(), id: call.parameter("id"), try call.principal), call)
    }
}
