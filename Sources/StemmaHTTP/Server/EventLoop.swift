internal import Glibc

/// One thread that serves sockets: it waits for readiness, advances connections, and takes messages from other threads.
/// Everything in it belongs to that thread; others use the mailbox.
final class EventLoop {
    /// Room to read into, shared by the loop's connections one after the other.
    static let scratchBytes = 256 * 1024
    /// Output gathered before it is sent at the latest.
    static let outputBatchBytes = 64 * 1024

    let shared: ServerShared
    let mailbox: Mailbox
    let scratch: UnsafeMutableRawPointer
    /// What the connection that is being advanced wants to send: empty between two connections.
    var output = ByteBuffer(capacity: EventLoop.outputBatchBytes)
    /// Small answers of the round, sent together at its end: so a client on the same machine is not woken after each of
    /// them, and the next read is not held up.
    private var gathered = ByteBuffer(capacity: EventLoop.outputBatchBytes)
    private var gatheredParts: [(connection: Connection, count: Int)] = []
    private var isGathering = false
    var captures = Captures()
    /// The inline request's parameters; kept to be used again.
    var parameters: [UnsafeRawBufferPointer] = []
    var commonFields = CommonFields()
    var metrics = LoopMetrics()
    /// The time at which the current round began.
    private(set) var nowMicroseconds: UInt64 = 0
    private(set) var nowMilliseconds: UInt64 = 0
    private(set) var isDraining = false

    private let readiness: Readiness
    private let latch: LoopLatch
    private var acceptor: Acceptor?
    private var connections: [Connection?] = []
    private var generation: UInt32 = 0
    private var postponed: [ConnectionToken] = []
    private var nextTickMilliseconds: UInt64 = 0
    private var drainDeadlineMilliseconds = UInt64.max

    /// Slots that no descriptor has.
    private static let mailboxToken = UInt64(UInt32.max) - 1
    private static let listenerSlot = UInt64(UInt32.max)

    /// `acceptor` for the first loop only. Throws `ListenError.system`.
    init(shared: ServerShared, mailbox: Mailbox, latch: LoopLatch, acceptor: Acceptor?) throws {
        self.shared = shared
        self.mailbox = mailbox
        self.latch = latch
        self.acceptor = acceptor
        readiness = try Readiness()
        scratch = .allocate(byteCount: Self.scratchBytes, alignment: 4096)
        guard readiness.addInput(mailbox.descriptor, token: Self.mailboxToken) else {
            throw SystemCall.failure("epoll_ctl", "event loop")
        }
        watchListeners()
    }

    deinit { scratch.deallocate() }

    // MARK: Running

    /// Serves until drained.
    func run() {
        updateTime()
        nextTickMilliseconds = nowMilliseconds + shared.configuration.tickMilliseconds
        while !(isDraining && metrics.openConnections == 0 && mailbox.isEmpty) {
            let count = readiness.wait(timeoutMilliseconds: waitMilliseconds)
            updateTime()
            isGathering = count > 1
            for index in 0..<count { handle(readiness.event(index)) }
            isGathering = false
            sendGathered()
            advancePostponed()
            if nowMilliseconds >= nextTickMilliseconds { tick() }
        }
        end()
    }

    private func updateTime() {
        nowMicroseconds = SystemCall.monotonicMicroseconds()
        nowMilliseconds = nowMicroseconds / 1_000
        commonFields.refresh()
    }

    private var waitMilliseconds: Int32 {
        if !postponed.isEmpty { return 0 }
        if metrics.openConnections == 0, acceptor?.isPaused != true { return -1 }
        return Int32(clamping: nextTickMilliseconds > nowMilliseconds ? nextTickMilliseconds - nowMilliseconds : 0)
    }

    @inline(__always)
    private func handle(_ event: Readiness.Event) {
        let token = ConnectionToken(raw: event.token)
        if let connection = connection(token) {
            connection.becameReady(event)
        } else if event.token == Self.mailboxToken {
            // Messages may concern connections whose answers were gathered.
            sendGathered()
            let wasGathering = isGathering
            isGathering = false
            for message in mailbox.take() { receive(message) }
            isGathering = wasGathering
        } else if event.token & Self.listenerSlot == Self.listenerSlot {
            accept(Int(event.token >> 32))
        }
    }

    @inline(__always)
    private func connection(_ token: ConnectionToken) -> Connection? {
        let slot = token.slot
        guard slot < connections.count, let connection = connections[slot], connection.token == token else {
            return nil
        }
        return connection
    }

    /// Takes over the output of a connection that waits for its next request. False where it has to be sent now.
    func gather(_ connection: Connection) -> Bool {
        guard isGathering, connection.phase == .head, connection.pending.isEmpty else { return false }
        let count = output.count
        guard count > 0, count <= gathered.room else { return false }
        gathered.append(output.readable, count)
        gatheredParts.append((connection, count))
        output.removeAll()
        return true
    }

