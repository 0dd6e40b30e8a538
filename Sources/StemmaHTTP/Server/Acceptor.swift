internal import Glibc

/// Takes new connections on all listeners and deals them out to the event loops in turn, so that each serves the same
/// number. Runs on the first loop.
struct Acceptor {
    private(set) var listeners: [Listener]
    let mailboxes: [Mailbox]
    let shared: ServerShared
    private var next = 0
    /// Listeners are not watched for now, because descriptors have run out.
    private(set) var isPaused = false

    /// How many connections one listener hands over before others get a turn.
    private static let batchMax = 128

    init(listeners: [Listener], mailboxes: [Mailbox], shared: ServerShared) {
        self.listeners = listeners
        self.mailboxes = mailboxes
        self.shared = shared
    }

    /// Accepts what waits on one listener. Answers how many connections were refused because of a limit, and pauses when
    /// the system has no descriptors left.
    mutating func accept(_ index: Int) -> Int {
        guard listeners.indices.contains(index) else { return 0 }
        let listener = listeners[index]
        var refused = 0
        for _ in 0..<Self.batchMax {
            switch listener.acceptOne() {
            case .none: return refused
            case .exhausted:
                isPaused = true
                shared.log.failure("no descriptors or memory left for new connections on \(listener.bound)")
                return refused
            case .socket(let descriptor, let peer):
                guard shared.limiter.open(peer) else {
                    Self.refuse(descriptor, isTLS: listener.bound.isTLS)
                    refused += 1
                    continue
                }
                deal(AcceptedSocket(descriptor: descriptor, peer: peer, tls: listener.tls))
            }
        }
        return refused
    }

    private mutating func deal(_ socket: AcceptedSocket) {
        let mailbox = mailboxes[next]
        next = (next + 1) % mailboxes.count
        guard !mailbox.post(.accepted(socket)) else { return }
        // The loop has ended: the server is being stopped.
        close(socket.descriptor)
        shared.limiter.close(socket.peer)
    }

    mutating func resume() { isPaused = false }

    /// Takes a last time what clients have already connected, then stops listening.
    mutating func stop() {
        for index in listeners.indices { _ = accept(index) }
        listeners = []
    }

    /// Says why, as far as that can be done without waiting.
    private static func refuse(_ descriptor: Int32, isTLS: Bool) {
        if !isTLS {
            let body =
                #"{"type":"about:blank","title":"Service Unavailable","status":503,"#
                + #""detail":"too many connections","code":"too_many_connections"}"#
            let head =
                "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\n"
                + "Content-Length: \(body.utf8.count)\r\nRetry-After: 1\r\nConnection: close\r\n"
                + "X-Content-Type-Options: nosniff\r\n"
                + "X-Request-Id: refused-\(String(UInt64.random(in: 0 ... .max), radix: 16))\r\n\r\n"
            let bytes = Array((head + body).utf8)
            _ = send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
            shutdown(descriptor, Int32(SHUT_WR))
        }
        close(descriptor)
    }
}
