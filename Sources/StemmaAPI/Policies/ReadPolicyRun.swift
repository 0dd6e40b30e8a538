internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let readPolicyRun = Endpoint(
        "ReadPolicyRun", .get, "/v1/policies/{id}/runs/{run}", "Read a run with its first decisions",
        access: .permission(.readModels),
        answers: [AnswerDescription(200, "The run", .json(PolicyShapes.run))],
        refusals: [.policyNotFound, .policyRunNotFound]
    ) { call in
        Answering.plain(
            try await call.services.policies.readPolicyRun(
                policy: call.parameter("id"), run: call.parameter("run"), try call.principal))
    }
}
