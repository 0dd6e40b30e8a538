internal import Glibc

/// One TCP socket, whose calls block until a deadline at most.
struct DeliverySocket: ~Copyable {
    private static let kind: Int32 = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    private static let receivedMaxBytes: Int = 4 * 1024

    private let descriptor: Int32

    private init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Connects to exactly that address. Throws `DeliveryFailure.connect` or `.timeout`.
    static func connect(to address: SocketAddress, by deadline: Deadline) throws(DeliveryFailure) -> DeliverySocket {
        let descriptor: Int32 = Glibc.socket(address.family, kind, 0)
        guard descriptor >= 0 else { throw .connect }
        let socket = DeliverySocket(descriptor)
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        let result: Int32 = address.withSystemAddress { Glibc.connect(descriptor, $0, $1) }
        if result != 0 {
            // An interrupted call goes on in the background as well (connect(2)).
            guard errno == EINPROGRESS || errno == EINTR else { throw .connect }
            _ = try socket.wait(for: POLLOUT, by: deadline)
            var code: Int32 = 0
            var size = socklen_t(MemoryLayout<Int32>.size)
            guard getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size) == 0, code == 0 else { throw .connect }
        }
        return socket
    }

    /// Who is at the other end; nil where the system does not say.
    borrowing func peer() -> SocketAddress? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                getpeername(descriptor, name, &length) == 0 ? SocketAddress(name) : nil
            }
        }
    }

    /// Waits for one of the events; answers those that came. Throws `DeliveryFailure.timeout`, also when something could
    /// be read or written still: a peer that sends one byte after the other gains no time.
    borrowing func wait(for events: Int32, by deadline: Deadline) throws(DeliveryFailure) -> Int32 {
        var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        while true {
            let milliseconds: Int = deadline.remainingMilliseconds
            guard milliseconds > 0 else { throw .timeout }
            let count: Int32 = poll(&entry, 1, Int32(clamping: milliseconds))
            if count > 0 { return Int32(entry.revents) }
            guard count == 0 || errno == EINTR else { throw .connect }
        }
    }

    /// Sends what the socket takes now, and answers how many bytes that were; nil where the peer takes no more.
    borrowing func send(_ bytes: ArraySlice<UInt8>) -> Int? {
        let count: Int = bytes.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        if count >= 0 { return count }
        return errno == EAGAIN || errno == EINTR ? 0 : nil
    }

    /// What has arrived; empty at the end, nil where nothing has arrived.
    borrowing func receive() -> [UInt8]? {
        var hasNothing: Bool = false
        let bytes = [UInt8](unsafeUninitializedCapacity: DeliverySocket.receivedMaxBytes) { target, filled in
            let count: Int = recv(descriptor, target.baseAddress, target.count, 0)
            // A connection that was reset has ended, too.
            hasNothing = count < 0 && (errno == EAGAIN || errno == EINTR)
            filled = max(0, count)
        }
        return hasNothing ? nil : bytes
    }
}
