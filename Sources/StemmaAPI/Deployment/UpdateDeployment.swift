internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let updateDeployment = Endpoint(
        "UpdateDeployment", .patch, "/v1/deployments/{id}", "Say how a deployment went, by JSON Merge Patch",
        access: .permission(.manageDeployments), request: .mergePatch(DeploymentDocument.patch),
        answers: [AnswerDescription(200, "The deployment after the change", .json(DeploymentDocument.document))],
        refusals: [
            .deploymentNotFound, .versionNotFound, .environmentNotFound, .notReady, .deploymentStatusRefused,
            .staleETag,
        ]
    ) { call in
        let body = try await call.patch()
        return Answering.mutation(
            try await call.services.deployments.updateDeployment(
                call.parameter("id"), body.value, try call.context(fingerprintOf: body.bytes)))
    }
}
