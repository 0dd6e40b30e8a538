internal import CEpoll
internal import Glibc
internal import Synchronization

/// An HTTP/1.1 server: listeners, one event loop a processor, and the router that answers.
///
/// Handlers run as tasks on Swift's pool, inline handlers on the socket threads.
package final class HTTPServer: Sendable {
    private struct State {
        var isStarted = false
        var listeners: [Listener] = []
        var mailboxes: [Mailbox] = []
        var latch: LoopLatch?
    }

    private let shared: ServerShared
    private let state = Mutex(State())

    /// Counts of requests and connections.
    package var metrics: ServerMetrics { shared.metrics }

    /// `errorRenderer` answers for whatever handlers throw and for requests that are not acceptable.
    package init(
        configuration: ServerConfiguration, router: Router,
        errorRenderer: @escaping ErrorRenderer = ProblemRenderer.render,
        log: ServerLog = .silent, metrics: ServerMetrics = ServerMetrics()
    ) {
        shared = ServerShared(
            configuration: configuration, router: router, errorRenderer: errorRenderer, log: log, metrics: metrics)
    }

    /// Binds every listener and begins to serve. Answers the addresses with the ports the system chose, in the order of the
    /// configuration. Throws `ListenError`, and then nothing is left bound.
    package func start() throws -> [BoundAddress] {
        try state.withLock { state in
            guard !state.isStarted else { throw ListenError.alreadyStarted }
            let listeners = try shared.configuration.listeners.map {
                try Listener($0, backlog: shared.configuration.listenBacklog)
            }
            let loopCount = max(1, shared.configuration.eventLoopCount)
            let mailboxes = try (0..<loopCount).map { _ in try Mailbox() }
            let latch = LoopLatch(running: loopCount)
            let acceptor = Acceptor(listeners: listeners, mailboxes: mailboxes, shared: shared)
            let loops = try mailboxes.enumerated().map { index, mailbox in
                try EventLoop(shared: shared, mailbox: mailbox, latch: latch, acceptor: index == 0 ? acceptor : nil)
            }
            shared.metrics.attach(mailboxes, router: shared.router)
            for (index, loop) in loops.enumerated() { try LoopThread.start(loop, number: index) }
            state = State(isStarted: true, listeners: listeners, mailboxes: mailboxes, latch: latch)
            return listeners.map(\.bound)
        }
    }

    /// Stops gracefully: no new connections, idle ones are closed, requests that are running are answered with
    /// `Connection: close`; what is left after `timeout` is cut. Returns when everything is closed.
    package func drain(timeout: Duration) async {
        let milliseconds = max(0, min(timeout / .milliseconds(1), 1e15))
        let deadline = SystemCall.monotonicMicroseconds() / 1_000 + UInt64(milliseconds)
        let (first, latch) = state.withLock { state in
            // The acceptor holds the listeners from now on, and lets go of them when it stops.
            state.listeners = []
            return (state.mailboxes.first, state.latch)
        }
        first?.post(.drain(deadlineMilliseconds: deadline))
        await latch?.wait()
    }

    /// Reads the certificates and keys again, for new connections. Throws `ListenError.tls`; a listener that cannot be
    /// renewed keeps its certificate.
    package func reloadTLS() throws {
        let listeners = state.withLock { $0.listeners }
        var failure: (any Error)?
        for listener in listeners {
            do { try listener.reloadTLS() } catch { failure = failure ?? error }
        }
        if let failure { throw failure }
    }
}

/// The thread of an event loop.
enum LoopThread {
    /// Throws `ListenError.system`.
    static func start(_ loop: EventLoop, number: Int) throws {
        var thread = pthread_t()
        let argument = Unmanaged.passRetained(loop)
        let result = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                // A client that goes away while TLS or sendfile writes must not end the process. The signal is raised for
                // the writing thread only, so blocking it here leaves the application's choice alone.
                var signals = sigset_t()
                sigemptyset(&signals)
                sigaddset(&signals, SIGPIPE)
                pthread_sigmask(SIG_BLOCK, &signals, nil)
                Unmanaged<EventLoop>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, argument.toOpaque())
        guard result == 0 else {
            argument.release()
            errno = result
            throw SystemCall.failure("pthread_create", "event loop \(number)")
        }
        stemma_pthread_setname(thread, "http-\(number)")
        pthread_detach(thread)
    }
}
