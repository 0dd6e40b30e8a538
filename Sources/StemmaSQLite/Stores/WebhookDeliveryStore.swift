internal import StemmaRegistry

/// The outbox of webhooks.
extension SQLiteSession {
    private static let deliverySelect: String = """
        SELECT webhook_seq, event_seq, type, status, tries, due_ms, created_ms, ended_ms
        FROM webhook_delivery WHERE webhook_seq = ?
        """

    func dueWebhookDeliveries(webhook key: Int64, at moment: Timestamp, limit: Int) throws -> [WebhookDeliveryRecord] {
        let retries: String = " AND due_ms IS NOT NULL AND due_ms <= ? ORDER BY due_ms, event_seq LIMIT ?"
        var found: [WebhookDeliveryRecord] = try connection.all(
            SQLiteSession.deliverySelect + retries, [.integer(key), SQLiteValue(moment), SQLiteValue(limit)]
        ) { row in try deliveryRecord(row) }
        guard found.count < limit else { return found }
        let pending: String = " AND status = 'pending' ORDER BY event_seq LIMIT ?"
        found += try connection.all(
            SQLiteSession.deliverySelect + pending, [.integer(key), SQLiteValue(limit - found.count)]
        ) { row in try deliveryRecord(row) }
        return found
    }

    func webhookDelivery(webhook key: Int64, event sequence: Int64) throws -> WebhookDeliveryRecord? {
        try connection.first(
            SQLiteSession.deliverySelect + " AND event_seq = ?", [.integer(key), .integer(sequence)]
        ) { row in try deliveryRecord(row) }
    }

    func webhookDeliveries(
        webhook key: Int64, status: WebhookDeliveryStatus?, before sequence: Int64?, limit: Int
    ) throws -> [WebhookDeliveryRecord] {
        var condition: String = " AND event_seq < ?"
        var arguments: [SQLiteValue] = [.integer(key), .integer(sequence ?? Int64.max)]
        if let status {
            condition += " AND status = ?"
            arguments.append(.text(status.rawValue))
        }
        return try connection.all(
            SQLiteSession.deliverySelect + condition + " ORDER BY event_seq DESC LIMIT ?",
            arguments + [SQLiteValue(limit)]
        ) { row in try deliveryRecord(row) }
    }

    private func deliveryRecord(_ row: borrowing SQLiteRow) throws -> WebhookDeliveryRecord {
        WebhookDeliveryRecord(
            webhookKey: row.int(0), sequence: row.int(1), type: row.text(2), status: try row.named(3),
            tries: row.int(4), due: row.optionalTimestamp(5), created: row.timestamp(6),
            ended: row.optionalTimestamp(7))
    }

    func webhookAttempts(webhook key: Int64, event sequence: Int64) throws -> [WebhookAttemptRecord] {
        let sql: String = """
            SELECT number, at_ms, duration_ms, outcome FROM webhook_attempt
            WHERE webhook_seq = ? AND event_seq = ? ORDER BY number
            """
        return try connection.all(sql, [.integer(key), .integer(sequence)]) { row in
            WebhookAttemptRecord(
                number: row.int(0), at: row.timestamp(1), milliseconds: row.int(2), outcome: row.text(3))
        }
    }

    func openWebhookDeliveries(webhook key: Int64, atMost most: Int) throws -> Int {
        let sql: String = """
            SELECT count(*) FROM (SELECT 1 FROM webhook_delivery
                WHERE webhook_seq = ? AND status IN ('pending', 'failed') LIMIT ?)
            """
        return Int(try connection.first(sql, [.integer(key), SQLiteValue(most)]) { row in row.int(0) } ?? 0)
    }

    func insertWebhookDelivery(webhook key: Int64, event sequence: Int64, type: String, at moment: Timestamp) throws {
        let sql: String = """
            INSERT INTO webhook_delivery (webhook_seq, event_seq, type, status, tries, created_ms)
            VALUES (?, ?, ?, 'pending', 0, ?) ON CONFLICT DO NOTHING
            """
        try connection.execute(sql, [.integer(key), .integer(sequence), .text(type), SQLiteValue(moment)])
    }

    func updateWebhookDelivery(_ delivery: WebhookDeliveryRecord) throws {
        let sql: String = """
            UPDATE webhook_delivery SET status = ?, tries = ?, due_ms = ?, ended_ms = ?
            WHERE webhook_seq = ? AND event_seq = ?
            """
        try connection.execute(
            sql,
            [
                .text(delivery.status.rawValue), .integer(delivery.tries), SQLiteValue(delivery.due),
                SQLiteValue(delivery.ended), .integer(delivery.webhookKey), .integer(delivery.sequence),
            ])
    }

    func insertWebhookAttempt(
        webhook key: Int64, event sequence: Int64, at moment: Timestamp, milliseconds: Int64, outcome: String
    ) throws {
        let sql: String = """
            INSERT INTO webhook_attempt (webhook_seq, event_seq, number, at_ms, duration_ms, outcome)
            SELECT d.webhook_seq, d.event_seq,
                (SELECT coalesce(max(a.number), 0) + 1 FROM webhook_attempt a
                    WHERE a.webhook_seq = d.webhook_seq AND a.event_seq = d.event_seq), ?, ?, ?
            FROM webhook_delivery d WHERE d.webhook_seq = ? AND d.event_seq = ?
            """
        try connection.execute(
            sql,
            [
                SQLiteValue(moment), .integer(milliseconds), .text(outcome), .integer(key), .integer(sequence),
            ])
    }

    func removeWebhookDeliveries(endedBefore moment: Timestamp, limit: Int) throws -> Int {
        let sql: String = """
            SELECT webhook_seq, event_seq FROM webhook_delivery WHERE ended_ms IS NOT NULL AND ended_ms < ?
            ORDER BY ended_ms LIMIT ?
            """
        let keys: [(webhook: Int64, event: Int64)] = try connection.all(
            sql, [SQLiteValue(moment), SQLiteValue(limit)]
        ) { row in (webhook: row.int(0), event: row.int(1)) }
        return try removeWebhookDeliveries(keys)
    }

    /// With their attempts. Answers how many went.
    func removeWebhookDeliveries(_ keys: [(webhook: Int64, event: Int64)]) throws -> Int {
        for key in keys {
            let arguments: [SQLiteValue] = [.integer(key.webhook), .integer(key.event)]
            try connection.execute(
                "DELETE FROM webhook_attempt WHERE webhook_seq = ? AND event_seq = ?", arguments)
            try connection.execute(
                "DELETE FROM webhook_delivery WHERE webhook_seq = ? AND event_seq = ?", arguments)
        }
        return keys.count
    }
}
