internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let readPolicy = Endpoint(
        "ReadPolicy", .get, "/v1/policies/{id}", "Read a policy", access: .permission(.readModels),
        answers: [AnswerDescription(200, "The policy", .json(PolicyShapes.document)), .unmodified],
        refusals: [.policyNotFound]
    ) { call in
        try Answering.read(
            try await call.services.policies.readPolicy(call.parameter("id"), try call.principal), call)
    }
}
