package import StemmaHTTP
internal import StemmaRegistry

/// The whole REST surface over a set of services.
package struct RegistryAPI: Sendable {
    let services: Services
    let endpoints: [Endpoint]
    private let authenticator: Authenticator

    /// What the operations endpoints need to know of the daemon around them.
    package init(
        services: Services, operations: OperationsContext, hotAliases: HotAliasTable, hotTraffic: HotTrafficTable
    ) {
        self.services = services
        authenticator = Authenticator(tokens: services.tokens, environment: services.core.environment)
        let resources: [Endpoint] =
            modelRoutes + versionRoutes + aliasRoutes(hot: hotAliases, authenticator, services.consumers.log)
            + artifactRoutes + blobRoutes + uploadRoutes + auditRoutes + eventRoutes + accessRoutes + consumerRoutes
            + lifecycleRoutes + governanceRoutes + observationRoutes + rolloutRoutes(hot: hotTraffic, authenticator)
            + deploymentRoutes + policyRoutes + lineageRoutes + reproducibilityRoutes + experimentRoutes
            + comparisonRoutes + complianceRoutes + riskRoutes + populationRoutes + privacyRoutes + webhookRoutes
        endpoints = resources + operationsRoutes(operations, describing: resources)
    }

    /// Throws where routes are ambiguous or lack an access rule.
    package func makeRouter() throws -> Router {
        try Router(
            routes: endpoints.map(route), fallback: { request, miss in try await self.answerMiss(request, miss) })
    }

    private func route(_ endpoint: Endpoint) -> Route {
        Route(
            method: endpoint.method, pattern: endpoint.pattern, access: endpoint.access.name, inline: endpoint.inline,
            handler: { request in try await self.serve(request, endpoint) })
    }

    /// Authenticates, checks the permission before anything of the body is read, and notes refusals in the log.
    private func serve(_ request: HTTPRequest, _ endpoint: Endpoint) async throws -> HTTPResponse {
        var caller: Principal?
        do {
            try refuseForeignOrigin(request)
            switch endpoint.access {
            case .open: break
            case .anyToken: caller = try authenticator.authenticate(request)
            case .permission(let permission):
                let principal: Principal = try authenticator.authenticate(request)
                caller = principal
                try principal.require(permission)
            }
            let query = try QueryValues(request.query, allowed: endpoint.query)
            let call = Call(request: request, services: services, endpoint: endpoint, caller: caller, query: query)
            return try await endpoint.handler(call)
        } catch let error as StemmaError {
            await note(error, request, caller, action: endpoint.action)
            throw error
        }
    }

    /// Paths without a route and methods that a path does not have. What needs a token says so before it says more.
    private func answerMiss(_ request: HTTPRequest, _ miss: RouteMiss) async throws -> HTTPResponse {
        if miss.kind == .notFound {
            throw StemmaError(.routeNotFound, "there is nothing at \(request.path)")
        }
        let isGuarded: Bool = !miss.routes.contains { $0.access == Access.open.name }
        if isGuarded {
            do {
                _ = try authenticator.authenticate(request)
            } catch {
                await note(error, request, nil, action: request.method.rawValue.lowercased())
                throw error
            }
        }
        return try miss.defaultResponse()
    }

    /// A page on another site must not use the browser of somebody who can reach the daemon.
    private func refuseForeignOrigin(_ request: HTTPRequest) throws(StemmaError) {
        guard let origin = request.headers["origin"], let host = request.headers["host"] else { return }
        guard origin == "http://" + host || origin == "https://" + host else {
            throw StemmaError(.permissionDenied, "requests from pages of another origin are refused")
        }
    }

    private func note(_ error: StemmaError, _ request: HTTPRequest, _ caller: Principal?, action: String) async {
        let status: Int = Problem.status(error)
        // Damaged bytes are no refusal, but somebody has to look into them.
        guard [401, 403, 409].contains(status) || error.code == .blobCorrupt else { return }
        let attempt = RefusalLog.Attempt(
            principal: caller, requestID: request.requestID, address: request.remoteAddress, action: action,
            status: status,
            code: error.code.rawValue,
            // What strangers name goes into the part of the log that can be erased.
            resource: caller == nil ? .registry : RefusedResource.of(request), target: request.path)
        await services.refusals.note(attempt)
    }
}

/// What a refused request was about, as far as its path says.
enum RefusedResource {
    static func of(_ request: HTTPRequest) -> ResourceID {
        guard let name = request.parameters["name"], let model = try? ModelName(validating: name).text else {
            return .registry
        }
        if let alias = request.parameters["alias"], let valid = try? AliasName(validating: alias).text {
            return .alias(model: model, alias: valid)
        }
        let reference: String? = request.parameters["ref"]
        if case .exact(let version)? = reference.flatMap({ VersionReference($0) }) {
            return .version(model: model, version: version.description)
        }
        return .model(model)
    }
}
