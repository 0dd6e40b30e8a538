internal import Dispatch
internal import Glibc
package import StemmaHTTP

/// A blocking client connection for tests: it sends exactly the bytes it is given, and reads answers strictly.
///
/// Blocking calls must not run on Swift's pool, where they could keep handlers from running: use `use(_:_:)`.
package final class RawConnection {
    private let descriptor: Int32
    /// Bytes received; those before `used` are spoken for.
    private var buffer: [UInt8] = []
    private var used = 0
    private var isOpen = true

    /// Runs `body` with a new connection on a thread of its own, and closes it.
    package static func use<Value: Sendable>(
        _ address: BoundAddress, _ body: @escaping @Sendable (RawConnection) throws -> Value
    ) async throws -> Value {
        try await OffPool.run {
            let connection = try RawConnection(address)
            defer { connection.close() }
            return try body(connection)
        }
    }

    /// Connects. Waits at most `timeoutSeconds` for each later read or write. Throws `RawConnectionError`.
    package init(_ address: BoundAddress, timeoutSeconds: Int = 60) throws {
        switch address.address {
        case .tcp(let host, let port): descriptor = try Self.connectTCP(host, port)
        case .unix(let path, _): descriptor = try Self.connectUnix(path)
        }
        var limit = timeval(tv_sec: timeoutSeconds, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close() }

    private static func connectTCP(_ host: String, _ port: UInt16) throws -> Int32 {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &found) == 0, let info = found else {
            throw RawConnectionError.cannotConnect
        }
        defer { freeaddrinfo(info) }
        let descriptor = socket(info.pointee.ai_family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard connect(descriptor, info.pointee.ai_addr, info.pointee.ai_addrlen) == 0 else {
            Glibc.close(descriptor)
            throw RawConnectionError.cannotConnect
        }
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        return descriptor
    }

    private static func connectUnix(_ path: String) throws -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else {
            Glibc.close(descriptor)
            throw RawConnectionError.cannotConnect
        }
        return descriptor
    }

    /// For clients that put TLS on the connection.
    package var rawDescriptor: Int32 { descriptor }

    // MARK: Sending

    /// Sends text as UTF-8.
    package func send(_ text: String) throws { try send(Array(text.utf8)) }

    /// Throws `RawConnectionError.broken` where the server has closed the connection.
    package func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw errno == EAGAIN ? RawConnectionError.timedOut : RawConnectionError.broken }
            sent += count
        }
    }

    /// Ends the sending side only.
    package func halfClose() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Closes with a reset instead of an orderly end.
    package func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        close()
    }

    /// Closes in an orderly way; closing twice is harmless.
    package func close() {
        guard isOpen else { return }
        isOpen = false
        Glibc.close(descriptor)
    }

    // MARK: Receiving

    /// The next answer, interim ones included; nil where the server has closed the connection instead.
    ///
    /// `isHead`: the answer is to a HEAD request. Throws `RawConnectionError` for anything that is not exactly HTTP/1.1, and
    /// where the connection ends within the answer.
    package func readResponse(isHead: Bool = false) throws -> RawResponse? {
        guard let head = try readHead() else { return nil }
        var response = try RawResponse(head: head)
        let hasNoBody = isHead || response.status < 200 || response.status == 204 || response.status == 304
        if hasNoBody { return response }
        if response["transfer-encoding"] == "chunked" {
            guard response["content-length"] == nil else { throw RawConnectionError.malformed("two framings") }
            response.body = try readChunks()
        } else if let text = response["content-length"], let length = Int(text) {
            response.body = try read(length)
        } else {
            response.body = try readToEnd()
        }
        return response
    }

    private func readHead() throws -> String? {
        var lines: [String] = []
        while true {
            guard let line = try readLine(mayEnd: lines.isEmpty) else { return nil }
            if line.isEmpty { return lines.joined(separator: "\r\n") }
            lines.append(line)
        }
    }

    private func readChunks() throws -> [UInt8] {
        var body: [UInt8] = []
        while true {
            let line = try readLine()
            guard let size = Int(line, radix: 16) else { throw RawConnectionError.malformed("chunk size `\(line)`") }
            if size > 0 { body.append(contentsOf: try read(size)) }
            guard try readLine().isEmpty else { throw RawConnectionError.malformed("chunk end") }
            if size == 0 { return body }
        }
    }

    private func readLine() throws -> String {
        guard let line = try readLine(mayEnd: false) else { throw RawConnectionError.cutOff }
        return line
    }

    /// A line without its CRLF; nil where the connection has ended before it and may.
    private func readLine(mayEnd: Bool) throws -> String? {
        var searched = used
        while true {
            if let feed = buffer[searched...].firstIndex(of: 0x0A) {
                guard feed > used, buffer[feed - 1] == 0x0D else {
                    throw RawConnectionError.malformed("bare line feed")
                }
                defer { used = feed + 1 }
                return String(decoding: buffer[used..<(feed - 1)], as: UTF8.self)
            }
            let count = buffer.count - used
            guard try fill() else {
                guard mayEnd, count == 0 else { throw RawConnectionError.cutOff }
                return nil
            }
            searched = used + count
        }
    }

    /// Exactly so many bytes.
    package func read(_ count: Int) throws -> [UInt8] {
        while buffer.count - used < count {
            guard try fill() else { throw RawConnectionError.cutOff }
        }
        defer { used += count }
        return Array(buffer[used..<(used + count)])
    }

    /// Everything until the server closes the connection; a reset counts as closing.
    package func readToEnd() throws -> [UInt8] {
        while try fill() {}
        defer { used = buffer.count }
        return Array(buffer[used...])
    }

    /// Whether the server closes the connection without another byte.
    package func isClosedByServer() throws -> Bool { try readToEnd().isEmpty }

    private func fill() throws -> Bool {
        if used > 0 {
            buffer.removeFirst(used)
            used = 0
        }
        let room = 256 * 1024
        let piece = try [UInt8](unsafeUninitializedCapacity: room) { target, count in
            let received = recv(descriptor, target.baseAddress, room, 0)
            if received < 0, errno == EAGAIN { throw RawConnectionError.timedOut }
            count = max(received, 0)
        }
        buffer.append(contentsOf: piece)
        return !piece.isEmpty
    }
}

