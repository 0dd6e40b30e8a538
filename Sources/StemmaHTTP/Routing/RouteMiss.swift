/// Why no route's handler answers a request: the application decides what the client may learn from it.
package struct RouteMiss: Sendable {
    /// What was missing.
    package enum Kind: Sendable, Equatable {
        /// No pattern fits the path.
        case notFound
        /// A pattern fits but has no route for the method.
        case methodNotAllowed
        /// `OPTIONS` for a pattern that has no such route of its own.
        case options
    }

    /// What was missing.
    package let kind: Kind
    /// The routes of the pattern that fits; empty for `notFound`. Their `access` tells which rule guards the path.
    package let routes: [Route]

    /// A miss from its parts.
    package init(kind: Kind, routes: [Route]) {
        self.kind = kind
        self.routes = routes
    }

    /// The pattern that fits; nil for `notFound`.
    package var pattern: String? { routes.first?.pattern }

    /// The methods the path can be asked with, in a fixed order, HEAD and OPTIONS included.
    package var allowedMethods: [HTTPMethod] {
        guard !routes.isEmpty else { return [] }
        let own = Set(routes.map(\.method))
        return HTTPMethod.allCases.filter { method in
            own.contains(method) || method == .options || (method == .head && own.contains(.get))
        }
    }

    /// The value of an `Allow` field.
    package var allow: String { allowedMethods.map(\.rawValue).joined(separator: ", ") }

    /// What the server answers when the router has no fallback: 404 and 405 as errors, 204 with `Allow` for OPTIONS.
    package func defaultResponse() throws -> HTTPResponse {
        switch kind {
        case .notFound: throw HTTPError(status: 404, code: "not_found", detail: "there is nothing at this path")
        case .options: return HTTPResponse(status: 204, headers: HTTPFields([("allow", allow)]))
        case .methodNotAllowed: throw MethodNotAllowed(allow: allow)
        }
    }
}

/// 405 with the methods that the path does allow. A renderer adds `Allow` from here (RFC 9110 section 15.5.6).
package struct MethodNotAllowed: Error, Sendable, Equatable {
    /// The value of the `Allow` field.
    package let allow: String

    /// `allow` is the value of the `Allow` field.
    package init(allow: String) { self.allow = allow }

    /// The same as an `HTTPError`, without the field.
    package var httpError: HTTPError {
        HTTPError(status: 405, code: "method_not_allowed", detail: "this path answers \(allow)")
    }
}
