import Dispatch
import Glibc
import StemmaHTTP
import Synchronization

/// A server on a socket that plays one script for each connection, in order, and remembers what it received.
final class ScriptedServer: Sendable {
    enum Step: Sendable {
        /// Reads until everything received on the connection since the last `read` ends with the text.
        case read(until: String)
        /// Reads that many bytes.
        case readBytes(Int)
        case send(String)
        /// Sends each byte in a write of its own.
        case drip(String)
        /// Waits until the client closes.
        case waitForClose
    }

    let address: HTTPClientAddress
    private let listener: Int32
    private let heard = Mutex<[String]>([])
    private let played = DispatchSemaphore(value: 0)

    /// What each `read` step received, in order; `readBytes` counts as well.
    var received: [String] { heard.withLock { $0 } }

    /// Listens on a free port of `host` (`127.0.0.1` or `::1`).
    init(host: String = "127.0.0.1", _ scripts: [Step]...) throws {
        let isIPv6: Bool = host.contains(":")
        listener = socket(isIPv6 ? AF_INET6 : AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var result: Int32
        var port: UInt16 = 0
        if isIPv6 {
            var name = sockaddr_in6()
            name.sin6_family = sa_family_t(AF_INET6)
            name.sin6_addr = in6addr_loopback
            result = ScriptedServer.bind(listener, &name)
            port = UInt16(bigEndian: name.sin6_port)
        } else {
            var name = sockaddr_in()
            name.sin_family = sa_family_t(AF_INET)
            name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            result = ScriptedServer.bind(listener, &name)
            port = UInt16(bigEndian: name.sin_port)
        }
        guard result == 0 else { throw SystemFailure(errno) }
        address = .tcp(host: host, port: port)
        start(scripts)
    }

    /// Listens on a Unix-domain socket.
    init(unixPath: String, _ scripts: [Step]...) throws {
        listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &name.sun_path) { target in target.copyBytes(from: unixPath.utf8) }
        guard ScriptedServer.bind(listener, &name) == 0 else { throw SystemFailure(errno) }
        address = .unix(path: unixPath)
        start(scripts)
    }

    deinit { close(listener) }

    /// Waits until every script has been played, at most ten seconds.
    func waitUntilPlayed() -> Bool { played.wait(timeout: .now() + .seconds(10)) == .success }

    private static func bind<Name>(_ descriptor: Int32, _ name: inout Name) -> Int32 {
        var length = socklen_t(MemoryLayout<Name>.size)
        return withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                guard Glibc.bind(descriptor, generic, length) == 0, listen(descriptor, 8) == 0 else { return -1 }
                return getsockname(descriptor, generic, &length)
            }
        }
    }

    private func start(_ scripts: [[Step]]) {
        let listener: Int32 = listener
        DispatchQueue(label: "scripted-server").async { [self] in
            for script in scripts {
                let connection: Int32 = accept(listener, nil, nil)
                guard connection >= 0 else { return }
                for step in script where !play(step, connection) { break }
                close(connection)
            }
            played.signal()
        }
    }

    private func play(_ step: Step, _ connection: Int32) -> Bool {
        switch step {
        case .read(let end): return read(connection) { $0.suffix(end.utf8.count).elementsEqual(end.utf8) }
        case .readBytes(let count): return read(connection) { $0.count == count }
        case .send(let text): return send(connection, Array(text.utf8), by: 1 << 20)
        case .drip(let text): return send(connection, Array(text.utf8), by: 1)
        case .waitForClose:
            var bytes = [UInt8](repeating: 0, count: 4_096)
            while recv(connection, &bytes, bytes.count, 0) > 0 {}
            return true
        }
    }

    private func read(_ connection: Int32, until isDone: ([UInt8]) -> Bool) -> Bool {
        var bytes: [UInt8] = []
        while !isDone(bytes) {
            var byte: UInt8 = 0
            guard recv(connection, &byte, 1, 0) == 1 else { break }
            bytes.append(byte)
        }
        let text = String(decoding: bytes, as: UTF8.self)
        heard.withLock { $0.append(text) }
        return isDone(bytes)
    }

    private func send(_ connection: Int32, _ bytes: [UInt8], by size: Int) -> Bool {
        var rest: ArraySlice<UInt8> = bytes[...]
        while !rest.isEmpty {
            let count: Int = rest.prefix(size).withUnsafeBytes {
                Glibc.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}
