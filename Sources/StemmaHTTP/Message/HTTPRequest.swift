/// A request whose head was parsed and whose route was found. The body is read on demand.
package struct HTTPRequest: Sendable {
    /// For a HEAD request that a GET route answers it is `head`.
    package let method: HTTPMethod
    /// The path as sent, percent-encoded, without the query.
    package let path: String
    /// The query as sent, without the question mark; nil where there is none.
    package let query: String?
    /// All fields as sent, names in lower case.
    package let headers: HTTPFields
    /// The route's variables by name, percent-decoded once. A tail variable (`{path...}`) holds the segments joined by `/`.
    package let parameters: [String: String]
    /// The body, read on demand.
    package let body: RequestBody
    /// The client's `X-Request-Id` when it is sane (1 to 128 of `[A-Za-z0-9._:/+=-]`), else one made by the server.
    package let requestID: String
    /// The peer's numeric address, or `unix` for a Unix-domain socket.
    package let remoteAddress: String
    /// The pattern of the route, for metrics and logs.
    package let routePattern: String

    /// A request from its parts; the defaults are for tests.
    package init(
        method: HTTPMethod, path: String, query: String? = nil, headers: HTTPFields = HTTPFields(),
        parameters: [String: String] = [:], body: RequestBody = .empty, requestID: String = "test",
        remoteAddress: String = "127.0.0.1", routePattern: String = ""
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.parameters = parameters
        self.body = body
        self.requestID = requestID
        self.remoteAddress = remoteAddress
        self.routePattern = routePattern
    }
}
