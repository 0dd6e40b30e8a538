/// Turns what went wrong into an answer. Called on any thread, the socket threads included: must not block.
package typealias ErrorRenderer = @Sendable (any Error, RequestIdentity) -> HTTPResponse

/// The request that went wrong, as far as it is known.
package struct RequestIdentity: Sendable, Equatable {
    /// As in `X-Request-Id`.
    package let requestID: String
    /// As sent; empty where the request line was not readable.
    package let method: String
    /// As sent, without the query; empty where the request line was not readable.
    package let path: String
    /// nil where no route was found.
    package let routePattern: String?

    /// An identity from its parts.
    package init(requestID: String, method: String, path: String, routePattern: String?) {
        self.requestID = requestID
        self.method = method
        self.path = path
        self.routePattern = routePattern
    }
}

/// The renderer for applications without one of their own: `application/problem+json` (RFC 9457).
package enum ProblemRenderer {
    /// Renders `HTTPError` and `MethodNotAllowed` as they say, anything else as a 500 that tells nothing.
    package static let render: ErrorRenderer = { error, identity in
        var allow: String?
        let known: HTTPError
        switch error {
        case let error as HTTPError: known = error
        case let error as MethodNotAllowed:
            known = error.httpError
            allow = error.allow
        default: known = HTTPError(status: 500, code: "internal_error", detail: "the server failed to answer")
        }
        var response = problem(known, requestID: identity.requestID)
        if let allow { response.headers.append("allow", allow) }
        return response
    }

    /// The problem document for an error.
    package static func problem(_ error: HTTPError, requestID: String) -> HTTPResponse {
        let members: [(String, String)] = [
            ("type", quoted("about:blank")), ("title", quoted(StatusPhrase.of(error.status))),
            ("status", "\(error.status)"),
            ("detail", quoted(error.detail)), ("instance", quoted(requestID)), ("code", quoted(error.code)),
        ]
        let text = "{" + members.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}"
        return HTTPResponse(
            status: error.status, headers: HTTPFields([("content-type", "application/problem+json")]),
            body: .bytes(Array(text.utf8)))
    }

    /// A JSON string (RFC 8259 section 7).
    private static func quoted(_ text: String) -> String {
        var made = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": made += "\\\""
            case "\\": made += "\\\\"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                made += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: made.unicodeScalars.append(scalar)
            }
        }
        return made + "\""
    }
}
