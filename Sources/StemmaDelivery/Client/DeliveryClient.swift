/// Delivers webhooks: one POST over HTTP/1.1 (RFC 9112) on a connection of its own, to an address that was vetted.
///
/// The host is looked up once. Every address that it has must be permitted, the connection goes to one of exactly these, and
/// who is at its other end is vetted again. So neither a name that mixes public and private addresses nor one that
/// changes them between check and use leads inside (DNS rebinding). Redirects are not followed, proxies are not used, and
/// nothing of the answer is kept but its status and how long to wait.
package final class DeliveryClient: Sendable {
    private let policy: AddressPolicy
    private let limits: DeliveryLimits
    private let lookup: BoundedLookup
    private let tls: TLSClientContext
    private let userAgent: String

    /// The certificates of receivers are checked against the system's authorities, and those of a PEM file besides. They
    /// are read now, and again only by another client. `userAgent` is visible ASCII, e.g. `stemma/1.2`. Throws
    /// `DeliverySetupError`.
    package init(
        policy: AddressPolicy, limits: DeliveryLimits = DeliveryLimits(),
        resolver: any AddressResolver = SystemResolver(), additionalAuthoritiesPath: String? = nil,
        userAgent: String = "stemma"
    ) throws(DeliverySetupError) {
        precondition(
            !userAgent.isEmpty && userAgent.utf8.allSatisfy { (0x21...0x7E).contains($0) },
            "the user agent is not visible ASCII")
        self.policy = policy
        self.limits = limits
        lookup = BoundedLookup(resolver)
        tls = try TLSClientContext(additionalAuthoritiesPath: additionalAuthoritiesPath)
        self.userAgent = userAgent
    }

    /// Makes one attempt. `secrets` sign it, see `WebhookSignature`; there is at least one.
    ///
    /// Blocks until the attempt is over, at most `DeliveryLimits.totalMilliseconds`: call it on a Dispatch queue or a thread
    /// of your own, not on Swift's cooperative pool. May be called by several threads at a time.
    package func deliver(
        _ message: WebhookMessage, to target: DeliveryTarget, secrets: [WebhookSecret]
    ) -> DeliveryResult {
        let fields: [(String, String)] = [
            (WebhookSignature.idField, message.id),
            (WebhookSignature.timestampField, String(message.timestamp)),
            (WebhookSignature.signatureField, WebhookSignature.fieldValue(of: message, secrets: secrets)),
        ]
        do throws(DeliveryFailure) {
            let bytes: [UInt8] = request(message.body, mediaType: "application/json", fields, to: target)
            let head: AnswerHead = try send(bytes, to: target, answerMaxBytes: nil).head
            if (200...299).contains(head.status) { return .delivered(status: head.status) }
            return .refused(status: head.status, retryAfterSeconds: head.retryAfterSeconds)
        } catch {
            return .failed(error)
        }
    }

    /// Posts something else than a webhook, whose answer is read whole, up to a limit in bytes. Only for receivers that the
    /// operator chose: what they say may go into the registry's own log. Blocks like `deliver`.
    package func post(
        _ body: [UInt8], mediaType: String, to target: DeliveryTarget, answerMaxBytes: Int
    ) -> Result<DeliveryAnswer, DeliveryFailure> {
        do throws(DeliveryFailure) {
            let answer: (head: AnswerHead, body: [UInt8]) = try send(
                request(body, mediaType: mediaType, [], to: target), to: target, answerMaxBytes: answerMaxBytes)
            return .success(DeliveryAnswer(status: answer.head.status, body: answer.body))
        } catch {
            return .failure(error)
        }
    }

    private func send(
        _ request: [UInt8], to target: DeliveryTarget, answerMaxBytes: Int?
    ) throws(DeliveryFailure) -> (head: AnswerHead, body: [UInt8]) {
        let deadline = Deadline(milliseconds: limits.totalMilliseconds)
        let addresses: [IPAddress] = try vettedAddresses(of: target.host, by: deadline)
        let socket: DeliverySocket = try connect(addresses, port: target.port, by: deadline)
        let session: TLSClientSession? = target.scheme == .https ? try tls.makeSession(host: target.host) : nil
        var exchange = DeliveryExchange(socket, tls: session, deadline: deadline)
        return try exchange.run(request, bodyMaxBytes: answerMaxBytes)
    }

    /// All addresses of the host. One that is not permitted fails the delivery even among others that are: such a host is
    /// an attack or a mistake.
    private func vettedAddresses(
        of host: DeliveryTarget.Host, by deadline: Deadline
    ) throws(DeliveryFailure) -> [IPAddress] {
        let addresses: [IPAddress]
        switch host {
        case .address(let address): addresses = [address]
        case .name(let name): addresses = try lookup.addresses(of: name, by: deadline)
        }
        guard addresses.allSatisfy(policy.permits) else { throw .forbiddenAddress }
        return addresses
    }

    /// Tries one address after the other, each with an even part of the time that is left.
    private func connect(
        _ addresses: [IPAddress], port: UInt16, by deadline: Deadline
    ) throws(DeliveryFailure) -> DeliverySocket {
        let candidates: ArraySlice<IPAddress> = addresses.prefix(DeliveryLimits.addressesTriedMax)
        let end: Deadline = deadline.atMost(milliseconds: limits.connectMilliseconds)
        var failure: DeliveryFailure = .connect
        for (index, address) in candidates.enumerated() {
            let pinned = SocketAddress(address: address, port: port)
            let part: Int = end.remainingMilliseconds / (candidates.count - index)
            do throws(DeliveryFailure) {
                let socket: DeliverySocket = try .connect(to: pinned, by: end.atMost(milliseconds: part))
                try vetPeer(socket.peer(), is: pinned)
                return socket
            } catch {
                if error == .forbiddenAddress { throw error }
                failure = error
            }
        }
        throw failure
    }

    /// Makes sure that the connection leads where it was meant to.
    func vetPeer(_ peer: SocketAddress?, is pinned: SocketAddress) throws(DeliveryFailure) {
        // A connection that is already over has no peer.
        guard let peer else { throw .connect }
        guard peer == pinned, policy.permits(peer.address) else { throw .forbiddenAddress }
    }

    private func request(
        _ body: [UInt8], mediaType: String, _ further: [(String, String)], to target: DeliveryTarget
    ) -> [UInt8] {
        let fields: [(String, String)] = [
            ("Host", target.hostField),
            ("User-Agent", userAgent),
            ("Accept", "*/*"),
            ("Content-Type", mediaType),
            ("Content-Length", String(body.count)),
            ("Connection", "close"),
        ]
        var head: String = "POST \(target.requestTarget) HTTP/1.1\r\n"
        for (name, value) in fields + further { head += "\(name): \(value)\r\n" }
        return Array((head + "\r\n").utf8) + body
    }
}
