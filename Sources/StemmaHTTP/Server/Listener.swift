internal import CEpoll
internal import Glibc
internal import Synchronization

/// One bound and listening socket. Closed with the last reference; the file of a Unix-domain socket goes with it.
final class Listener: Sendable {
    let descriptor: Int32
    let bound: BoundAddress
    /// Which file the Unix-domain socket made.
    private let fileIdentity: SocketBinding.FileIdentity?
    private let tlsConfiguration: TLSConfiguration?
    private let context: Mutex<TLSContext?>

    /// Binds and listens. Throws `ListenError`.
    init(_ configuration: ListenerConfiguration, backlog: Int32) throws {
        tlsConfiguration = configuration.tls
        context = Mutex(try configuration.tls.map { try TLSContext($0) })
        let (descriptor, address): (Int32, ListenAddress)
        switch configuration.address {
        case .tcp(let host, let port): (descriptor, address) = try SocketBinding.tcp(host: host, port: port)
        case .unix(let path, let mode): (descriptor, address) = try SocketBinding.unix(path: path, mode: mode)
        }
        self.descriptor = descriptor
        if case .unix(let path, _) = address {
            fileIdentity = SocketBinding.identity(path)
        } else {
            fileIdentity = nil
        }
        bound = BoundAddress(address: address, isTLS: configuration.tls != nil)
        guard listen(descriptor, backlog) == 0 else { throw SystemCall.failure("listen", "\(bound)") }
    }

    deinit {
        close(descriptor)
        // Not a socket that someone else has put in its place.
        if case .unix(let path, _) = bound.address, SocketBinding.identity(path) == fileIdentity { unlink(path) }
    }

    /// What new connections use; nil on a plain socket.
    var tls: TLSContext? { context.withLock { $0 } }

    /// Reads certificate and key again; connections that are open keep what they have. Throws `ListenError.tls` and then
    /// goes on with the former certificate.
    func reloadTLS() throws {
        guard let tlsConfiguration else { return }
        let fresh = try TLSContext(tlsConfiguration)
        context.withLock { $0 = fresh }
    }

    /// What came of one attempt to accept.
    enum Accepted {
        case socket(Int32, PeerAddress)
        /// Nobody waits.
        case none
        /// The system has no descriptor or memory left.
        case exhausted
    }

    func acceptOne() -> Accepted {
        while true {
            var storage = sockaddr_storage()
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let accepted = withUnsafeMutablePointer(to: &storage) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    stemma_accept4(descriptor, address, &length, SocketBinding.acceptedFlags)
                }
            }
            if accepted >= 0 { return .socket(accepted, PeerAddress(storage)) }
            switch errno {
            case EAGAIN: return .none
            case EMFILE, ENFILE, ENOBUFS, ENOMEM: return .exhausted
            default: continue  // The connection was gone before it could be taken (accept(2)).
            }
        }
    }
}
