internal import StemmaHTTP
internal import StemmaJSON
internal import StemmaRegistry

extension Endpoint {
    static let readReadiness = Endpoint(
        "ReadReadiness", .get, "/v1/models/{name}/versions/{ref}/readiness",
        "Whether a version may run in an environment, with every check", access: .permission(.readModels),
        query: [.environment],
        answers: [AnswerDescription(200, "Ready or not, and why", .json(EnvironmentReadiness.shape))],
        refusals: [.modelNotFound, .versionNotFound, .aliasNotFound, .environmentNotFound]
    ) { call in
        let found: EnvironmentReadiness = try await call.services.deployments.readReadiness(
            model: try call.modelName(), ref: call.parameter("ref"), environment: call.query["environment"],
            try call.principal)
        var response: HTTPResponse = Answering.plain(found.body)
        let version: String = ResourcePath.version(found.record.model, found.record.version)
        let query: String = "?environment=" + ResourcePath.segment(found.environment)
        response.headers.append("content-location", version + "/readiness" + query)
        return response
    }
}

extension QueryParameter {
    static let environment = QueryParameter(
        name: "environment", shape: .text(maxBytes: 63, minBytes: 1),
        summary: "Needed: an environment of the lifecycle in force, e.g. `production`")
}
