/// What the server has to say, as closures, so that it needs no logging package. Called on the socket threads: must not
/// block.
package struct ServerLog: Sendable {
    /// Called once for each answer when it is sent, or nil to log nothing, which costs nothing.
    package var accessLog: (@Sendable (AccessRecord) -> Void)?
    /// Called for what an operator should know, e.g. that no more connections can be accepted.
    package var failure: @Sendable (String) -> Void

    /// Logs nothing unless told to.
    package init(
        accessLog: (@Sendable (AccessRecord) -> Void)? = nil, failure: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.accessLog = accessLog
        self.failure = failure
    }

    /// Says nothing.
    package static let silent = ServerLog()
}

/// One answered request.
package struct AccessRecord: Sendable, Equatable {
    /// As in `X-Request-Id`.
    package let requestID: String
    /// The peer's numeric address, or `unix`.
    package let remoteAddress: String
    /// As sent; empty where the request line was not readable.
    package let method: String
    /// As sent, with the query; empty where the request line was not readable.
    package let target: String
    /// The route's pattern; empty where none fits.
    package let routePattern: String
    /// 499 where the client went away before there was an answer.
    package let status: Int
    /// Body bytes received.
    package let bytesIn: UInt64
    /// Bytes of the answer, head included.
    package let bytesOut: UInt64
    /// From the moment the head was read to the moment the last byte was handed to the system.
    package let durationMicroseconds: UInt64
    /// Whether the whole answer was handed to the system.
    package let isComplete: Bool
    /// The client's `traceparent` (W3C Trace Context, section 3.2), where it sent a sane one.
    package let traceparent: String?
}
