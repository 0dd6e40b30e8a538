internal import Glibc

/// A plain blocking HTTP/1.1 client that keeps its connection as long as the server does, for everything that is not load.
final class HTTPClient {
    /// An answer with its whole body.
    struct Answer {
        let status: Int
        /// Status line and header fields.
        let head: String
        let body: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }

        /// A header field's value.
        func header(_ name: String) -> String? {
            for line in head.split(separator: "\r\n").dropFirst() {
                guard let colon = line.firstIndex(of: ":"), line[..<colon].lowercased() == name.lowercased() else {
                    continue
                }
                return Text.trimmed(line[line.index(after: colon)...])
            }
            return nil
        }
    }

    private let port: UInt16
    private var socket: TCPSocket
    /// Whether the server closes the connection after its last answer.
    private var isUsedUp = false
    private let fixedHeaders: String

    /// `headers` are lines that every request gets.
    init(port: UInt16, headers: [String] = []) throws {
        self.port = port
        socket = try TCPSocket(port: port)
        fixedHeaders = (["Host: 127.0.0.1"] + headers).map { $0 + "\r\n" }.joined()
    }

    func get(_ path: String, headers: [String] = []) throws -> Answer {
        try request("GET", path, headers: headers)
    }

    /// Sends a request and waits for the whole answer.
    func request(
        _ method: String, _ path: String, headers: [String] = [], body: [UInt8]? = nil
    ) throws -> Answer {
        if isUsedUp {
            socket = try TCPSocket(port: port)
            isUsedUp = false
        }
        try socket.send(head(method, path, headers: headers, contentLength: body?.count) + (body ?? []))
        return try readAnswer()
    }

    /// Sends a request without waiting for its answer, which `readAnswer` gives.
    func send(_ method: String, _ path: String, headers: [String] = [], body: [UInt8]) throws {
        try socket.send(head(method, path, headers: headers, contentLength: body.count) + body)
    }

    /// As `request`, but throws `BenchError` for any status outside 200...299.
    @discardableResult
    func expect(
        _ method: String, _ path: String, headers: [String] = [], body: [UInt8]? = nil
    ) throws -> Answer {
        let answer: Answer = try request(method, path, headers: headers, body: body)
        guard (200..<300).contains(answer.status) else {
            throw BenchError("\(method) \(path) answered \(answer.status): \(answer.text.prefix(300))")
        }
        return answer
    }

    /// Sends a request and gives the socket away, with nothing read from it.
    func open(_ method: String, _ path: String, contentLength: Int? = nil) throws -> TCPSocket {
        try socket.send(head(method, path, headers: [], contentLength: contentLength))
        return socket
    }

    /// Waits for the whole answer of what was sent.
    func readAnswer() throws -> Answer {
        var bytes: [UInt8] = []
        var chunk: [UInt8] = Array(repeating: 0, count: 262_144)
        var scanner = AnswerScanner()
        while true {
            let count: Int = read(socket.descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw BenchError("the server closed the connection") }
            bytes.append(contentsOf: chunk[0..<count])
            guard let end = try bytes.withUnsafeBytes({ try scanner.scan($0) }) else { continue }
            isUsedUp = scanner.isLast
            let body: [UInt8] =
                scanner.contentLength == nil
                ? scanner.chunks.flatMap { bytes[$0] } : Array(bytes[scanner.headLength..<end])
            return Answer(
                status: scanner.status, head: String(decoding: bytes[0..<scanner.headLength], as: UTF8.self), body: body
            )
        }
    }

    private func head(_ method: String, _ path: String, headers: [String], contentLength: Int?) -> [UInt8] {
        let lines: String = headers.map { $0 + "\r\n" }.joined()
        let length: String = contentLength.map { "Content-Length: \($0)\r\n" } ?? ""
        return Array("\(method) \(path) HTTP/1.1\r\n\(fixedHeaders)\(lines)\(length)\r\n".utf8)
    }
}
