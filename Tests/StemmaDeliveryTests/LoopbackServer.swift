import Foundation
import Glibc
import StemmaDelivery
import Synchronization

/// A TCP server on a loopback address, which handles one connection after the other on a thread of its own.
final class LoopbackServer: Sendable {
    /// Handles one connection; the server closes it afterwards.
    typealias Handler = @Sendable (LoopbackServer, Int32) -> Void

    private struct State {
        var requests: [Request] = []
        var connectionCount: Int = 0
    }

    private let listener: Int32
    let port: UInt16
    private let state = Mutex(State())
    private let isStopped = DispatchSemaphore(value: 0)

    /// Listens on a port that the system chooses, unless one is given.
    init(address: String = "127.0.0.1", port: UInt16 = 0, _ handler: @escaping Handler) throws {
        (listener, self.port) = try LoopbackServer.bind(address, port: port)
        guard listen(listener, 16) == 0 else { throw LoopbackError.system("listen", errno) }
        Thread.detachNewThread { [self] in
            LoopbackServer.ignoreBrokenPipes()
            while true {
                let connection: Int32 = accept(listener, nil, nil)
                guard connection >= 0 else { break }
                state.withLock { $0.connectionCount += 1 }
                handler(self, connection)
                close(connection)
            }
            close(listener)
            isStopped.signal()
        }
    }

    var requests: [Request] { state.withLock { $0.requests } }
    var connectionCount: Int { state.withLock { $0.connectionCount } }

    func record(_ request: Request) { state.withLock { $0.requests.append(request) } }

    /// Ends the thread, after the connection that it handles.
    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        isStopped.wait()
    }

    /// A socket that is bound but does not listen: connections to its port are refused.
    static func bind(_ address: String, port: UInt16) throws -> (Int32, UInt16) {
        let descriptor: Int32 = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = port.bigEndian
        guard inet_pton(AF_INET, address, &name.sin_addr) == 1 else { throw LoopbackError.system("inet_pton", 0) }
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code: Int32 = withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                guard Glibc.bind(descriptor, generic, length) == 0 else { return errno }
                return getsockname(descriptor, generic, &length) == 0 ? 0 : errno
            }
        }
        guard code == 0 else { throw LoopbackError.system("bind", code) }
        return (descriptor, UInt16(bigEndian: name.sin_port))
    }

    // MARK: Handlers

    /// Reads a request, records it and answers with that text.
    static func answering(_ text: String) -> Handler {
        { server, connection in
            guard let request = Request.read({ receive(connection) }) else { return }
            server.record(request)
            send(connection, Array(text.utf8))
        }
    }

    /// Reads a request and says nothing until the client goes.
    static let silent: Handler = { server, connection in
        guard let request = Request.read({ receive(connection) }) else { return }
        server.record(request)
        while !receive(connection).isEmpty {}
    }

    /// What has arrived; empty at the end.
    static func receive(_ connection: Int32) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 1 << 16) { target, filled in
            filled = max(0, recv(connection, target.baseAddress, target.count, 0))
        }
    }

    static func send(_ connection: Int32, _ bytes: [UInt8]) {
        var sent: Int = 0
        while sent < bytes.count {
            let count: Int = bytes[sent...].withUnsafeBytes {
                Glibc.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
    }

    /// For OpenSSL, which writes without MSG_NOSIGNAL. On this thread alone: the client has to do without.
    private static func ignoreBrokenPipes() {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }
}

enum LoopbackError: Error {
    case system(String, Int32)
}

/// A request as the server got it.
struct Request: Sendable {
    let line: String
    /// With names in lower case, in order.
    let fields: [(name: String, value: String)]
    let body: [UInt8]

    subscript(name: String) -> String? {
        let values: [String] = fields.filter { $0.name == name }.map(\.value)
        return values.count == 1 ? values[0] : nil
    }

    /// Reads from pieces until the body is whole; nil where they end before.
    static func read(_ next: () -> [UInt8]) -> Request? {
        var received: [UInt8] = []
        while true {
            let piece: [UInt8] = next()
            guard !piece.isEmpty else { return nil }
            received += piece
            guard let end = received.firstRange(of: Array("\r\n\r\n".utf8)) else { continue }
            var lines: [String] = String(decoding: received[..<end.lowerBound], as: UTF8.self)
                .components(separatedBy: "\r\n")
            let line: String = lines.removeFirst()
            let fields: [(name: String, value: String)] = lines.map { line in
                let parts: [String] = line.components(separatedBy: ": ")
                return (parts[0].lowercased(), parts.dropFirst().joined(separator: ": "))
            }
            let length: Int = fields.first { $0.name == "content-length" }.flatMap { Int($0.value) } ?? 0
            while received.count < end.upperBound + length {
                let piece: [UInt8] = next()
                guard !piece.isEmpty else { return nil }
                received += piece
            }
            return Request(line: line, fields: fields, body: Array(received[end.upperBound...]))
        }
    }
}

/// Answers what it is told to, and counts how often it is asked. It answers the last list for ever.
final class ScriptedResolver: AddressResolver {
    private let answers: [[IPAddress]]
    private let askedFor = Mutex<[String]>([])

    init(_ answers: [String]...) { self.answers = answers.map { $0.compactMap { IPAddress($0) } } }

    var names: [String] { askedFor.withLock { $0 } }

    func addresses(of host: String) throws(ResolutionError) -> [IPAddress] {
        let count: Int = askedFor.withLock { names in
            names.append(host)
            return names.count
        }
        guard let last = answers.last else { throw .unknownHost }
        return count <= answers.count ? answers[count - 1] : last
    }
}

/// Runs blocking work on a thread of its own, off Swift's pool.
func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
    }
}
