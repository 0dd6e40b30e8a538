internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let abortRollout = Endpoint(
        "AbortRollout", .post, "/v1/models/{name}/rollouts/{id}/abort", "Give all traffic back to the baseline",
        access: .permission(.manageRollouts), request: .json(RolloutShapes.abort),
        answers: [AnswerDescription(200, "Aborted", .json(RolloutShapes.document))],
        refusals: [.modelNotFound, .rolloutNotFound, .rolloutEnded, .staleETag]
    ) { call in
        let body = try await call.json()
        return Answering.mutation(
            try await call.services.rollouts.abortRollout(
                model: try call.modelName(), id: call.parameter("id"), body.value,
                try call.context(fingerprintOf: body.bytes)))
    }
}
