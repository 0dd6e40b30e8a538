/// What one webhook is sent in one go, in order, and what came of it.
struct WebhookTurn: Sendable {
    let webhook: WebhookRecord
    let deliveries: [Delivery]
    private(set) var results: [Result] = []

    struct Delivery: Sendable {
        let record: WebhookDeliveryRecord
        /// What is sent; nil where the log does not have the event's text any more.
        let body: [UInt8]?
    }

    struct Result: Sendable {
        let record: WebhookDeliveryRecord
        let at: Timestamp
        let milliseconds: Int64
        /// Nil where there was nothing to send.
        let outcome: WebhookOutcome?
        /// For the pauses.
        let random: UInt64
    }

    /// Reads what is due of an enabled webhook; nil where nothing is.
    static func read(
        _ key: Int64, at now: Timestamp, _ limits: Limits, _ reader: any MetadataReader
    ) throws -> WebhookTurn? {
        guard let webhook = try reader.webhooks().first(where: { $0.key == key }), webhook.state.content.isEnabled,
            webhook.state.health.resume <= now
        else { return nil }
        let due: [WebhookDeliveryRecord] = try reader.dueWebhookDeliveries(
            webhook: key, at: now, limit: limits.webhookDeliveriesPerTurn)
        guard !due.isEmpty else { return nil }
        return WebhookTurn(
            webhook: webhook,
            deliveries: try due.map { record in
                let leaf: AuditRecord? = try reader.auditLeaves(from: record.sequence, limit: 1).first?.record
                let event: ChangeEvent? = try leaf.flatMap { try ChangeEvent($0) }
                return Delivery(record: record, body: event.map { WebhookBody.make($0) })
            })
    }

    /// Sends one after the other until one fails, the turn is over, or `mayGoOn` says no.
    mutating func run(
        _ transport: any WebhookTransport, _ environment: Environment, _ limits: Limits,
        mayGoOn: @Sendable () -> Bool
    ) async {
        let begin: ContinuousClock.Instant = .now
        for delivery in deliveries {
            guard mayGoOn(), begin.duration(to: .now) < .milliseconds(limits.webhookTurnMilliseconds) else { return }
            let at: Timestamp = environment.now()
            let random: UInt64 = environment.randomBytes(8).reduce(0) { $0 << 8 | UInt64($1) }
            guard let body = delivery.body else {
                results.append(
                    Result(record: delivery.record, at: at, milliseconds: 0, outcome: nil, random: random))
                continue
            }
            let start: ContinuousClock.Instant = .now
            let outcome: WebhookOutcome = await transport.deliver(
                WebhookAttempt(
                    id: WebhookMessageID.text(webhook: webhook.id, sequence: delivery.record.sequence),
                    url: webhook.state.content.url, secrets: webhook.state.secrets(at: at), at: at, body: body))
            let took: Duration = start.duration(to: .now)
            let milliseconds: Int64 =
                took.components.seconds * 1_000 + took.components.attoseconds / 1_000_000_000_000_000
            results.append(
                Result(
                    record: delivery.record, at: at, milliseconds: milliseconds, outcome: outcome, random: random))
            guard outcome == .delivered else { return }
        }
    }
}

extension WebhookState {
    /// The secrets that sign at that moment, the newest first.
    func secrets(at now: Timestamp) -> [String] {
        guard let oldSecret, let oldSecretUntil, now < oldSecretUntil else { return [secret] }
        return [secret, oldSecret]
    }
}
