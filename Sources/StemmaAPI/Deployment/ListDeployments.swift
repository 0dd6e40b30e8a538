internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let listDeployments = Endpoint(
        "ListDeployments", .get, "/v1/deployments",
        "List deployments of all models, newest first; `current = true` is what runs", access: .permission(.readModels),
        query: QueryParameter.list, answers: [AnswerDescription(200, "One page", .list(DeploymentDocument.document))],
        refusals: [.invalidFilter, .invalidCursor]
    ) { call in
        Answering.list(
            try await call.services.deployments.listDeployments(try call.listRequest(), try call.principal), call)
    }
}
