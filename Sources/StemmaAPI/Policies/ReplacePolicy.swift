internal import StemmaHTTP
internal import StemmaJSON
internal import StemmaRegistry

extension Endpoint {
    static let replacePolicy = Endpoint(
        "ReplacePolicy", .put, "/v1/policies/{id}", "Replace a policy; a run that is under way ends",
        access: .permission(.manageLifecycle), request: .json(PolicyShapes.request),
        answers: [AnswerDescription(200, "The policy after the change", .json(PolicyShapes.document))],
        refusals: [.policyNotFound, .policyExists, .staleETag]
    ) { call in
        let body = try await call.json()
        return Answering.mutation(
            try await call.services.policies.replacePolicy(
                call.parameter("id"), body.value, try call.context(fingerprintOf: body.bytes)))
    }
}
