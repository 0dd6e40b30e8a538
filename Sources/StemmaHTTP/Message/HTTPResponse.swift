/// An answer on its way out.
///
/// The server adds `Date`, `X-Request-Id`, `Content-Length` or `Transfer-Encoding`, and `Connection` where needed. For a
/// HEAD request it sends the fields and the length without the body.
package struct HTTPResponse: Sendable {
    /// From 200 to 599.
    package var status: Int
    /// Fields of the application; those that the server manages are left out.
    package var headers: HTTPFields
    /// Not sent with 204 and 304 and to HEAD.
    package var body: ResponseBody

    /// An answer from its parts.
    package init(status: Int, headers: HTTPFields = HTTPFields(), body: ResponseBody = .none) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// The bytes of an answer.
package enum ResponseBody: Sendable {
    case none
    case bytes([UInt8])
    /// Part of an open file; goes through `sendfile` where the connection is plain.
    case file(any FileRegion)
    /// Pulled piece by piece while the client takes it. `length` in bytes where known, else the answer is chunked.
    case stream(length: Int64?, any BodyStream)
}

/// A region of an open regular file. The server keeps the value alive until the last byte is sent.
package protocol FileRegion: Sendable {
    /// The descriptor, owned by the value.
    var descriptor: Int32 { get }
    /// First byte to send.
    var offset: Int64 { get }
    /// Bytes to send.
    var length: Int64 { get }
    /// Asked before the last bytes leave; false breaks the connection off, so that the client sees a short body.
    func isStillIntact() -> Bool
}

/// A producer of body bytes. Pulled by one task at a time; released when the client goes away.
package protocol BodyStream: Sendable {
    /// The next non-empty piece, or nil at the end. A thrown error breaks the connection off.
    func next() async throws -> [UInt8]?
}
