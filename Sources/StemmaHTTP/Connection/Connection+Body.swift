/// Passing the request's body on to the handler.
extension Connection {
    /// How much is read from the socket at once.
    private static let readBytes = EventLoop.scratchBytes

    /// The handler has pulled and waits for more.
    func wantBody() {
        guard let exchange, phase == .handling || phase == .sending, !exchange.framing.isComplete else { return }
        exchange.isBodyWanted = true
        if exchange.expectsContinue {
            exchange.expectsContinue = false
            if phase == .handling { loop.output.append("HTTP/1.1 100 Continue\r\n\r\n") }
        }
        advance()
    }

    /// Reads and hands over one portion. False where nothing more can be done now.
    func readBody() -> Bool {
        guard let exchange, let channel = exchange.channel, !exchange.framing.isComplete else { return false }
        guard exchange.isBodyWanted else {
            timer.awaitNothing()
            return false
        }
        if !input.isEmpty {
            let bytes = UnsafeRawBufferPointer(start: input.readable, count: input.count)
            input.consume(receive(bytes, exchange, channel))
            return phase != .closed
        }
        var wanted = Self.readBytes
        if case .fixed(let remaining) = exchange.framing { wanted = Int(min(remaining, Int64(wanted))) }
        let count = transport.read(loop.scratch, wanted)
        guard count > 0 else {
            if count == Transport.wouldBlock {
                timer.awaitBody(now: loop.nowMilliseconds)
            } else {
                bodyBrokeOff(exchange)
            }
            return false
        }
        timer.bodyReceived(count)
        let used = receive(UnsafeRawBufferPointer(start: loop.scratch, count: count), exchange, channel)
        if used < count { input.append(loop.scratch + used, count - used) }
        return phase != .closed
    }

    /// Hands the body bytes among `bytes` over; answers how many bytes belong to the body.
    private func receive(_ bytes: UnsafeRawBufferPointer, _ exchange: Exchange, _ channel: BodyChannel) -> Int {
        switch exchange.framing {
        case .complete: return 0
        case .fixed(let remaining):
            let count = Int(min(remaining, Int64(bytes.count)))
            exchange.framing = remaining == Int64(count) ? .complete : .fixed(remaining: remaining - Int64(count))
            offer([UInt8](bytes[..<count]), exchange, channel)
            return count
        case .chunked(let decoder): return receiveChunks(bytes, decoder, exchange, channel)
        }
    }

    private func receiveChunks(
        _ bytes: UnsafeRawBufferPointer, _ decoder: ChunkedDecoder, _ exchange: Exchange, _ channel: BodyChannel
    ) -> Int {
        var decoder = decoder
        var piece: [UInt8] = []
        var position = 0
        var fault: MessageFault?
        decoding: while true {
            switch decoder.next(bytes, &position) {
            case .data(let start, let count):
                if piece.isEmpty { piece.reserveCapacity(bytes.count - start) }
                piece.append(contentsOf: bytes[start..<(start + count)])
            case .needsMore: break decoding
            case .finished: break decoding
            case .refused(let found):
                fault = found
                break decoding
            }
        }
        exchange.framing = decoder.isFinished ? .complete : .chunked(decoder)
        offer(piece, exchange, channel)
        if let fault {
            channel.fail(fault.error)
            exchange.isBodyWanted = false
            isClosing = true
            closesCleanly = false
            return bytes.count
        }
        return position
    }

    private func offer(_ piece: [UInt8], _ exchange: Exchange, _ channel: BodyChannel) {
        exchange.bytesIn += UInt64(piece.count)
        if !piece.isEmpty { exchange.isBodyWanted = channel.offer(piece) }
        guard exchange.framing.isComplete else { return }
        exchange.isBodyWanted = false
        channel.finish()
        timer.awaitNothing()
        noteHalfClose(exchange)
    }

    /// The client ended the connection, or its sending side, within the body. An answer is still tried.
    private func bodyBrokeOff(_ exchange: Exchange) {
        exchange.isBodyWanted = false
        isClosing = true
        closesCleanly = true
        timer.awaitNothing()
        exchange.channel?.fail(
            HTTPError(status: 400, code: "incomplete_body", detail: "the connection ended before the body was complete")
        )
        exchange.task?.cancel()
    }
}
