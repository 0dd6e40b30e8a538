internal import Glibc

/// Sending answers.
extension Connection {
    /// Bodies up to this size are sent together with their head.
    private static let smallBodyBytes = 16 * 1024
    /// A streamed answer's next piece is asked for while no more than this waits.
    private static let streamLowWaterBytes = 256 * 1024
    /// The last piece of a file, held back until the file is known to be intact.
    private static let heldBackBytes: Int64 = 64 * 1024
    private static let sendFileBytes: Int64 = 1024 * 1024

    // MARK: Beginning an answer

    /// Sends a handler's answer, or begins to.
    func respond(_ given: HTTPResponse) {
        guard phase == .handling, let exchange else { return }
        let response = checked(given, exchange)
        let isHead = exchange.method == .head
        if !exchange.framing.isComplete {
            // The rest of the body would be taken for the next request.
            isClosing = true
            closesCleanly = false
        }
        if loop.isDraining { isClosing = true }
        let framing = ResponseHead.framing(response, isHead: isHead, isHTTP10: exchange.isHTTP10)
        exchange.status = response.status
        let before = loop.output.count
        ResponseHead.write(
            response, framing: framing, requestID: exchange.requestID, ends: isClosing, common: loop.commonFields,
            to: &loop.output)
        exchange.bytesOut += UInt64(loop.output.count - before)
        phase = .sending
        if isHead || ResponseHead.hasNoBody(response.status) {
            finishExchange()
        } else {
            beginBody(response.body, framing, exchange)
        }
        advance()
    }

    /// The answer itself, or a 500 in place of one that would break the protocol.
    private func checked(_ response: HTTPResponse, _ exchange: Exchange) -> HTTPResponse {
        if ResponseHead.isSendable(response) { return response }
        loop.shared.log.failure("request \(exchange.requestID): the handler's status or fields cannot be sent")
        let error = HTTPError(status: 500, code: "internal_error", detail: "the server failed to answer")
        let rendered = loop.shared.errorRenderer(error, exchange.identity)
        if ResponseHead.isSendable(rendered) { return rendered }
        return ProblemRenderer.problem(error, requestID: exchange.requestID)
    }

    private func beginBody(_ body: ResponseBody, _ framing: ResponseHead.Framing, _ exchange: Exchange) {
        switch body {
        case .none: finishExchange()
        case .bytes(let bytes) where bytes.count <= Self.smallBodyBytes:
            loop.output.append(bytes)
            exchange.bytesOut += UInt64(bytes.count)
            finishExchange()
        case .bytes(let bytes): source = .bytes(bytes, sent: 0)
        case .file(let region): source = .file(region, sent: 0)
        case .stream(let length, _):
            var isChunked = false
            if case .chunked = framing { isChunked = true }
            if case .untilClose = framing { isClosing = true }
            source = .stream(remaining: length, isChunked: isChunked, waiter: nil)
        }
    }

    // MARK: Streams

    /// A piece of a streamed answer. Says through `continuation` when the next one is wanted.
    func send(_ piece: [UInt8], then continuation: CheckedContinuation<Bool, Never>) {
        guard phase == .sending, let exchange, case .stream(let remaining, let isChunked, nil) = source else {
            return continuation.resume(returning: false)
        }
        if let remaining, Int64(piece.count) > remaining {
            loop.shared.log.failure("request \(exchange.requestID): a streamed answer is longer than its length")
            continuation.resume(returning: false)
            return abort()
        }
        // An empty piece would end a chunked body.
        if !piece.isEmpty {
            if isChunked { loop.output.append(String(piece.count, radix: 16) + "\r\n") }
            loop.output.append(piece)
            if isChunked { loop.output.append("\r\n") }
        }
        exchange.bytesOut += UInt64(piece.count)
        let left = remaining.map { $0 - Int64(piece.count) }
        // With little waiting, the producer makes the next piece while this one is sent.
        let goesOn = pending.count + piece.count <= Self.streamLowWaterBytes
        source = .stream(remaining: left, isChunked: isChunked, waiter: goesOn ? nil : continuation)
        if goesOn { continuation.resume(returning: true) }
        advance()
    }

    /// The producer of a streamed answer is done, or has failed, which breaks the connection off.
    func streamEnded(isComplete: Bool) {
        guard phase == .sending, let exchange, case .stream(let remaining, let isChunked, _) = source else { return }
        guard isComplete, remaining ?? 0 == 0 else {
            loop.shared.log.failure("request \(exchange.requestID): a streamed answer broke off")
            return abort()
        }
        if isChunked { loop.output.append("0\r\n\r\n") }
        finishExchange()
        advance()
    }

    // MARK: Sending

    /// Hands what waits to the socket. True where nothing is left.
    func flush() -> Bool {
        if pending.isEmpty {
            if loop.output.isEmpty { return true }
            let count = loop.output.count
            let sent = transport.write(loop.output.readable, count, more: hasSourceReady)
            guard sent >= 0 else {
                abort()
                return false
            }
            if sent < count { pending.append(loop.output.readable + sent, count - sent) }
            loop.output.removeAll()
            return sent == count || flushPending(progressed: sent > 0)
        }
        if !loop.output.isEmpty {
            pending.append(loop.output.readable, loop.output.count)
            loop.output.removeAll()
        }
        return flushPending(progressed: false)
    }

