internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let runPolicy = Endpoint(
        "RunPolicy", .post, "/v1/policies/{id}/run", "Run a policy now; a dry run is recorded too, but moves nothing",
        access: .permission(.manageLifecycle), query: [.dryRun],
        answers: [AnswerDescription(200, "The run with its first decisions", .json(PolicyShapes.run))],
        refusals: [.policyNotFound, .policyRunning]
    ) { call in
        Answering.mutation(try await call.services.policies.runPolicy(call.parameter("id"), try call.context()))
    }
}
