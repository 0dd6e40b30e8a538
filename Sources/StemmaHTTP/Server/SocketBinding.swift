internal import Glibc

/// Makes bound sockets.
enum SocketBinding {
    /// Neither waits nor survives `exec`.
    static let acceptedFlags = Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)

    /// Binds the first address of `host` that can be bound; answers it in numbers, with the port the system chose.
    static func tcp(host: String, port: UInt16) throws -> (Int32, ListenAddress) {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &found) == 0, let first = found else {
            throw ListenError.unknownHost(host)
        }
        defer { freeaddrinfo(first) }
        var failure: ListenError = .unknownHost(host)
        var candidate: UnsafeMutablePointer<addrinfo>? = first
        while let info = candidate?.pointee {
            do {
                return try bindTCP(info, name: "\(host):\(port)")
            } catch let error as ListenError {
                failure = error
            }
            candidate = info.ai_next
        }
        throw failure
    }

    private static func bindTCP(_ info: addrinfo, name: String) throws -> (Int32, ListenAddress) {
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(info.ai_family, kind, info.ai_protocol)
        guard descriptor >= 0 else { throw SystemCall.failure("socket", name) }
        do {
            set(descriptor, SOL_SOCKET, SO_REUSEADDR, 1)
            if info.ai_family == AF_INET6 { set(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, 0) }
            // Accepted sockets inherit both.
            set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
            set(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1)
            guard bind(descriptor, info.ai_addr, info.ai_addrlen) == 0 else {
                throw errno == EADDRINUSE ? ListenError.inUse(name) : SystemCall.failure("bind", name)
            }
            return (descriptor, try boundAddress(descriptor, name: name))
        } catch {
            close(descriptor)
            throw error
        }
    }

    private static func set(_ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Int32) {
        var value = value
        setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    private static func boundAddress(_ descriptor: Int32, name: String) throws -> ListenAddress {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        var service = [CChar](repeating: 0, count: Int(NI_MAXSERV))
        let result = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                guard getsockname(descriptor, address, &length) == 0 else { return Int32(-1) }
                let flags = NI_NUMERICHOST | NI_NUMERICSERV
                return getnameinfo(
                    address, length, &host, socklen_t(host.count), &service, socklen_t(service.count), flags)
            }
        }
        guard result == 0, let port = UInt16(text(service)) else { throw SystemCall.failure("getsockname", name) }
        return .tcp(host: text(host), port: port)
    }

    private static func text(_ bytes: [CChar]) -> String {
        String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Binds a socket file, which nobody but those in `mode` can connect to at any moment. A socket file that a dead
    /// process has left is replaced; anything else at the path is left alone.
    static func unix(path: String, mode: UInt32) throws -> (Int32, ListenAddress) {
        try removeStale(path)
        let descriptor = try unixSocket(path)
        // Linux makes the file with the socket's own mode less the umask, so it is never open wider than asked for.
        fchmod(descriptor, mode_t(mode))
        let result = withUnixAddress(path) { bind(descriptor, $0, $1) }
        guard result == 0 else {
            let error =
                errno == EADDRINUSE ? ListenError.inUse("unix:\(path)") : SystemCall.failure("bind", "unix:\(path)")
            close(descriptor)
            throw error
        }
        chmod(path, mode_t(mode))
        return (descriptor, .unix(path: path, mode: mode))
    }

    /// What tells a file from another that has its name later.
    struct FileIdentity: Sendable, Equatable {
        let device: UInt64
        let inode: UInt64
    }

    /// nil where there is no such file.
    static func identity(_ path: String) -> FileIdentity? {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        return FileIdentity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
    }

    private static func unixSocket(_ path: String) throws -> Int32 {
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(AF_UNIX, kind, 0)
        guard descriptor >= 0 else { throw SystemCall.failure("socket", "unix:\(path)") }
        return descriptor
    }

    private static func removeStale(_ path: String) throws {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw ListenError.notASocket(path) }
        let probe = try unixSocket(path)
        defer { close(probe) }
        let result = withUnixAddress(path) { connect(probe, $0, $1) }
        guard result != 0, errno == ECONNREFUSED else { throw ListenError.inUse("unix:\(path)") }
        guard unlink(path) == 0 else { throw SystemCall.failure("unlink", "unix:\(path)") }
    }

    private static func withUnixAddress(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32
    {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { target in target.copyBytes(from: path.utf8) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                body(generic, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
