/// A run of bytes, counted from the first byte of the message's head.
package struct ByteRange: Sendable, Equatable {
    /// First byte.
    package var start: UInt32 = 0
    /// Number of bytes.
    package var count: UInt32 = 0

    @inline(__always)
    init(_ start: Int, _ count: Int) {
        self.start = UInt32(truncatingIfNeeded: start)
        self.count = UInt32(truncatingIfNeeded: count)
    }

    init() {}

    /// The bytes themselves, given the address of the head.
    @inline(__always)
    package func bytes(in base: UnsafeRawPointer) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: base + Int(start), count: Int(count))
    }

    /// The bytes as text; bytes that are not UTF-8 become replacement characters.
    package func text(in base: UnsafeRawPointer) -> String { String(decoding: bytes(in: base), as: UTF8.self) }
}

/// A parsed head as positions in the caller's memory: plain data, valid as long as those bytes are.
package struct RequestHead: Sendable {
    /// nil for a method that no route can have.
    package internal(set) var method: HTTPMethod?
    /// The method as sent.
    package internal(set) var methodText = ByteRange()
    /// From the first slash to the query; empty for an absolute-form target without a path, which means `/`.
    package internal(set) var path = ByteRange()
    /// After the question mark; empty also where there is no question mark: see `hasQuery`.
    package internal(set) var query = ByteRange()
    /// Whether the target has a question mark.
    package internal(set) var hasQuery = false
    /// Whether the target was `*`.
    package internal(set) var isAsterisk = false
    /// Whether the path has a percent sign and so must be decoded.
    package internal(set) var pathHasPercent = false
    /// 0 or 1.
    package internal(set) var minorVersion: UInt8 = 1
    /// The value of Host; empty where an HTTP/1.0 request has none.
    package internal(set) var host = ByteRange()
    /// The value of Authorization; empty where there is none.
    package internal(set) var authorization = ByteRange()
    /// The value of the last If-None-Match; empty where there is none.
    package internal(set) var ifNoneMatch = ByteRange()
    /// The value of the last Stemma-Consumer, unchecked; empty where there is none.
    package internal(set) var consumer = ByteRange()
    /// The value of X-Request-Id, unchecked; empty where there is none.
    package internal(set) var clientRequestID = ByteRange()
    /// The value of `traceparent` (W3C Trace Context); empty where there is none.
    package internal(set) var traceparent = ByteRange()
    /// The body's length in bytes; -1 where no Content-Length was sent.
    package internal(set) var contentLength: Int64 = -1
    /// Whether the body comes in chunks.
    package internal(set) var isChunked = false
    /// Whether the client waits for an interim answer before it sends the body.
    package internal(set) var expectsContinue = false
    /// Whether the client wants the connection kept (RFC 9112 section 9.3).
    package internal(set) var keepsAlive = true
    /// Whether a field is present that an inline handler cannot see and must not ignore.
    package internal(set) var bypassesInline = false
    /// First byte of the first field line.
    package internal(set) var fieldsStart: UInt32 = 0
    /// How many field lines there are.
    package internal(set) var fieldCount = 0

    var authority = ByteRange()
    var hasAuthority = false
    var hasHost = false
    var hasAuthorization = false
    var hasTransferCoding = false
    var hasExpect = false
    var hasIfNoneMatch = false
    var hasConsumer = false
    var asksClose = false

    /// Whether bytes of a body follow the head.
    @inline(__always)
    package var hasBody: Bool { isChunked || contentLength > 0 }

    /// Walks the field lines again and makes the fields. `base` is the address of the same head, completely parsed.
    package func fields(in base: UnsafeRawPointer) -> HTTPFields {
        var made = HTTPFields()
        var at = Int(fieldsStart)
        for _ in 0..<fieldCount {
            var colon = at
            while ByteScan.byte(base, colon) != UInt8(ascii: ":") { colon += 1 }
            var end = colon
            while ByteScan.byte(base, end) != ByteScan.carriageReturn { end += 1 }
            let value = FieldLine.trimmed(base, from: colon + 1, to: end)
            let name = String(unsafeUninitializedCapacity: colon - at) { target in
                for index in 0..<(colon - at) { target[index] = ByteScan.lowered(ByteScan.byte(base, at + index)) }
                return colon - at
            }
            made.append(name, value.text(in: base))
            at = end + 2
        }
        return made
    }
}
