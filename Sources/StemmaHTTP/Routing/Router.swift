/// Finds the route for a method and a path. Built once, checked at start, then immutable.
package final class Router: Sendable {
    /// Called where no route's handler answers: for a path without a pattern, a pattern without the method, and OPTIONS.
    package typealias Fallback = @Sendable (HTTPRequest, RouteMiss) async throws -> HTTPResponse

    /// In the order given; a route's place is its number in metrics.
    package let routes: [Route]
    /// nil: `RouteMiss.defaultResponse` answers.
    package let fallback: Fallback?

    let trie: RouteTrie
    private let nodeRoutes: [[HTTPMethod: Int]]
    private let names: [[String]]
    /// Route numbers at `node * methods + method`, -1 where there is none; GET's also where HEAD has none of its own.
    // Written by `init` only, read by all threads afterwards.
    private nonisolated(unsafe) let table: UnsafeMutablePointer<Int32>

    /// Throws `RouterError` for a duplicate method and shape, two names for one variable, a route without an access rule,
    /// or a malformed pattern.
    package init(routes: [Route], fallback: Fallback? = nil) throws {
        let tree = try RouteTree(routes)
        self.routes = routes
        self.fallback = fallback
        trie = RouteTrie(tree)
        nodeRoutes = tree.nodes.map(\.routes)
        names = try routes.map { try RoutePattern($0.pattern).names }
        table = .allocate(capacity: tree.nodes.count * Self.methodCount)
        for (node, routes) in tree.nodes.map(\.routes).enumerated() {
            for method in HTTPMethod.allCases {
                let number = routes[method] ?? (method == .head ? routes[.get] : nil)
                (table + node * Self.methodCount + method.index).initialize(to: Int32(number ?? -1))
            }
        }
    }

    deinit { table.deallocate() }

    private static let methodCount = HTTPMethod.allCases.count

    /// The number of the route at a node of the trie, or -1.
    @inline(__always)
    func routeNumber(node: Int, method: HTTPMethod) -> Int {
        Int(table[node &* Self.methodCount &+ method.index])
    }

    /// What a request leads to.
    enum Resolution {
        case route(number: Int, parameters: [String: String])
        case miss(RouteMiss)
    }

    /// Throws `HTTPError` 400 `invalid_name` where the path's percent-encoding is not acceptable.
    func resolve(_ method: HTTPMethod, path: UnsafeRawBufferPointer) throws(HTTPError) -> Resolution {
        guard path.contains(UInt8(ascii: "%")) else { return resolveDecoded(method, path: path) }
        let decoded = try PathDecoder.decode(path)
        return decoded.withUnsafeBytes { resolveDecoded(method, path: $0) }
    }

    private func resolveDecoded(_ method: HTTPMethod, path: UnsafeRawBufferPointer) -> Resolution {
        var captures = Captures()
        let node = trie.find(path, &captures)
        guard node >= 0 else { return .miss(RouteMiss(kind: .notFound, routes: [])) }
        let number = routeNumber(node: node, method: method)
        guard number >= 0 else {
            let found = nodeRoutes[node].sorted { $0.key.index < $1.key.index }.map { routes[$0.value] }
            return .miss(RouteMiss(kind: method == .options ? .options : .methodNotAllowed, routes: found))
        }
        var parameters: [String: String] = [:]
        for (index, name) in names[number].enumerated() { parameters[name] = PathDecoder.restored(captures[index]) }
        return .route(number: number, parameters: parameters)
    }

    /// Answers a request without a socket, as the server would but for framing: for tests and for internal calls.
    ///
    /// `target` is a path with an optional query. Throws what the handler throws, and `HTTPError` for a path that does not
    /// decode. Inline handlers are not used.
    package func respond(
        _ method: HTTPMethod, _ target: String, headers: HTTPFields = HTTPFields(), body: RequestBody = .empty,
        requestID: String = "test", remoteAddress: String = "127.0.0.1"
    ) async throws -> HTTPResponse {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let path = String(parts[0])
        let resolution = try Array(path.utf8).withUnsafeBytes { bytes throws(HTTPError) in
            try resolve(method, path: bytes)
        }
        let matched = MatchedHandler(resolution, router: self)
        let request = HTTPRequest(
            method: method, path: path, query: parts.count > 1 ? String(parts[1]) : nil, headers: headers,
            parameters: matched.parameters, body: body, requestID: requestID, remoteAddress: remoteAddress,
            routePattern: matched.pattern)
        return try await matched.handler(request)
    }
}

/// A resolution turned into the handler that answers.
struct MatchedHandler: Sendable {
    /// The route's number, or -1 for a miss.
    let routeNumber: Int
    let pattern: String
    let parameters: [String: String]
    let handler: Route.Handler

    init(_ resolution: Router.Resolution, router: Router) {
        switch resolution {
        case .route(let number, let parameters):
            routeNumber = number
            pattern = router.routes[number].pattern
            self.parameters = parameters
            handler = router.routes[number].handler
        case .miss(let miss):
            routeNumber = -1
            pattern = miss.pattern ?? ""
            parameters = [:]
            if let fallback = router.fallback {
                handler = { request in try await fallback(request, miss) }
            } else {
                handler = { _ in try miss.defaultResponse() }
            }
        }
    }
}

extension HTTPMethod {
    /// The place of the method in `allCases`.
    @inline(__always)
    var index: Int {
        switch self {
        case .get: 0
        case .head: 1
        case .post: 2
        case .put: 3
        case .patch: 4
        case .delete: 5
        case .options: 6
        }
    }
}
