/// Where a client connects to.
package enum HTTPClientAddress: Sendable, Equatable, CustomStringConvertible {
    /// `host` is a name or a numeric address, IPv6 without brackets.
    case tcp(host: String, port: UInt16)
    case unix(path: String)

    /// Reads `http://HOST[:PORT]`, `http://[IPV6][:PORT]` (each may end with one `/`) or `unix:PATH`. Throws
    /// `HTTPClientError.badAddress` for anything else, `https` included: the client speaks no TLS.
    package init(_ text: String) throws(HTTPClientError) {
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst(5))
            guard (1..<108).contains(path.utf8.count), !path.utf8.contains(0) else { throw .badAddress(text) }
            self = .unix(path: path)
            return
        }
        guard text.hasPrefix("http://") else { throw .badAddress(text) }
        var authority: Substring = text.dropFirst(7)
        if authority.hasSuffix("/") { authority = authority.dropLast() }
        var port: UInt16 = 80
        let hostEnd: Substring.Index =
            authority.lastIndex(of: "]").map { authority.index(after: $0) } ?? authority.startIndex
        if let colon = authority[hostEnd...].firstIndex(of: ":") {
            let digits: Substring = authority[authority.index(after: colon)...]
            guard digits.utf8.allSatisfy(ByteScan.isDigit), let number = UInt16(digits) else { throw .badAddress(text) }
            port = number
            authority = authority[..<colon]
        }
        if authority.hasPrefix("["), authority.hasSuffix("]") { authority = authority.dropFirst().dropLast() }
        let isHost: Bool =
            !authority.isEmpty && authority.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"/?#@[]\\".utf8.contains($0) }
        guard isHost else { throw .badAddress(text) }
        self = .tcp(host: String(authority), port: port)
    }

    /// The value of the Host field (RFC 9112 section 3.2).
    package var hostField: String {
        switch self {
        case .tcp(let host, let port): (host.contains(":") ? "[\(host)]" : host) + (port == 80 ? "" : ":\(port)")
        case .unix: "localhost"
        }
    }

    /// As it is read by `init(_:)`.
    package var description: String {
        switch self {
        case .tcp: "http://" + hostField
        case .unix(let path): "unix:" + path
        }
    }
}

/// A request of the client. `Host` and the fields that frame the body are added when it is sent.
package struct HTTPClientRequest: Sendable {
    /// What follows the head.
    package enum Body: Sendable {
        case none
        case bytes([UInt8])
        /// Bytes from the descriptor's current position on: `length` of them, or to its end in chunks where that is nil.
        /// The descriptor stays the caller's.
        case descriptor(Int32, length: Int64?)
    }

    /// A token, e.g. `GET`.
    package var method: String
    /// Path and query, percent-encoded.
    package var target: String
    package var fields: HTTPFields
    package var body: Body

    /// A request for `target`, without a body unless one is given.
    package init(_ method: String, _ target: String, fields: HTTPFields = HTTPFields(), body: Body = .none) {
        self.method = method
        self.target = target
        self.fields = fields
        self.body = body
    }
}

/// An answer, its interim ones left out.
package struct HTTPClientResponse: Sendable {
    package let status: Int
    package let fields: HTTPFields
    /// Empty where the body went to a closure.
    package var body: [UInt8]

    /// The body as text, broken UTF-8 repaired.
    package var text: String { String(decoding: body, as: UTF8.self) }
}

/// Why there is no answer.
package enum HTTPClientError: Error, Equatable, Sendable, CustomStringConvertible {
    case badAddress(String)
    /// Nobody listens there.
    case refused(String)
    /// The host is not known or cannot be reached; or a call failed.
    case connection(String)
    /// Nothing moved for that long.
    case timedOut(milliseconds: Int)
    /// The server closed the connection before the answer was whole.
    case closedEarly
    /// The answer is not HTTP/1.1, or is larger than it may be.
    case malformed(String)
    /// The request cannot be sent as it is.
    case badRequest(String)

    /// One line for a person.
    package var description: String {
        switch self {
        case .badAddress(let text): "`\(text)` is not http://HOST:PORT or unix:PATH"
        case .refused(let address): "nobody listens on \(address)"
        case .connection(let reason): reason
        case .timedOut(let milliseconds): "no answer for \(milliseconds) ms"
        case .closedEarly: "the server closed the connection before the answer was whole"
        case .malformed(let reason): "the answer cannot be read: \(reason)"
        case .badRequest(let reason): reason
        }
    }
}
