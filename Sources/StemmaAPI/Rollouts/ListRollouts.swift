internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let listRollouts = Endpoint(
        "ListRollouts", .get, "/v1/models/{name}/rollouts", "List a model's rollouts, newest first",
        access: .permission(.readModels), query: QueryParameter.page,
        answers: [AnswerDescription(200, "One page", .list(RolloutShapes.document))],
        refusals: [.modelNotFound, .invalidCursor]
    ) { call in
        Answering.list(
            try await call.services.rollouts.listRollouts(
                model: try call.modelName(), try call.listRequest(), try call.principal), call)
    }
}
