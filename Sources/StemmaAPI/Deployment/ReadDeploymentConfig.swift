internal import StemmaHTTP
internal import StemmaJSON
internal import StemmaRegistry

extension Endpoint {
    static let readDeploymentConfig = Endpoint(
        "ReadDeploymentConfig", .get, "/v1/models/{name}/versions/{ref}/deployment-config",
        "A manifest that runs exactly this version in an environment for which it is ready",
        access: .permission(.readModels),
        query: [
            .environment,
            QueryParameter(
                name: "format", shape: .choice(DeploymentFormat.allCases.map(\.rawValue)),
                summary: "Needed: the tool it is for"),
            QueryParameter(
                name: "image", shape: .text(maxBytes: 500, minBytes: 1),
                summary: "The server's image; `reproducibility.environment_image` where absent"),
            QueryParameter(
                name: "replicas", shape: .integer(1...Int64(Limits().deploymentReplicas)), summary: "1 where absent"),
            QueryParameter(
                name: "namespace", shape: .text(maxBytes: 63, minBytes: 1), summary: "None is named where absent"),
            QueryParameter(
                name: "port", shape: .integer(1_024...65_535), summary: "Where the server listens, 8080 where absent"),
            QueryParameter(
                name: "registry_url", shape: .text(maxBytes: 500, minBytes: 1),
                summary: "Where the registry is reached from there; as this request reached it where absent"),
        ],
        answers: [AnswerDescription(200, "The manifest", .other(["application/yaml"]))],
        refusals: [.modelNotFound, .versionNotFound, .aliasNotFound, .environmentNotFound, .notReady]
    ) { call in
        let wanted = DeploymentConfigRequest(
            environment: call.query["environment"], format: call.query["format"], image: call.query["image"],
            replicas: try call.query.integer("replicas"), namespace: call.query["namespace"],
            port: try call.query.integer("port"), registryURL: call.query["registry_url"],
            reachedURL: call.reachedURL)
        let found = try await call.services.deployments.readDeploymentConfig(
            model: try call.modelName(), ref: call.parameter("ref"), wanted, try call.principal)
        let location: String = ResourcePath.version(found.record.model, found.record.version) + "/deployment-config"
        let query: String = call.request.query.map { "?" + $0 } ?? ""
        return HTTPResponse(
            status: 200,
            headers: HTTPFields([
                ("content-type", "application/yaml"), ("cache-control", "no-store"),
                ("content-location", location + query),
            ]),
            body: .bytes(Array(found.yaml.utf8)))
    }
}

extension Call {
    /// The address under which this request came, as far as it says; nil without a host.
    fileprivate var reachedURL: String? {
        let isSecure: Bool = request.headers["x-forwarded-proto"]?.lowercased() == "https"
        return request.headers["host"].map { (isSecure ? "https://" : "http://") + $0 }
    }
}
