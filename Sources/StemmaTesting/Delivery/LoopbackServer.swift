internal import Foundation
internal import Glibc
internal import Synchronization

/// A TCP server on a loopback address, which handles one connection after the other on a thread of its own.
package final class LoopbackServer: Sendable {
    /// Handles one connection; the server closes it afterwards.
    package typealias Handler = @Sendable (LoopbackServer, Int32) -> Void

    private struct State {
        var requests: [ReceivedRequest] = []
        var connectionCount: Int = 0
    }

    private let listener: Int32
    package let port: UInt16
    private let state = Mutex(State())
    private let isStopped = DispatchSemaphore(value: 0)

    /// Listens on a port that the system chooses, unless one is given.
    package init(address: String = "127.0.0.1", port: UInt16 = 0, _ handler: @escaping Handler) throws {
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

    package var requests: [ReceivedRequest] { state.withLock { $0.requests } }
    package var connectionCount: Int { state.withLock { $0.connectionCount } }

    package func record(_ request: ReceivedRequest) { state.withLock { $0.requests.append(request) } }

    /// Ends the thread, after the connection that it handles.
    package func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        isStopped.wait()
    }

    /// A socket that is bound but does not listen: connections to its port are refused.
    package static func bind(_ address: String, port: UInt16) throws -> (Int32, UInt16) {
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
    package static func answering(_ text: String) -> Handler {
        { server, connection in
            guard let request = ReceivedRequest.read({ receive(connection) }) else { return }
            server.record(request)
            send(connection, Array(text.utf8))
        }
    }

    /// Reads a request and says nothing until the client goes.
    package static let silent: Handler = { server, connection in
        guard let request = ReceivedRequest.read({ receive(connection) }) else { return }
        server.record(request)
        while !receive(connection).isEmpty {}
    }

    /// What has arrived; empty at the end.
    package static func receive(_ connection: Int32) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 1 << 16) { target, filled in
            filled = max(0, recv(connection, target.baseAddress, target.count, 0))
        }
    }

    package static func send(_ connection: Int32, _ bytes: [UInt8]) {
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

package enum LoopbackError: Error {
    case system(String, Int32)
}
