/// Reading heads, and answering from memory.
extension Connection {
    /// How much is read at once while heads are awaited.
    private static let headReadBytes = 64 * 1024

    /// Reads and handles requests while the connection waits for any. False where nothing more can be done now.
    func readHeads() -> Bool {
        if !input.isEmpty {
            let before = input.count
            input.consume(handleHeads(input.readable, input.count))
            guard phase == .head else { return true }
            if !loop.output.isEmpty, input.count < before { return true }
        }
        guard transport.canRead else {
            settleWaiting()
            return false
        }
        return input.isEmpty ? readIntoScratch() : readBehindInput()
    }

    /// The usual way: the loop's memory takes whole requests, and nothing is kept with the connection.
    private func readIntoScratch() -> Bool {
        let count = transport.read(loop.scratch, Self.headReadBytes)
        guard count > 0 else { return inputStopped(count) }
        let used = handleHeads(loop.scratch, count)
        if used < count, phase != .closed, phase != .lingering { input.append(loop.scratch + used, count - used) }
        if phase == .head { settleWaiting() }
        return true
    }

    private func readBehindInput() -> Bool {
        input.reserve(4096)
        let count = transport.read(input.writable, input.room)
        guard count > 0 else { return inputStopped(count) }
        input.advance(count)
        input.consume(handleHeads(input.readable, input.count))
        if phase == .head { settleWaiting() }
        return true
    }

    private func inputStopped(_ result: Int) -> Bool {
        if result == Transport.wouldBlock { settleWaiting() } else { close() }
        return false
    }

    /// Starts the clock for what is awaited, and gives memory back that is not needed while waiting.
    ///
    /// Answers false, for use in conditions: there is nothing to do now.
    @discardableResult
    func settleWaiting() -> Bool {
        guard input.isEmpty else {
            timer.headBegan(now: loop.nowMilliseconds)
            return false
        }
        if input.capacity > 0 { input.release() }
        if pending.isEmpty, pending.capacity > 0 { pending.release() }
        return false
    }

    /// Whether bytes wait to be handled, here or in the socket.
    var hasInput: Bool { transport.canRead || !input.isEmpty }

    /// Handles the requests at `base` until the bytes are used up, a handler takes over, or enough output is gathered.
    /// Answers how many bytes were used.
    private func handleHeads(_ base: UnsafeRawPointer, _ count: Int) -> Int {
        var at = 0
        while at < count, phase == .head, loop.output.count < EventLoop.outputBatchBytes {
            switch parser.parse(base + at, count &- at, settings: loop.shared.settings) {
            case .incomplete: return at
            case .complete(let headBytes):
                let head = base + at
                at &+= headBytes
                requestCount &+= 1
                timer.awaitNothing()
                if !answerInline(head) { begin(head) }
            case .refused(let fault):
                refuse(fault.error)
                return count
            }
        }
        return at
    }

    // MARK: From memory

    /// Answers with an inline handler where the route has one and the request holds nothing such a handler cannot see.
    @inline(__always)
    private func answerInline(_ base: UnsafeRawPointer) -> Bool {
        let head = parser.head
        guard let method = head.method, method == .get || method == .head else { return false }
        let isPlain = !head.hasQuery && !head.pathHasPercent && !head.hasBody && !head.bypassesInline
        guard isPlain, !head.expectsContinue, head.minorVersion == 1 else { return false }
        guard loop.shared.allows(host: head.host.bytes(in: base)) else { return false }
        let router = loop.shared.router
        let node = router.trie.find(head.path.bytes(in: base), &loop.captures)
        guard node >= 0 else { return false }
        let route = router.routeNumber(node: node, method: method)
        guard route >= 0, let inline = router.routes[route].inline else { return false }
        loop.parameters.removeAll(keepingCapacity: true)
        for index in 0..<loop.captures.count { loop.parameters.append(loop.captures[index]) }
        let request = InlineRequest(
            isHead: method == .head, parameters: loop.parameters, authorization: head.authorization.bytes(in: base),
            ifNoneMatch: head.ifNoneMatch.bytes(in: base), consumer: head.consumer.bytes(in: base))
        guard let response = inline(request) else { return false }
        let ends = !head.keepsAlive || isLastRequest
        let sent = write(response, base, head, method: method, ends: ends)
        let elapsed = SystemCall.monotonicMicroseconds() &- loop.nowMicroseconds
        loop.metrics.record(
            route: route, method: method, status: response.status, microseconds: elapsed, bytesIn: 0,
            bytesOut: UInt64(sent))
        if loop.shared.log.accessLog != nil {
            logInline(base, route: route, status: response.status, bytesOut: sent, microseconds: elapsed)
        }
        parser.reset()
        if ends { endAfterAnswer(clientAsked: !head.keepsAlive) } else { timer.awaitRequest(now: loop.nowMilliseconds) }
        return true
    }

    /// Whether the request at hand is the last that the connection may carry.
    var isLastRequest: Bool {
        let limit = loop.shared.configuration.requestsPerConnectionMax
        return loop.isDraining || (limit > 0 && requestCount >= limit)
    }

    /// Appends the whole answer to the loop's output; answers its size.
    @inline(__always)
    private func write(
        _ response: InlineResponse, _ base: UnsafeRawPointer, _ head: RequestHead, method: HTTPMethod, ends: Bool
    ) -> Int {
        let before = loop.output.count
        response.head.withUnsafeBytes { loop.output.append($0) }
        let clientID = head.clientRequestID.bytes(in: base)
        if head.clientRequestID.count == 0 || !CommonFields.isSane(clientID) {
            loop.commonFields.nextID()
            if ends {
                loop.output.append(loop.commonFields.lines)
            } else {
                loop.output.append(loop.commonFields.wholeEnd)
            }
        } else {
            loop.output.append(loop.commonFields.dateLine)
            loop.output.append("X-Request-Id: ")
            loop.output.append(clientID)
            loop.output.append("\r\n")
            if !ends { loop.output.append("\r\n") }
        }
        if ends { loop.output.append("Connection: close\r\n\r\n") }
        if method != .head { response.body.withUnsafeBytes { loop.output.append($0) } }
        return loop.output.count &- before
    }

    private func logInline(_ base: UnsafeRawPointer, route: Int, status: Int, bytesOut: Int, microseconds: UInt64) {
        let head = parser.head
        let clientID = head.clientRequestID.bytes(in: base)
        loop.shared.log.accessLog?(
            AccessRecord(
                requestID: CommonFields.isSane(clientID) ? head.clientRequestID.text(in: base) : loop.commonFields.id,
                remoteAddress: peer.text, method: head.methodText.text(in: base), target: head.path.text(in: base),
                routePattern: loop.shared.router.routes[route].pattern, status: status, bytesIn: 0,
                bytesOut: UInt64(bytesOut), durationMicroseconds: microseconds, isComplete: true,
                traceparent: CommonFields.saneText(head.traceparent, in: base)))
    }
}