/// An answer as it came.
package struct RawResponse: Sendable {
    /// The status code.
    package let status: Int
    /// In order, names in lower case.
    package let fields: [(name: String, value: String)]
    /// The body without its framing.
    package internal(set) var body: [UInt8] = []

    init(head: String) throws {
        let lines = head.split(separator: "\r\n", omittingEmptySubsequences: false)
        let parts = lines[0].split(separator: " ", maxSplits: 2)
        guard parts.count == 3, parts[0] == "HTTP/1.1", let status = Int(parts[1]) else {
            throw RawConnectionError.malformed(String(lines[0]))
        }
        self.status = status
        fields = try lines.dropFirst().map { line in
            guard let colon = line.firstIndex(of: ":"), !line.contains("\n"), !line.contains("\r") else {
                throw RawConnectionError.malformed(String(line))
            }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            return (line[..<colon].lowercased(), String(value))
        }
    }

    /// The first value of a field; `name` in lower case.
    package subscript(_ name: String) -> String? { fields.first { $0.name == name }?.value }

    /// The body as text.
    package var text: String { String(decoding: body, as: UTF8.self) }
}

/// What a test client met.
package enum RawConnectionError: Error, Sendable, Equatable {
    case cannotConnect
    case timedOut
    case broken
    /// The connection ended within an answer.
    case cutOff
    case malformed(String)
}

/// Runs blocking code on a thread of its own.
package enum OffPool {
    /// Runs `body` and waits for it without blocking the caller's thread.
    package static func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            // A serial queue brings a thread of its own, however many of them are blocked.
            DispatchQueue(label: "off-pool").async { continuation.resume(with: Result { try body() }) }
        }
    }
}
