internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let createDeployment = Endpoint(
        "CreateDeployment", .post, "/v1/deployments", "Record that a version is being deployed",
        access: .permission(.manageDeployments), query: [.dryRun], request: .json(DeploymentDocument.request),
        answers: [AnswerDescription(201, "The deployment, `pending`", .json(DeploymentDocument.document))],
        refusals: [.modelNotFound, .versionNotFound, .aliasNotFound, .environmentNotFound, .notReady]
    ) { call in
        let body = try await call.json()
        return Answering.mutation(
            try await call.services.deployments.createDeployment(
                body.value, try call.context(fingerprintOf: body.bytes)))
    }
}
