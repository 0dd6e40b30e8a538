/// One endpoint as the server sees it.
package struct Route: Sendable {
    /// Answers a request, or throws what the server's error renderer turns into an answer.
    package typealias Handler = @Sendable (HTTPRequest) async throws -> HTTPResponse

    /// A GET route answers HEAD too, unless there is a HEAD route.
    package let method: HTTPMethod
    /// `/v1/models/{name}`; a variable fills one whole segment, a last `{path...}` one or more.
    package let pattern: String
    /// Names the rule that guards the route, for the start-up check and the route listing; nil refuses to start.
    package let access: String?
    /// Answers the request, off the socket threads. What it throws is rendered by the server's error renderer.
    package let handler: Handler
    /// Answers from memory on the socket thread, or nil where the ordinary handler has to. Optional; GET and HEAD only.
    package let inline: InlineHandler?

    /// A route from its parts.
    package init(
        method: HTTPMethod, pattern: String, access: String?, inline: InlineHandler? = nil,
        handler: @escaping Handler
    ) {
        self.method = method
        self.pattern = pattern
        self.access = access
        self.inline = inline
        self.handler = handler
    }
}

/// A handler that must not block, allocate much, or wait: it runs on the socket thread between two reads.
package typealias InlineHandler = @Sendable (borrowing InlineRequest) -> InlineResponse?

/// What an inline handler may look at. The pointers are valid during the call only.
package struct InlineRequest {
    /// Whether the method is HEAD; otherwise it is GET. The server leaves the body out for HEAD.
    package let isHead: Bool
    /// The route's variables in the order of the pattern, as sent; a request with percent signs never comes this way.
    package let parameters: [UnsafeRawBufferPointer]
    /// The value of `Authorization`; empty where there is none.
    package let authorization: UnsafeRawBufferPointer
    /// The value of `If-None-Match`; empty where there is none.
    package let ifNoneMatch: UnsafeRawBufferPointer
    /// The value of `Stemma-Consumer`, unchecked; empty where there is none.
    package let consumer: UnsafeRawBufferPointer

    /// A request from its parts.
    package init(
        isHead: Bool, parameters: [UnsafeRawBufferPointer], authorization: UnsafeRawBufferPointer,
        ifNoneMatch: UnsafeRawBufferPointer,
        consumer: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0)
    ) {
        self.isHead = isHead
        self.parameters = parameters
        self.authorization = authorization
        self.ifNoneMatch = ifNoneMatch
        self.consumer = consumer
    }
}

/// An answer whose bytes were made when the data last changed.
package final class InlineResponse: Sendable {
    /// For counting; the head says it too.
    package let status: Int
    /// Status line and all fields but `Date`, `X-Request-Id` and `Connection`, each line ended by CRLF; no empty line.
    package let head: [UInt8]
    /// Sent after the head, but for HEAD.
    package let body: [UInt8]

    /// A route from its parts.
    package init(status: Int, head: [UInt8], body: [UInt8]) {
        self.status = status
        self.head = head
        self.body = body
    }
}