    private func sendGathered() {
        guard !gatheredParts.isEmpty else { return }
        var at = 0
        for part in gatheredParts {
            part.connection.sendGathered(gathered.readable + at, part.count)
            at += part.count
        }
        gatheredParts.removeAll(keepingCapacity: true)
        gathered.removeAll()
    }

    /// Has a connection advanced again after all others had their turn.
    func postpone(_ token: ConnectionToken) { postponed.append(token) }

    private func advancePostponed() {
        guard !postponed.isEmpty else { return }
        let tokens = postponed
        postponed.removeAll(keepingCapacity: true)
        for token in tokens { connection(token)?.advance() }
    }

    private func tick() {
        nextTickMilliseconds = nowMilliseconds + shared.configuration.tickMilliseconds
        if acceptor?.isPaused == true {
            acceptor?.resume()
            watchListeners()
        }
        let isOver = nowMilliseconds >= drainDeadlineMilliseconds
        for slot in connections.indices {
            guard let connection = connections[slot] else { continue }
            if isOver { connection.abort() } else { connection.checkTime() }
        }
    }

    // MARK: Connections

    private func watchListeners() {
        guard let acceptor else { return }
        for (index, listener) in acceptor.listeners.enumerated() {
            let watched = readiness.addInput(listener.descriptor, token: UInt64(index) << 32 | Self.listenerSlot)
            if !watched { shared.log.failure("cannot watch the listener \(listener.bound)") }
        }
    }

    private func accept(_ index: Int) {
        guard acceptor != nil else { return }
        metrics.refusedConnections += UInt64(acceptor?.accept(index) ?? 0)
        guard let acceptor, acceptor.isPaused else { return }
        for listener in acceptor.listeners { readiness.remove(listener.descriptor) }
    }

    private func adopt(_ socket: AcceptedSocket) {
        generation &+= 1
        // Generation 0 and the largest are left out, so that no token looks like those of mailbox and listeners.
        if generation == 0 || generation == UInt32.max { generation = 1 }
        let token = ConnectionToken(descriptor: socket.descriptor, generation: generation)
        let session = socket.tls?.makeSession(descriptor: socket.descriptor)
        guard socket.tls == nil || session != nil, readiness.addConnection(socket.descriptor, token: token.raw) else {
            close(socket.descriptor)
            shared.limiter.close(socket.peer)
            shared.log.failure("no memory for a new connection")
            return
        }
        while connections.count <= token.slot { connections.append(nil) }
        let connection = Connection(socket: socket, session: session, token: token, loop: self)
        connections[token.slot] = connection
        metrics.openConnections += 1
        metrics.acceptedConnections += 1
    }

    /// Forgets a connection that has closed itself.
    func remove(_ connection: Connection) {
        connections[connection.token.slot] = nil
        metrics.openConnections -= 1
        shared.limiter.close(connection.peer)
    }

    // MARK: Messages

    private func receive(_ message: LoopMessage) {
        switch message {
        case .accepted(let socket): adopt(socket)
        case .respond(let token, let response): connection(token)?.respond(response)
        case .piece(let token, let piece, let continuation):
            guard let connection = connection(token) else { return continuation.resume(returning: false) }
            connection.send(piece, then: continuation)
        case .streamEnded(let token, let isComplete): connection(token)?.streamEnded(isComplete: isComplete)
        case .bodyWanted(let token): connection(token)?.wantBody()
        case .drain(let deadline): drain(deadline)
        case .metrics(let continuation): continuation.resume(returning: metrics)
        }
    }

    private func drain(_ deadline: UInt64) {
        drainDeadlineMilliseconds = min(deadline, drainDeadlineMilliseconds)
        nextTickMilliseconds = nowMilliseconds
        guard !isDraining else { return }
        isDraining = true
        if var acceptor {
            for listener in acceptor.listeners { readiness.remove(listener.descriptor) }
            acceptor.stop()
            self.acceptor = nil
            // The other loops are told from here, so that the connections dealt last reach them before.
            for other in acceptor.mailboxes where other !== mailbox {
                other.post(.drain(deadlineMilliseconds: deadline))
            }
        }
        for slot in connections.indices { connections[slot]?.drain() }
    }

    private func end() {
        for message in mailbox.close() {
            switch message {
            case .accepted(let socket):
                close(socket.descriptor)
                shared.limiter.close(socket.peer)
            case .piece(_, _, let continuation): continuation.resume(returning: false)
            case .metrics(let continuation): continuation.resume(returning: metrics)
            case .respond, .streamEnded, .bodyWanted, .drain: break
            }
        }
        shared.metrics.detach(mailbox, last: metrics)
        latch.loopEnded()
    }
}
