internal import Glibc

/// Finds where an HTTP/1.1 answer ends in the bytes that have come so far: status line, the two header fields that frame
/// the body (RFC 9112, section 6), chunks. It trusts the server, whose strictness is tested elsewhere.
struct AnswerScanner {
    /// 0 until the head is whole.
    private(set) var status = 0
    /// Bytes up to and including the empty line; 0 until the head is whole.
    private(set) var headLength = 0
    /// Nil where the body comes in chunks.
    private(set) var contentLength: Int?
    /// Whether the server closes the connection after this answer.
    private(set) var isLast = false
    /// Where the chunks' content lies.
    private(set) var chunks: [Range<Int>] = []
    private var chunkPosition = 0

    /// Takes all bytes of this answer from its first; answers how long the whole answer is, or nil while it is not whole.
    mutating func scan(_ bytes: UnsafeRawBufferPointer) throws -> Int? {
        if headLength == 0 {
            var line = 0
            while true {
                guard let end = AnswerScanner.lineEnd(bytes, from: line) else { return nil }
                if end == line { break }
                line = end + 2
            }
            headLength = line + 2
            try readHead(UnsafeRawBufferPointer(rebasing: bytes[0..<headLength]))
        }
        if let contentLength {
            return bytes.count >= headLength + contentLength ? headLength + contentLength : nil
        }
        return try readChunks(bytes)
    }

    private mutating func readHead(_ head: UnsafeRawBufferPointer) throws {
        let digits: Slice<UnsafeRawBufferPointer> = head[9..<12]
        status = digits.reduce(0) { $0 * 10 + Int($1) - 48 }
        guard head[0] == UInt8(ascii: "H"), (200..<600).contains(status) else { throw BenchError("not an HTTP answer") }
        var line = 0
        var isChunked = false
        while line < head.count - 2 {
            guard let end = AnswerScanner.lineEnd(head, from: line) else { break }
            if AnswerScanner.has("content-length:", head, line) {
                contentLength = AnswerScanner.number(head[(line + 15)..<end])
            } else if AnswerScanner.has("transfer-encoding:", head, line) {
                isChunked = true
            } else if AnswerScanner.has("connection: close", head, line) {
                isLast = true
            }
            line = end + 2
        }
        if status == 204 || status == 304 { contentLength = 0 }
        guard isChunked || contentLength != nil else { throw BenchError("an answer without a length") }
        if isChunked { contentLength = nil }
        chunkPosition = headLength
    }

    private mutating func readChunks(_ bytes: UnsafeRawBufferPointer) throws -> Int? {
        while true {
            guard let lineEnd = AnswerScanner.lineEnd(bytes, from: chunkPosition) else { return nil }
            let content: Int = lineEnd + 2
            let length: Int = try AnswerScanner.hexNumber(bytes[chunkPosition..<(content - 2)])
            // The content, or the trailer section that our servers leave empty, and a line end.
            guard bytes.count >= content + length + 2 else { return nil }
            chunkPosition = content + length + 2
            if length == 0 { return chunkPosition }
            chunks.append(content..<(content + length))
        }
    }

    /// Where the next CR LF begins; nil where it has not come yet.
    private static func lineEnd(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard let base = bytes.baseAddress, bytes.count - start >= 2,
            let found = memchr(base + start, 13, bytes.count - start - 1)
        else { return nil }
        return UnsafeRawPointer(found) - base
    }

    private static func has(_ name: StaticString, _ head: UnsafeRawBufferPointer, _ line: Int) -> Bool {
        guard head.count - line > name.utf8CodeUnitCount else { return false }
        let text: UnsafePointer<CChar> = (head.baseAddress! + line).assumingMemoryBound(to: CChar.self)
        return strncasecmp(
            text, UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self), name.utf8CodeUnitCount)
            == 0
    }

    private static func number(_ digits: Slice<UnsafeRawBufferPointer>) -> Int {
        digits.reduce(0) { total, byte in (48...57).contains(byte) ? total * 10 + Int(byte) - 48 : total }
    }

    private static func hexNumber(_ digits: Slice<UnsafeRawBufferPointer>) throws -> Int {
        let text = String(decoding: digits.prefix { $0 != UInt8(ascii: ";") }, as: UTF8.self)
        guard let number = Int(text, radix: 16) else { throw BenchError("a chunk without a length") }
        return number
    }
}
