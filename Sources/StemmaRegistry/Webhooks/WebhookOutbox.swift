/// Puts events of the change feed into the outboxes of the webhooks that want them.
///
/// A webhook's cursor and what it is told move in one transaction, and a delivery is known by its event: so neither a
/// crash nor a second look at the same events loses one or makes one up. No audit event tells of it: the events that
/// are delivered are in the log already, and deliveries that were events themselves would be delivered, for ever. So
/// these rows are written past the mutation gate, many events at once, in whatever commit takes them along.
struct WebhookOutbox: Sendable {
    let core: RegistryCore

    /// Reads on in the feed for every enabled webhook that has room. Answers up to where all of these are told; nil
    /// where there is none.
    func fill() async throws -> Int64? {
        let limits: Limits = core.policy.limits
        let room: Int = limits.webhookOpenDeliveries - limits.webhookEventsPerWrite
        let start: Int64? = try await core.store.read { reader in
            try reader.webhookLanes().filter {
                try reader.openWebhookDeliveries(webhook: $0.key, atMost: room + 1) <= room
            }.map(\.cursor).min()
        }
        guard var position = start else { return nil }
        while true {
            let page: ChangeFeed.Page = try await core.changes.read(
                after: position, .everything, limit: limits.webhookEventsPerWrite, until: .now)
            guard !page.events.isEmpty else { return page.next }
            let (events, after): ([ChangeEvent], Int64) = (page.events, position)
            let now: Timestamp = core.environment.now()
            try await core.store.write(
                { transaction in
                    try WebhookOutbox.put(
                        events, after: after, through: page.next, room: room, at: now, transaction)
                }, committed: nil)
            position = page.next
        }
    }

    /// Puts all the feed's events between two positions into the outboxes. A webhook that was not told all up to
    /// `after`, or has no room, stays where it is.
    private static func put(
        _ events: [ChangeEvent], after: Int64, through end: Int64, room: Int, at now: Timestamp,
        _ transaction: any MetadataTransaction
    ) throws {
        for webhook in try transaction.webhooks() where webhook.state.content.isEnabled {
            let cursor: Int64 = webhook.state.cursor
            guard (after..<end).contains(cursor) else { continue }
            let wanted: [ChangeEvent] = events.filter { $0.sequence > cursor && webhook.wants($0) }
            if !wanted.isEmpty {
                guard try transaction.openWebhookDeliveries(webhook: webhook.key, atMost: room + 1) <= room else {
                    continue
                }
            }
            for event in wanted {
                try transaction.insertWebhookDelivery(
                    webhook: webhook.key, event: event.sequence, type: event.type, at: now)
            }
            try transaction.setWebhookCursor(webhook.key, to: end)
        }
    }
}
