internal import Glibc

/// One connected socket whose calls block, but no longer than a limit without any byte moving.
struct ClientSocket: ~Copyable {
    private static let flags: Int32 = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    /// The most bytes sent between two looks for an early answer.
    private static let pieceMaxBytes: Int = 1 << 20

    private let descriptor: Int32
    private let timeoutMilliseconds: Int

    private init(_ descriptor: Int32, _ timeoutMilliseconds: Int) {
        self.descriptor = descriptor
        self.timeoutMilliseconds = timeoutMilliseconds
    }

    deinit { close(descriptor) }

    /// Connects, trying each address of the host in turn.
    static func connect(
        _ address: HTTPClientAddress, timeoutMilliseconds: Int
    ) throws(HTTPClientError) -> ClientSocket {
        switch address {
        case .unix(let path):
            return try connectUnix(path, address, timeoutMilliseconds)
        case .tcp(let host, let port):
            var hints = addrinfo()
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
            hints.ai_flags = AI_NUMERICSERV
            var found: UnsafeMutablePointer<addrinfo>?
            guard getaddrinfo(host, String(port), &hints, &found) == 0, let first = found else {
                throw .connection("the host `\(host)` has no address")
            }
            defer { freeaddrinfo(first) }
            var failure: HTTPClientError = .refused(address.description)
            var candidate: UnsafeMutablePointer<addrinfo>? = first
            while let info = candidate?.pointee {
                do throws(HTTPClientError) {
                    let socket = try open(info.ai_family, timeoutMilliseconds)
                    var on: Int32 = 1
                    setsockopt(
                        socket.descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
                    try socket.connect(info.ai_addr, info.ai_addrlen, address)
                    return socket
                } catch {
                    failure = error
                }
                candidate = info.ai_next
            }
            throw failure
        }
    }

    private static func connectUnix(
        _ path: String, _ address: HTTPClientAddress, _ timeoutMilliseconds: Int
    ) throws(HTTPClientError) -> ClientSocket {
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &name.sun_path) { target in target.copyBytes(from: path.utf8) }
        let socket = try open(AF_UNIX, timeoutMilliseconds)
        let length = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result: Result<Void, HTTPClientError> = withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                do throws(HTTPClientError) {
                    return .success(try socket.connect(generic, length, address))
                } catch {
                    return .failure(error)
                }
            }
        }
        try result.get()
        return socket
    }

    private static func open(_ family: Int32, _ timeoutMilliseconds: Int) throws(HTTPClientError) -> ClientSocket {
        let descriptor: Int32 = socket(family, flags, 0)
        guard descriptor >= 0 else { throw failure("socket") }
        return ClientSocket(descriptor, timeoutMilliseconds)
    }

    private borrowing func connect(
        _ name: UnsafePointer<sockaddr>, _ length: socklen_t, _ address: HTTPClientAddress
    ) throws(HTTPClientError) {
        guard Glibc.connect(descriptor, name, length) != 0 else { return }
        guard errno == EINPROGRESS else { throw ClientSocket.connectFailure(errno, address) }
        try wait(for: POLLOUT)
        var code: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size)
        guard code == 0 else { throw ClientSocket.connectFailure(code, address) }
    }

    private static func connectFailure(_ code: Int32, _ address: HTTPClientAddress) -> HTTPClientError {
        // A socket file that is not there means the same as one that nobody listens on.
        if code == ECONNREFUSED || code == ENOENT { return .refused(address.description) }
        return .connection("cannot connect to \(address): \(String(cString: strerror(code)))")
    }

    private static func failure(_ call: String) -> HTTPClientError {
        .connection("\(call): \(String(cString: strerror(errno)))")
    }

    /// Waits for an event; answers those that came.
    @discardableResult
    private borrowing func wait(for events: Int32) throws(HTTPClientError) -> Int32 {
        guard let ready = try poll(events, milliseconds: timeoutMilliseconds) else {
            throw .timedOut(milliseconds: timeoutMilliseconds)
        }
        return ready
    }

    /// nil where nothing happened in that time.
    private borrowing func poll(_ events: Int32, milliseconds: Int) throws(HTTPClientError) -> Int32? {
        var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        while true {
            let count: Int32 = Glibc.poll(&entry, 1, Int32(milliseconds))
            if count > 0 { return Int32(entry.revents) }
            if count == 0 { return nil }
            guard errno == EINTR else { throw ClientSocket.failure("poll") }
        }
    }

    /// Whether there is something to read now, be it the end.
    borrowing func isReadable() throws(HTTPClientError) -> Bool {
        try poll(POLLIN, milliseconds: 0) != nil
    }

    /// Reads at least one byte; 0 at the end.
    borrowing func read(into buffer: UnsafeMutableRawBufferPointer) throws(HTTPClientError) -> Int {
        while true {
            let count: Int = recv(descriptor, buffer.baseAddress, buffer.count, 0)
            if count >= 0 { return count }
            switch errno {
            case EINTR: continue
            case EAGAIN: try wait(for: POLLIN)
            case ECONNRESET: return 0
            default: throw ClientSocket.failure("recv")
            }
        }
    }

    /// Sends everything; answers false as soon as the server answers or closes instead of taking more.
    borrowing func write(_ bytes: UnsafeRawBufferPointer) throws(HTTPClientError) -> Bool {
        var rest: UnsafeRawBufferPointer = bytes
        while !rest.isEmpty {
            let size: Int = min(rest.count, ClientSocket.pieceMaxBytes)
            let count: Int = send(descriptor, rest.baseAddress, size, Int32(MSG_NOSIGNAL))
            if count >= 0 {
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
                // A server that answers and still takes what comes never lets the socket fill.
                if !rest.isEmpty, try isReadable() { return false }
            } else if errno == EAGAIN {
                guard try wait(for: POLLOUT | POLLIN) & POLLIN == 0 else { return false }
            } else if errno == EPIPE || errno == ECONNRESET {
                return false
            } else if errno != EINTR {
                throw ClientSocket.failure("send")
            }
        }
        return true
    }

    /// How a transfer from a descriptor ended.
    enum Transfer {
        case done
        /// The server answered or closed before it was over.
        case stopped
        /// The system cannot send from this descriptor without a copy, e.g. a pipe. Nothing was sent.
        case unsupported
        /// The descriptor has fewer bytes than promised.
        case short
    }

    /// Sends `length` bytes from a descriptor's position on without copying them (sendfile(2)).
    borrowing func write(from source: Int32, length: Int64) throws(HTTPClientError) -> Transfer {
        var rest: Int64 = length
        while rest > 0 {
            let count: Int = sendfile(descriptor, source, nil, Int(min(rest, Int64(ClientSocket.pieceMaxBytes))))
            if count > 0 {
                rest -= Int64(count)
                if rest > 0, try isReadable() { return .stopped }
            } else if count == 0 {
                return .short
            } else if errno == EAGAIN {
                guard try wait(for: POLLOUT | POLLIN) & POLLIN == 0 else { return .stopped }
            } else if errno == EPIPE || errno == ECONNRESET {
                return .stopped
            } else if rest == length, errno == EINVAL || errno == ENOSYS {
                return .unsupported
            } else if errno != EINTR {
                throw ClientSocket.failure("sendfile")
            }
        }
        return .done
    }
}
