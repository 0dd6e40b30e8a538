internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let listPolicyRuns = Endpoint(
        "ListPolicyRuns", .get, "/v1/policies/{id}/runs", "List a policy's runs, newest first, without decisions",
        access: .permission(.readModels), query: QueryParameter.page,
        answers: [AnswerDescription(200, "One page", .list(PolicyShapes.run))],
        refusals: [.policyNotFound, .invalidCursor]
    ) { call in
        Answering.list(
            try await call.services.policies.listPolicyRuns(
                call.parameter("id"), try call.listRequest(), try call.principal), call)
    }
}
