internal import StemmaHTTP
internal import StemmaJSON
internal import StemmaRegistry

extension Endpoint {
    static let createPolicy = Endpoint(
        "CreatePolicy", .post, "/v1/policies", "Make a policy that retires or promotes versions",
        access: .permission(.manageLifecycle), request: .json(PolicyShapes.request),
        answers: [AnswerDescription(201, "Made", .json(PolicyShapes.document))], refusals: [.policyExists]
    ) { call in
        let body = try await call.json()
        return Answering.mutation(
            try await call.services.policies.createPolicy(body.value, try call.context(fingerprintOf: body.bytes)))
    }
}
