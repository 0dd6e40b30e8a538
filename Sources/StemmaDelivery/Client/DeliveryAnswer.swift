/// A whole answer, for those few whom its body concerns.
package struct DeliveryAnswer: Equatable, Sendable {
    package let status: Int
    package let body: [UInt8]
}

/// Where the body of an answer ends (RFC 9112 section 6.3).
struct AnswerFraming: Equatable {
    /// In bytes; nil where the body goes on to the connection's end.
    var length: Int?
    var isChunked: Bool = false

    /// Reads the fields of a head that was found to be one. Throws `DeliveryFailure.protocol` for codings other than
    /// `chunked`, and for a length that is none.
    init(head: [UInt8], status: Int) throws(DeliveryFailure) {
        if status == 204 || status == 304 { length = 0 }
        for line in String(decoding: head, as: UTF8.self).split(separator: "\r\n").dropFirst() {
            let parts: [Substring] = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            let value: String = parts[1].split { $0 == " " || $0 == "\t" }.joined(separator: " ").lowercased()
            switch parts[0].lowercased() {
            case "content-length":
                guard let number = Int(value), number >= 0, length == nil || length == number || length == 0 else {
                    throw .protocol
                }
                if length == nil { length = number }
            case "transfer-encoding":
                guard value == "chunked" else { throw .protocol }
                isChunked = true
            default: break
            }
        }
        if isChunked { length = nil }
    }

    /// The body that was sent in chunks (RFC 9112 section 7.1); nil while its end is missing. Throws
    /// `DeliveryFailure.protocol`.
    static func decodeChunks(_ bytes: [UInt8]) throws(DeliveryFailure) -> [UInt8]? {
        var body: [UInt8] = []
        var rest: ArraySlice<UInt8> = bytes[...]
        while let end = rest.firstRange(of: [0x0D, 0x0A]) {
            let size: Substring = String(decoding: rest[..<end.lowerBound], as: UTF8.self).prefix {
                $0 != ";" && $0 != " "
            }
            guard (1...8).contains(size.utf8.count), let count = Int(size, radix: 16), count >= 0 else {
                throw .protocol
            }
            // Fields may follow the last chunk; nobody reads them.
            if count == 0 { return body }
            rest = rest[end.upperBound...]
            guard rest.count >= count + 2 else { return nil }
            body += rest.prefix(count)
            guard rest.dropFirst(count).starts(with: [0x0D, 0x0A]) else { throw .protocol }
            rest = rest.dropFirst(count + 2)
        }
        return nil
    }
}
