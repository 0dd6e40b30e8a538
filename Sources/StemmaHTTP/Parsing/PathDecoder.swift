/// Percent-decodes a path once (RFC 3986 section 2.1).
///
/// An encoded slash must not become a separator, so it is kept as a zero byte, which no decoded path may contain
/// otherwise; `restored` turns it into a slash when a parameter is made.
enum PathDecoder {
    /// The decoded path. Throws `HTTPError` 400 `invalid_name` for a broken escape, for bytes that are not UTF-8, for an
    /// encoded NUL, and for a segment that decodes to `.` or `..`.
    static func decode(_ path: UnsafeRawBufferPointer) throws(HTTPError) -> [UInt8] {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(path.count)
        var at = 0
        while at < path.count {
            guard path[at] == UInt8(ascii: "%") else {
                decoded.append(path[at])
                at += 1
                continue
            }
            guard at + 2 < path.count, let high = ByteScan.hexValue(path[at + 1]),
                let low = ByteScan.hexValue(path[at + 2])
            else { throw refused("a percent sign is not followed by two hexadecimal digits") }
            let byte = high << 4 | low
            guard byte != 0 else { throw refused("the path has an encoded NUL") }
            decoded.append(byte == UInt8(ascii: "/") ? 0 : byte)
            at += 3
        }
        guard String(validating: decoded, as: UTF8.self) != nil else { throw refused("the path is not UTF-8") }
        guard !hasDotSegment(decoded) else { throw MessageFault.dotSegment.error }
        return decoded
    }

    /// A decoded run of the path as a parameter.
    static func restored(_ bytes: UnsafeRawBufferPointer) -> String {
        String(decoding: bytes.map { $0 == 0 ? UInt8(ascii: "/") : $0 }, as: UTF8.self)
    }

    private static func hasDotSegment(_ decoded: [UInt8]) -> Bool {
        decoded.split(whereSeparator: { $0 == 0 || $0 == UInt8(ascii: "/") })
            .contains { $0.elementsEqual(".".utf8) || $0.elementsEqual("..".utf8) }
    }

    private static func refused(_ detail: String) -> HTTPError {
        HTTPError(status: 400, code: "invalid_name", detail: detail)
    }
}