    /// Sends an answer that was gathered; what the socket does not take becomes pending.
    func sendGathered(_ bytes: UnsafeRawPointer, _ count: Int) {
        guard phase == .head else { return }
        let sent = transport.write(bytes, count, more: false)
        guard sent >= 0 else { return abort() }
        guard sent < count else { return }
        pending.append(bytes + sent, count - sent)
        timer.outputBlocked(now: loop.nowMilliseconds, progressed: true)
    }

    private func flushPending(progressed: Bool) -> Bool {
        var progressed = progressed
        while !pending.isEmpty {
            let sent = transport.write(pending.readable, pending.count, more: hasSourceReady)
            guard sent >= 0 else {
                abort()
                return false
            }
            if sent == 0 {
                timer.outputBlocked(now: loop.nowMilliseconds, progressed: progressed)
                wakeProducer()
                return false
            }
            progressed = true
            pending.consume(sent)
        }
        pending.release()
        timer.outputFlowing()
        return true
    }

    /// Whether body bytes follow at once, so that the system can fill its packets.
    private var hasSourceReady: Bool {
        switch source {
        case .bytes, .file: true
        case .none, .stream: false
        }
    }

    private func wakeProducer() {
        guard case .stream(let remaining, let isChunked, let waiter?) = source,
            pending.count <= Self.streamLowWaterBytes
        else { return }
        source = .stream(remaining: remaining, isChunked: isChunked, waiter: nil)
        waiter.resume(returning: true)
    }

    /// Sends a portion of the body; the head and what came before are out. False where nothing more can be done now.
    func sendSource() -> Bool {
        switch source {
        case .none: return false
        case .bytes(let bytes, let sent): return sendBytes(bytes, sent)
        case .file(let region, let sent): return sendFile(region, sent)
        case .stream:
            wakeProducer()
            return false
        }
    }

    private func sendBytes(_ bytes: [UInt8], _ sent: Int) -> Bool {
        let count = bytes.withUnsafeBytes { buffer in
            transport.write(buffer.baseAddress! + sent, buffer.count - sent, more: false)
        }
        guard progressed(count) else { return false }
        exchange?.bytesOut += UInt64(count)
        source = .bytes(bytes, sent: sent + count)
        if sent + count == bytes.count { finishExchange() }
        return true
    }

    private func sendFile(_ region: any FileRegion, _ sent: Int64) -> Bool {
        let left = region.length - sent
        guard left > 0 else {
            finishExchange()
            return true
        }
        // The client must not get the last byte of a file that is no longer what its digest says.
        if left <= Self.heldBackBytes, !region.isStillIntact() {
            loop.shared.log.failure("request \(exchange?.requestID ?? ""): the file changed while it was sent")
            abort()
            return false
        }
        let portion = left > Self.heldBackBytes ? min(left - Self.heldBackBytes, Self.sendFileBytes) : left
        let count =
            transport.tls == nil
            ? transport.sendFile(region.descriptor, offset: region.offset + sent, count: Int(portion))
            : copyFile(region, at: region.offset + sent, count: Int(min(portion, Self.heldBackBytes)))
        guard progressed(count) else { return false }
        exchange?.bytesOut += UInt64(count)
        source = .file(region, sent: sent + Int64(count))
        if Int64(count) == left { finishExchange() }
        return true
    }

    /// Reads from the file into the loop's memory and writes from there: for TLS.
    private func copyFile(_ region: any FileRegion, at offset: Int64, count: Int) -> Int {
        guard transport.canWrite else { return Transport.wouldBlock }
        let read = pread(region.descriptor, loop.scratch, count, off_t(offset))
        guard read > 0 else { return Transport.failed }
        return transport.write(loop.scratch, read, more: false)
    }

    /// Notes how sending a portion went. False where nothing was sent.
    private func progressed(_ count: Int) -> Bool {
        if count > 0 {
            timer.outputFlowing()
            return true
        }
        if count == Transport.wouldBlock {
            timer.outputBlocked(now: loop.nowMilliseconds, progressed: false)
        } else {
            abort()
        }
        return false
    }

    // MARK: Lingering

    /// The last answer is out: ends the sending side and throws input away, so that the client reads the answer rather
    /// than a reset connection (RFC 9112 section 9.6).
    func discardInput() -> Bool {
        if !isOutputClosed {
            isOutputClosed = true
            if closesCleanly, input.isEmpty {
                transport.closeOutput()
                close()
                return false
            }
            transport.closeOutput()
            input.release()
            timer.linger(now: loop.nowMilliseconds)
        }
        let count = transport.readRaw(loop.scratch, EventLoop.scratchBytes)
        if count == Transport.wouldBlock { return false }
        lingeredBytes += max(count, 0)
        if count < 0 || lingeredBytes > loop.shared.configuration.lingerMaxBytes {
            close()
            return false
        }
        return true
    }
}
