internal import Glibc

/// Reads answers from a socket and refuses whatever RFC 9112 does not allow a server to send.
struct WireReader {
    private let descriptor: Int32
    private var buffer: [UInt8]
    private var position = 0

    init(descriptor: Int32, buffer: [UInt8]) {
        self.descriptor = descriptor
        self.buffer = buffer
    }

    /// The bytes that belong to later answers.
    var unread: [UInt8] { Array(buffer[position...]) }

    mutating func reply(to method: String) throws -> WireReply {
        let head = try readHead()
        guard method != "HEAD", head.status >= 200, head.status != 204, head.status != 304 else { return head }
        let length = head.values("Content-Length")
        let coding = head.values("Transfer-Encoding")
        guard length.isEmpty || coding.isEmpty else {
            throw WireError.malformed("both length and transfer coding: \(head)")
        }
        if !coding.isEmpty {
            guard coding == ["chunked"] else { throw WireError.malformed("transfer coding \(coding)") }
            return with(head, try readChunks(of: head))
        }
        if !length.isEmpty {
            guard length.count == 1, let count = Int(length[0]), count >= 0 else {
                throw WireError.malformed("content length \(length)")
            }
            return with(head, try read(count, of: head))
        }
        return with(head, try readToEnd())
    }

    private func with(_ head: WireReply, _ body: [UInt8]) -> WireReply {
        WireReply(status: head.status, fields: head.fields, body: body)
    }

    private mutating func readHead() throws -> WireReply {
        var lines: [String] = []
        while true {
            guard let line = try readLine() else {
                if lines.isEmpty, position == buffer.count { throw WireError.closed }
                throw WireError.malformed("the connection ended within the head: \(lines)")
            }
            if line.isEmpty { break }
            lines.append(line)
        }
        guard let first = lines.first else { throw WireError.malformed("an empty line in place of an answer") }
        let parts = first.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "HTTP/1.1", parts[1].utf8.count == 3, let status = Int(parts[1]) else {
            throw WireError.malformed("status line '\(first)'")
        }
        return WireReply(status: status, fields: try lines.dropFirst().map(field), body: [])
    }

    private func field(_ line: String) throws -> WireReply.Field {
        guard let colon = line.firstIndex(of: ":"), colon > line.startIndex,
            !line[..<colon].contains(where: { $0 == " " || $0 == "\t" }),
            line.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 })
        else { throw WireError.malformed("header line '\(line)'") }
        let value = line[line.index(after: colon)...].drop { $0 == " " }
        return WireReply.Field(name: String(line[..<colon]), value: String(value))
    }

    /// The next line without its CRLF; nil when the connection ended first.
    private mutating func readLine() throws -> String? {
        var searched = position
        while true {
            if let end = buffer[searched...].firstIndex(of: 0x0a) {
                guard end > position, buffer[end - 1] == 0x0d else { throw WireError.malformed("a line feed alone") }
                defer { position = end + 1 }
                return String(decoding: buffer[position..<end - 1], as: UTF8.self)
            }
            searched = buffer.count
            guard try fill() else { return nil }
        }
    }

    private mutating func readChunks(of head: WireReply) throws -> [UInt8] {
        var body: [UInt8] = []
        while true {
            guard let line = try readLine() else { throw WireError.truncated(with(head, body)) }
            guard let count = Int(line.prefix { $0 != ";" }, radix: 16) else {
                throw WireError.malformed("chunk '\(line)'")
            }
            if count == 0 { break }
            do { body += try read(count, of: head) } catch WireError.truncated(let part) {
                throw WireError.truncated(with(head, body + part.body))
            }
            guard try readLine() == "" else { throw WireError.malformed("a chunk without its end") }
        }
        guard try readLine() == "" else { throw WireError.malformed("trailers") }
        return body
    }

    private mutating func read(_ count: Int, of head: WireReply) throws -> [UInt8] {
        while buffer.count - position < count {
            guard try fill() else { throw WireError.truncated(with(head, unread)) }
        }
        defer { position += count }
        return Array(buffer[position..<position + count])
    }

    private mutating func readToEnd() throws -> [UInt8] {
        while try fill() {}
        defer { position = buffer.count }
        return unread
    }

    /// Reads what is there; false at the end of the connection.
    private mutating func fill() throws -> Bool {
        var chunk = [UInt8](repeating: 0, count: 262_144)
        while true {
            let count = recv(descriptor, &chunk, chunk.count, 0)
            if count > 0 {
                buffer.append(contentsOf: chunk[..<count])
                return true
            }
            if count == 0 || errno == ECONNRESET { return false }
            if errno == EAGAIN { throw WireError.timedOut }
            guard errno == EINTR else { throw SystemFailure("recv") }
        }
    }
}
