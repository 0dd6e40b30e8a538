internal import CZlib

/// Bodies in the content coding `gzip` (RFC 1952, RFC 9110 section 8.4.1.3).
package enum Gzip {
    /// The decoded bytes of one or several gzip members. Memory grows with what comes out, never with what a header claims.
    ///
    /// Throws `HTTPError` 413 as soon as more than `limit` bytes come out, and 400 `invalid_content_coding` for bytes that are
    /// damaged, cut short, or followed by something else.
    package static func decode(_ bytes: [UInt8], limit: Int) throws -> [UInt8] {
        var stream = z_stream()
        guard stemma_inflate_init_gzip(&stream) == Z_OK else { throw damaged("could not be read") }
        defer { inflateEnd(&stream) }
        var decoded: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: pieceBytes)
        try bytes.withUnsafeBufferPointer { source in
            // zlib reads through a pointer that it calls writable, and does not write there.
            stream.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
            stream.avail_in = UInt32(truncatingIfNeeded: source.count)
            while true {
                let (code, count): (Int32, Int) = piece.withUnsafeMutableBufferPointer { target in
                    stream.next_out = target.baseAddress
                    stream.avail_out = UInt32(target.count)
                    let code: Int32 = inflate(&stream, Z_NO_FLUSH)
                    return (code, target.count - Int(stream.avail_out))
                }
                guard decoded.count + count <= limit else { throw HTTPError.payloadTooLarge(limitBytes: limit) }
                decoded.append(contentsOf: piece[0..<count])
                switch code {
                case Z_OK:
                    continue
                case Z_STREAM_END:
                    if stream.avail_in == 0 { return }
                    guard inflateReset(&stream) == Z_OK else { throw damaged("could not be read") }
                case Z_BUF_ERROR:
                    throw damaged("ends early")
                default:
                    throw damaged("is damaged")
                }
            }
        }
        return decoded
    }

    /// What is decoded at a time.
    private static let pieceBytes: Int = 65_536

    private static func damaged(_ how: String) -> HTTPError {
        HTTPError(status: 400, code: "invalid_content_coding", detail: "the gzip body \(how)")
    }
}
