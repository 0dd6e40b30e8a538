internal import CEpoll
internal import Glibc
internal import StemmaDigest

/// Large bodies through one connection, at little cost to the machine that the server shares.
enum BulkTransfer {
    /// Sends a file as a blob and waits until it is acknowledged as new. Throws `BenchError`.
    static func upload(_ file: String, _ size: Int, _ digest: String, to daemon: Daemon) throws {
        let source: Int32 = open(file, O_RDONLY | O_CLOEXEC)
        guard source >= 0 else { throw BenchError.system("open \(file)") }
        defer { close(source) }
        let client: HTTPClient = try daemon.client()
        let socket: TCPSocket = try client.open("PUT", "/v1/blobs/\(digest)", contentLength: size)
        var offset: off_t = 0
        while offset < size {
            let count: Int = sendfile(socket.descriptor, source, &offset, size - Int(offset))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw BenchError.system("sendfile") }
        }
        let answer: HTTPClient.Answer = try client.readAnswer()
        guard answer.status == 201 else {
            throw BenchError("the upload answered \(answer.status): \(answer.text.prefix(300))")
        }
    }

    /// Reads a body of that size and forgets it. Throws `BenchError`.
    static func download(_ path: String, _ size: Int, from client: HTTPClient) throws {
        try receive(path, size, from: client) { _ in }
    }

    /// Reads a blob and hashes it. Throws `BenchError` where the bytes are not those of the digest.
    static func verify(_ path: String, _ size: Int, _ digest: String, from daemon: Daemon) throws {
        let hasher = SHA256Hasher()
        try receive(path, size, from: daemon.client()) { hasher.update($0) }
        guard hasher.finish().description == digest else { throw BenchError("the download is not what was uploaded") }
    }

    private static func receive(
        _ path: String, _ size: Int, from client: HTTPClient, _ body: (UnsafeRawBufferPointer) -> Void
    ) throws {
        let socket: TCPSocket = try client.open("GET", path)
        var buffer: [UInt8] = Array(repeating: 0, count: 262_144)
        var scanner = AnswerScanner()
        var head: [UInt8] = []
        var received = 0
        while scanner.headLength == 0 || received < size {
            let count: Int = read(socket.descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw BenchError("the download of \(path) broke off after \(received) bytes") }
            guard scanner.headLength == 0 else {
                received += count
                buffer.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[0..<count])) }
                continue
            }
            head.append(contentsOf: buffer[0..<count])
            _ = try head.withUnsafeBytes { try scanner.scan($0) }
            guard scanner.headLength > 0 else { continue }
            guard scanner.status == 200, scanner.contentLength == size else {
                throw BenchError("GET \(path) answered \(scanner.status), length \(scanner.contentLength ?? -1)")
            }
            received = head.count - scanner.headLength
            head.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[scanner.headLength...])) }
        }
    }
}
