internal import Glibc

/// A connection to a port of the loopback interface; closed when nobody holds it any more.
final class TCPSocket {
    let descriptor: Int32

    /// Blocking, and sending small pieces at once. Throws `BenchError`.
    init(port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw BenchError.system("socket") }
        var address: sockaddr_in = Ports.loopback(port)
        let code: Int32 = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                connect(descriptor, raw, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 else {
            let failure = BenchError.system("connect to port \(port)")
            close(descriptor)
            throw failure
        }
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    deinit { close(descriptor) }

    func setNonBlocking() {
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    }

    /// Sends all of it. Throws `BenchError`.
    func send(_ bytes: [UInt8]) throws {
        guard Files.writeAll(bytes, to: descriptor) else { throw BenchError.system("send") }
    }
}
