/// A request's body, pulled piece by piece: nothing is read from the socket beyond a small buffer until it is asked for.
///
/// Where the client sent `Expect: 100-continue`, the first pull sends the interim answer (RFC 9110 section 10.1.1); a
/// handler that never pulls thereby spares the client the transfer. Used by one task at a time.
package struct RequestBody: Sendable {
    /// The body's length in bytes as declared by `Content-Length`; nil for a chunked body; 0 where there is none.
    package let declaredLength: Int64?
    private let pull: @Sendable () async throws -> [UInt8]?

    /// `pull` answers the next non-empty piece, nil at the end, and throws `HTTPError` where the body breaks off, is
    /// malformed, or arrives too slowly.
    package init(declaredLength: Int64?, pull: @escaping @Sendable () async throws -> [UInt8]?) {
        self.declaredLength = declaredLength
        self.pull = pull
    }

    /// A request without a body.
    package static let empty = RequestBody(declaredLength: 0, pull: { nil })

    /// The next piece, at most a few hundred KiB, or nil at the end.
    package func next() async throws -> [UInt8]? { try await pull() }

    /// The whole body. Throws `HTTPError.payloadTooLarge` as soon as it is known to exceed `limit` bytes.
    package func collect(limit: Int) async throws -> [UInt8] {
        if let declaredLength, declaredLength > Int64(limit) { throw HTTPError.payloadTooLarge(limitBytes: limit) }
        var whole: [UInt8] = []
        if let declaredLength { whole.reserveCapacity(Int(declaredLength)) }
        while let piece = try await pull() {
            guard whole.count + piece.count <= limit else { throw HTTPError.payloadTooLarge(limitBytes: limit) }
            if whole.isEmpty { whole = piece } else { whole.append(contentsOf: piece) }
        }
        return whole
    }
}

/// Why a message could not be taken as HTTP.
package struct HTTPError: Error, Sendable, Equatable {
    /// The status that answers it.
    package let status: Int
    /// Stable symbolic code, e.g. `incomplete_body`.
    package let code: String
    /// For the client.
    package let detail: String

    /// A refusal from its parts.
    package init(status: Int, code: String, detail: String) {
        self.status = status
        self.code = code
        self.detail = detail
    }

    /// 413 for a body that exceeds the limit.
    package static func payloadTooLarge(limitBytes: Int) -> HTTPError {
        HTTPError(
            status: 413, code: "payload_too_large", detail: "the body is larger than the limit of \(limitBytes) bytes")
    }
}
