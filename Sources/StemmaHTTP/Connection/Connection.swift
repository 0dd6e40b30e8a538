/// One client connection, confined to its event loop's thread.
///
/// A state machine that `advance` drives as far as the socket allows: it reads heads, answers from memory or starts a
/// handler, passes the body on, sends the answer, and goes on with the next request. Requests on one connection are handled
/// one at a time, in order.
final class Connection {
    enum Phase {
        /// The TLS handshake is under way.
        case handshake
        /// Waiting for a head, or reading one.
        case head
        /// A handler runs.
        case handling
        /// The answer's head is out; its body is being sent.
        case sending
        /// The last answer is on its way or sent; input is thrown away until the client closes.
        case lingering
        case closed
    }

    /// Rounds of reading or sending before other connections get a turn.
    private static let turnsMax = 16

    let token: ConnectionToken
    let peer: PeerAddress
    // The loop owns its connections and outlives them.
    unowned(unsafe) let loop: EventLoop
    var transport: Transport
    var phase: Phase
    var parser = RequestParser()
    /// Bytes read and not yet used: the beginning of a head, a body's first bytes, or further requests.
    var input = ByteBuffer()
    /// Bytes that the socket did not take yet.
    var pending = ByteBuffer()
    var source = BodySource.none
    var exchange: Exchange?
    var timer: ConnectionTimer
    var requestCount = 0
    /// After this answer the connection ends.
    var isClosing = false
    /// The client asked for that and so sends nothing more: no need to linger.
    var closesCleanly = false
    var isOutputClosed = false
    var lingeredBytes = 0
    private var isAdvancing = false

    init(socket: AcceptedSocket, session: TLSSession?, token: ConnectionToken, loop: EventLoop) {
        self.token = token
        self.loop = loop
        peer = socket.peer
        transport = Transport(descriptor: socket.descriptor, tls: session)
        phase = session == nil ? .head : .handshake
        timer = ConnectionTimer(now: loop.nowMilliseconds)
    }

    // MARK: What the loop tells

    @inline(__always)
    func becameReady(_ event: Readiness.Event) {
        if event.isReadable || event.isInputEnded || event.isBroken { transport.canRead = true }
        if event.isWritable { transport.canWrite = true }
        if event.isInputEnded { transport.inputEnding = true }
        if event.isBroken || event.isInputEnded, noteEnding(isBroken: event.isBroken) { return }
        advance()
    }

    /// The client has closed its sending side, or the connection is dead. True where that ended the connection.
    private func noteEnding(isBroken: Bool) -> Bool {
        transport.inputEnding = true
        switch phase {
        case .handling, .sending:
            if isBroken {
                abort()
                return true
            }
            if let exchange { noteHalfClose(exchange) }
        case .lingering where isBroken && pending.isEmpty:
            close()
            return true
        default: break
        }
        return false
    }

    /// Where the client has closed its sending side after a whole request, it is either gone or waits for the answer only:
    /// the handler gets a while. Within a body the end shows when the body is read.
    func noteHalfClose(_ exchange: Exchange) {
        guard transport.inputEnding, phase == .handling, exchange.framing.isComplete else { return }
        timer.halfClosed(now: loop.nowMilliseconds)
    }

    /// Goes on as far as the socket, the handler and fairness allow.
    func advance() {
        guard !isAdvancing else { return }
        isAdvancing = true
        defer { isAdvancing = false }
        for _ in 0..<Self.turnsMax {
            let progressed: Bool
            switch phase {
            case .handshake: progressed = shakeHands()
            case .head: progressed = (hasInput || settleWaiting()) && flush() && readHeads()
            case .handling:
                _ = flush()
                progressed = readBody()
            case .sending:
                let isFlowing = flush()
                let received = readBody()
                progressed = (isFlowing && sendSource()) || received
            case .lingering: progressed = flush() && discardInput()
            case .closed: return
            }
            guard progressed else {
                if phase != .closed, !loop.gather(self) { _ = flush() }
                return
            }
        }
        guard phase != .closed else { return }
        _ = flush()
        loop.postpone(token)
    }

    private func shakeHands() -> Bool {
        guard let tls = transport.tls else { return false }
        switch tls.handshake() {
        case .done:
            phase = .head
            return true
        case .waiting: return false
        case .failed:
            close()
            return false
        }
    }

    /// Acts on time limits that have run out.
    func checkTime() {
        switch timer.expiry(now: loop.nowMilliseconds, limits: loop.shared.timeLimits) {
        case nil: break
        case .idle, .linger: close()
        case .writeStall: abort()
        case .head: headExpired()
        case .body: bodyExpired()
        case .halfClosed: if phase == .handling { exchange?.task?.cancel() }
        }
    }

    private func headExpired() {
        guard phase == .head, !input.isEmpty else { return close() }
        input.removeAll()
        refuse(HTTPError(status: 408, code: "request_timeout", detail: "the header section took too long to arrive"))
        advance()
    }

    private func bodyExpired() {
        let error = HTTPError(status: 408, code: "request_timeout", detail: "the body arrives too slowly")
        exchange?.channel?.fail(error)
        exchange?.isBodyWanted = false
        timer.awaitNothing()
    }

    /// The server is stopping: closes the connection now if no request is under way, else after the answer.
    func drain() {
        guard phase == .head else {
            if phase == .handshake { close() }
            return
        }
        // A request that has arrived but was not read yet is still answered.
        transport.canRead = true
        advance()
        if phase == .head, input.isEmpty, pending.isEmpty { close() }
    }

    // MARK: The end

    /// Breaks off: the client is gone or has to see that its answer is not complete.
    func abort() {
        guard phase != .closed else { return }
        if let exchange { finishRecord(exchange, isComplete: false) }
        close()
    }

    func close() {
        guard phase != .closed else { return }
        phase = .closed
        if let exchange { release(exchange) }
        exchange = nil
        if case .stream(_, _, let waiter) = source { waiter?.resume(returning: false) }
        source = .none
        loop.output.removeAll()
        if !isOutputClosed { transport.closeOutput() }
        loop.remove(self)
    }

    /// Lets the handler know that nobody waits for its answer any more.
    private func release(_ exchange: Exchange) {
        exchange.channel?.fail(
            HTTPError(status: 400, code: "incomplete_body", detail: "the connection ended before the body was complete")
        )
        exchange.task?.cancel()
    }
}
