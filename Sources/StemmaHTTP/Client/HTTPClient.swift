internal import Glibc

/// A small blocking HTTP/1.1 client (RFC 9112) on one connection that is kept and opened again when needed.
///
/// For commands, tests and benchmarks. It follows no redirects, decodes no content codings and speaks no TLS. Used by one
/// thread at a time; not on Swift's cooperative pool where waiting would hold up other tasks.
package final class HTTPClient {
    package let address: HTTPClientAddress
    /// The longest time without any byte moving.
    private let timeoutMilliseconds: Int
    /// The largest body that is kept in memory.
    private let bodyMaxBytes: Int
    private var connection: ClientConnection?
    /// How often a connection was opened.
    package private(set) var connectionCount: Int = 0

    /// A client that connects at its first request. Makes the process ignore SIGPIPE, which sendfile(2) would otherwise
    /// raise for a connection that the server has closed.
    package init(_ address: HTTPClientAddress, timeoutMilliseconds: Int = 30_000, bodyMaxBytes: Int = 256 << 20) {
        signal(SIGPIPE, SIG_IGN)
        self.address = address
        self.timeoutMilliseconds = timeoutMilliseconds
        self.bodyMaxBytes = bodyMaxBytes
    }

    /// Closes the connection; the next request opens one again.
    package func close() { connection = nil }

    /// Sends a request and reads its answer into memory.
    ///
    /// The server may answer before it has read the whole body; the rest is then not sent. `Expect: 100-continue` among
    /// the fields holds the body back until the server asks for it. Throws `HTTPClientError`.
    package func send(_ request: HTTPClientRequest) throws(HTTPClientError) -> HTTPClientResponse {
        var body: [UInt8] = []
        var isTooLarge: Bool = false
        let limit: Int = bodyMaxBytes
        var response: HTTPClientResponse = try send(request) { piece in
            isTooLarge = isTooLarge || body.count + piece.count > limit
            if !isTooLarge { body.append(contentsOf: piece) }
            return !isTooLarge
        }
        if isTooLarge { throw .malformed("the body is larger than \(limit) bytes") }
        response.body = body
        return response
    }

    /// Sends a request and hands the answer's body, whatever the status, to `receive` piece by piece; false from it ends
    /// the download and closes the connection. Throws `HTTPClientError`.
    package func send(
        _ request: HTTPClientRequest, receive: (UnsafeRawBufferPointer) -> Bool
    ) throws(HTTPClientError) -> HTTPClientResponse {
        let head: [UInt8] = try HTTPClient.head(of: request, host: address.hostField)
        if let kept = connection, kept.isStale() { connection = nil }
        let wasKept: Bool = connection != nil
        do throws(HTTPClientError) {
            return try exchange(request, head, receive)
        } catch {
            connection = nil
            // The server may have closed a kept connection while the request was on its way. Repeating is safe for
            // methods that are idempotent (RFC 9110 section 9.2.2), as long as nothing was consumed.
            guard wasKept, error == .closedEarly, HTTPClient.isRepeatable(request) else { throw error }
            return try exchange(request, head, receive)
        }
    }

    private func exchange(
        _ request: HTTPClientRequest, _ head: [UInt8], _ receive: (UnsafeRawBufferPointer) -> Bool
    ) throws(HTTPClientError) -> HTTPClientResponse {
        let connection: ClientConnection
        if let kept = self.connection {
            connection = kept
        } else {
            connection = ClientConnection(try ClientSocket.connect(address, timeoutMilliseconds: timeoutMilliseconds))
            connectionCount += 1
            self.connection = connection
        }
        let wasSent: Bool = try connection.send(head, request)
        let (response, mayKeep) = try connection.receive(isHead: request.method == "HEAD", receive)
        if !mayKeep || !wasSent { self.connection = nil }
        return response
    }

    private static func isRepeatable(_ request: HTTPClientRequest) -> Bool {
        if case .descriptor = request.body { return false }
        return ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"].contains(request.method)
    }

    /// The request line and the fields, with the framing of the body.
    private static func head(of request: HTTPClientRequest, host: String) throws(HTTPClientError) -> [UInt8] {
        guard !request.method.isEmpty, request.method.utf8.allSatisfy(ByteScan.isToken) else {
            throw .badRequest("the method is not a token")
        }
        guard !request.target.isEmpty, request.target.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw .badRequest("the target `\(request.target)` is not percent-encoded")
        }
        var fields: HTTPFields = request.fields
        if fields["host"] == nil { fields["host"] = host }
        switch request.body {
        case .none:
            if ["POST", "PUT", "PATCH"].contains(request.method) { fields["content-length"] = "0" }
        case .bytes(let bytes): fields["content-length"] = String(bytes.count)
        case .descriptor(_, let length?): fields["content-length"] = String(length)
        case .descriptor(_, nil): fields["transfer-encoding"] = "chunked"
        }
        var text: String = "\(request.method) \(request.target) HTTP/1.1\r\n"
        for field in fields.fields {
            let isGood: Bool =
                !field.name.isEmpty && field.name.utf8.allSatisfy(ByteScan.isToken)
                && field.value.utf8.allSatisfy { ($0 >= 0x20 && $0 != 0x7F) || $0 == ByteScan.tab }
            guard isGood else { throw .badRequest("the field `\(field.name)` cannot be sent") }
            text += "\(field.name): \(field.value)\r\n"
        }
        return Array((text + "\r\n").utf8)
    }
}
