internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let deletePolicy = Endpoint(
        "DeletePolicy", .delete, "/v1/policies/{id}", "Delete a policy with its runs",
        access: .permission(.manageLifecycle), query: [.dryRun], answers: [AnswerDescription(204, "Deleted")],
        refusals: [.policyNotFound, .staleETag]
    ) { call in
        Answering.mutation(try await call.services.policies.deletePolicy(call.parameter("id"), try call.context()))
    }
}
