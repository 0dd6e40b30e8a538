/// Writes what came of a turn: the attempts, what becomes of the deliveries, and how the receiver does.
struct WebhookResults: Sendable {
    let turn: WebhookTurn
    let now: Timestamp
    let limits: Limits
    let transport: any WebhookTransport

    /// Why the webhook is not to be sent anything any more, by what is known of its receiver now; nil where it goes on.
    func write(_ transaction: any MetadataTransaction) throws -> WebhookDisabledReason? {
        // The webhook may have been changed meanwhile, or be gone.
        guard let webhook = try transaction.webhook(id: turn.webhook.id) else { return nil }
        var health: WebhookHealth = webhook.state.health
        var isGone: Bool = false
        for result in turn.results {
            try write(result, transaction)
            switch result.outcome {
            case nil: break
            case .delivered: health = .good
            case .refused(_, let gone, let retryAfter):
                isGone = isGone || gone
                note(result, &health, retryAfter)
            case .failed: note(result, &health, nil)
            }
        }
        if health != webhook.state.health { try transaction.setWebhookHealth(webhook.key, health) }
        guard webhook.state.content.isEnabled, webhook.state.content.url == turn.webhook.state.content.url else {
            return nil
        }
        if isGone { return .gone }
        let patience: Int64 = limits.webhookFailingMilliseconds
        let isGivenUp: Bool =
            health.failures > Int64(transport.attemptCount)
            && health.failingSince.map { $0.adding(milliseconds: patience) <= now } ?? false
        return isGivenUp ? .failing : nil
    }

    /// A receiver that is not there is left alone for a while, longer and longer, so that what waits for it does not
    /// keep others from being served.
    private func note(_ result: WebhookTurn.Result, _ health: inout WebhookHealth, _ retryAfter: Int?) {
        health.failures += 1
        health.failingSince = health.failingSince ?? result.at
        let number: Int = Int(min(health.failures + 1, Int64(transport.attemptCount)))
        let pause: Int64 =
            transport.pauseMilliseconds(beforeAttempt: number, random: result.random, retryAfterSeconds: nil) ?? 0
        let rest: Int64 = max(min(pause, limits.webhookRestMilliseconds), Int64(retryAfter ?? 0) * 1_000)
        health.resume = now.adding(milliseconds: rest)
    }

    private func write(_ result: WebhookTurn.Result, _ transaction: any MetadataTransaction) throws {
        var record: WebhookDeliveryRecord = result.record
        record.due = nil
        guard let outcome = result.outcome else {
            record.status = .dead
            record.ended = now
            try transaction.updateWebhookDelivery(record)
            return
        }
        record.tries += 1
        switch outcome {
        case .delivered:
            record.status = .delivered
            record.ended = now
        case .refused(_, true, _):
            record.status = .dead
            record.ended = now
        case .refused(_, false, let retryAfter): plan(&record, result, retryAfter)
        case .failed: plan(&record, result, nil)
        }
        try transaction.insertWebhookAttempt(
            webhook: record.webhookKey, event: record.sequence, at: result.at, milliseconds: result.milliseconds,
            outcome: outcome.name)
        try transaction.updateWebhookDelivery(record)
    }

    private func plan(_ record: inout WebhookDeliveryRecord, _ result: WebhookTurn.Result, _ retryAfter: Int?) {
        let pause: Int64? = transport.pauseMilliseconds(
            beforeAttempt: Int(record.tries) + 1, random: result.random, retryAfterSeconds: retryAfter)
        record.status = pause == nil ? .dead : .failed
        record.due = pause.map { now.adding(milliseconds: $0) }
        record.ended = pause == nil ? now : nil
    }
}
