/// Requests that a handler answers off the socket thread, and refusals.
extension Connection {
    /// Begins to answer the request whose head was just parsed at `base`.
    func begin(_ base: UnsafeRawPointer) {
        let head = parser.head
        let exchange = makeExchange(head, base)
        self.exchange = exchange
        loop.metrics.inFlightRequests += 1
        phase = .handling
        isClosing = !head.keepsAlive || isLastRequest
        closesCleanly = !head.keepsAlive
        if head.isChunked {
            exchange.framing = .chunked(ChunkedDecoder())
        } else if head.contentLength > 0 {
            exchange.framing = .fixed(remaining: head.contentLength)
        }
        exchange.expectsContinue = head.expectsContinue && head.hasBody
        do {
            try dispatch(exchange, head, base)
        } catch {
            respond(loop.shared.errorRenderer(error, exchange.identity))
        }
        parser.reset()
    }

    private func makeExchange(_ head: RequestHead, _ base: UnsafeRawPointer) -> Exchange {
        let clientID = head.clientRequestID.bytes(in: base)
        var requestID: String
        if CommonFields.isSane(clientID) {
            requestID = head.clientRequestID.text(in: base)
        } else {
            loop.commonFields.nextID()
            requestID = loop.commonFields.id
        }
        let path = head.isAsterisk ? "*" : head.path.count == 0 ? "/" : head.path.text(in: base)
        let exchange = Exchange(
            method: head.method, methodText: head.methodText.text(in: base), path: path,
            query: head.hasQuery ? head.query.text(in: base) : nil, requestID: requestID,
            isHTTP10: head.minorVersion == 0,
            startedMicroseconds: loop.nowMicroseconds)
        exchange.traceparent = CommonFields.saneText(head.traceparent, in: base)
        return exchange
    }

    private func dispatch(_ exchange: Exchange, _ head: RequestHead, _ base: UnsafeRawPointer) throws {
        guard loop.shared.allows(host: head.host.bytes(in: base)) else {
            throw HTTPError(
                status: 421, code: "misdirected_request", detail: "this server does not answer for that host")
        }
        guard let method = exchange.method else {
            throw HTTPError(status: 501, code: "method_not_implemented", detail: "the method is not implemented here")
        }
        if head.isAsterisk {
            let allow = HTTPMethod.allCases.map(\.rawValue).joined(separator: ", ")
            return respond(HTTPResponse(status: 204, headers: HTTPFields([("allow", allow)])))
        }
        let router = loop.shared.router
        let matched = MatchedHandler(try router.resolve(method, path: head.path.bytes(in: base)), router: router)
        exchange.routeNumber = matched.routeNumber
        exchange.routePattern = matched.pattern
        let request = HTTPRequest(
            method: method, path: exchange.path, query: exchange.query, headers: head.fields(in: base),
            parameters: matched.parameters, body: makeBody(exchange, head), requestID: exchange.requestID,
            remoteAddress: peer.text, routePattern: matched.pattern)
        exchange.task = HandlerTask.start(
            matched.handler, request, identity: exchange.identity, renderer: loop.shared.errorRenderer,
            mailbox: loop.mailbox, token: token)
        noteHalfClose(exchange)
    }

    private func makeBody(_ exchange: Exchange, _ head: RequestHead) -> RequestBody {
        guard head.hasBody else { return .empty }
        let channel = BodyChannel(
            mailbox: loop.mailbox, token: token, highWaterBytes: loop.shared.configuration.bodyBufferMaxBytes)
        exchange.channel = channel
        return RequestBody(declaredLength: head.isChunked ? nil : head.contentLength) { try await channel.next() }
    }

    /// Answers a request that is not acceptable, or took too long, and ends the connection.
    func refuse(_ error: HTTPError) {
        loop.commonFields.nextID()
        let exchange = Exchange(
            method: nil, methodText: "", path: "", query: nil, requestID: loop.commonFields.id, isHTTP10: false,
            startedMicroseconds: loop.nowMicroseconds)
        self.exchange = exchange
        loop.metrics.inFlightRequests += 1
        phase = .handling
        isClosing = true
        closesCleanly = false
        parser.reset()
        respond(loop.shared.errorRenderer(error, exchange.identity))
    }

    /// The answer is complete: goes on with the next request, or ends the connection.
    func finishExchange() {
        guard let exchange else { return }
        finishRecord(exchange, isComplete: true)
        if !exchange.framing.isComplete {
            exchange.channel?.fail(
                HTTPError(
                    status: 400, code: "incomplete_body", detail: "the request was answered before its body was read"))
        }
        self.exchange = nil
        source = .none
        timer.exchangeEnded()
        // An answer that began before the server was to stop did not say that it is the last. What has arrived since is still
        // answered, and says so.
        if loop.isDraining, input.isEmpty { isClosing = true }
        if isClosing {
            endAfterAnswer(clientAsked: closesCleanly)
        } else {
            phase = .head
            timer.awaitRequest(now: loop.nowMilliseconds)
        }
    }

    /// Nothing more is read as a request. What the client may still send is thrown away, unless it said that it is done.
    func endAfterAnswer(clientAsked: Bool) {
        phase = .lingering
        closesCleanly = clientAsked
        timer.awaitNothing()
    }

    /// Counts and logs a request that is over.
    func finishRecord(_ exchange: Exchange, isComplete: Bool) {
        let microseconds = SystemCall.monotonicMicroseconds() &- exchange.startedMicroseconds
        loop.metrics.inFlightRequests -= 1
        // 499, as others count it: the client went away before there was an answer.
        if exchange.status == 0 { exchange.status = 499 }
        loop.metrics.record(
            route: exchange.routeNumber, method: exchange.method, status: exchange.status, microseconds: microseconds,
            bytesIn: exchange.bytesIn, bytesOut: exchange.bytesOut)
        guard let accessLog = loop.shared.log.accessLog else { return }
        accessLog(
            exchange.accessRecord(remoteAddress: peer.text, microseconds: microseconds, isComplete: isComplete))
    }
}

/// The task that runs a handler and then feeds a streamed answer to the socket thread.
enum HandlerTask {
    static func start(
        _ handler: @escaping Route.Handler, _ request: HTTPRequest, identity: RequestIdentity,
        renderer: @escaping ErrorRenderer, mailbox: Mailbox, token: ConnectionToken
    ) -> Task<Void, Never> {
        Task {
            var response: HTTPResponse
            do {
                response = try await handler(request)
            } catch {
                response = renderer(error, identity)
            }
            let isStreamed = request.method != .head && !ResponseHead.hasNoBody(response.status)
            guard mailbox.post(.respond(token, response)), isStreamed, case .stream(_, let stream) = response.body
            else {
                return
            }
            response.body = .none
            await feed(stream, mailbox: mailbox, token: token)
        }
    }

    private static func feed(_ stream: any BodyStream, mailbox: Mailbox, token: ConnectionToken) async {
        do {
            while let piece = try await stream.next() {
                guard await mailbox.deliver(token, piece) else { return }
            }
            mailbox.post(.streamEnded(token, isComplete: true))
        } catch {
            mailbox.post(.streamEnded(token, isComplete: false))
        }
    }
}
