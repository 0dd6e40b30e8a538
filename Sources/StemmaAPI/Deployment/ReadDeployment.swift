internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let readDeployment = Endpoint(
        "ReadDeployment", .get, "/v1/deployments/{id}", "Read a deployment", access: .permission(.readModels),
        answers: [AnswerDescription(200, "The deployment", .json(DeploymentDocument.document)), .unmodified],
        refusals: [.deploymentNotFound]
    ) { call in
        try Answering.read(
            try await call.services.deployments.readDeployment(call.parameter("id"), try call.principal), call)
    }
}
