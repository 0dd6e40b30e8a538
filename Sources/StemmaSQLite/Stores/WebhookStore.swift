internal import StemmaRegistry

/// Webhooks.
extension SQLiteSession {
    private static let webhookSelect: String = """
        SELECT w.seq, w.id, w.scope, w.url, w.events, w.models, w.description, w.enabled, w.disabled_reason,
            w.disabled_ms, w.secret, w.old_secret, w.old_secret_until_ms, w.cursor, w.failures, w.failing_since_ms,
            w.resume_ms, w.created_ms, p.subject, w.updated_ms
        FROM webhook w CROSS JOIN principal p WHERE p.id = w.created_by AND w.deleted_ms IS NULL
        """

    func webhook(id: String) throws -> WebhookRecord? {
        try connection.first(SQLiteSession.webhookSelect + " AND w.id = ?", [.text(id)]) { row in
            try webhookRecord(row)
        }
    }

    func webhooks() throws -> [WebhookRecord] {
        try connection.all(SQLiteSession.webhookSelect + " ORDER BY w.id") { row in try webhookRecord(row) }
    }

    func webhookLanes() throws -> [WebhookLane] {
        let sql: String = """
            SELECT w.seq, w.cursor, w.resume_ms,
                EXISTS (SELECT 1 FROM webhook_delivery d WHERE d.webhook_seq = w.seq AND d.status = 'pending'),
                (SELECT min(d.due_ms) FROM webhook_delivery d WHERE d.webhook_seq = w.seq AND d.due_ms IS NOT NULL)
            FROM webhook w WHERE w.enabled = 1 AND w.deleted_ms IS NULL ORDER BY w.seq
            """
        return try connection.all(sql) { row in
            WebhookLane(
                key: row.int(0), cursor: row.int(1), resume: row.timestamp(2), hasPending: row.int(3) != 0,
                nextRetry: row.optionalTimestamp(4))
        }
    }

    private func webhookRecord(_ row: borrowing SQLiteRow) throws -> WebhookRecord {
        let content = WebhookContent(
            url: row.text(3), events: try stringArray(row.bytes(4)), models: try stringArray(row.bytes(5)),
            description: row.optionalText(6), isEnabled: row.int(7) != 0)
        let state = WebhookState(
            content: content, disabledReason: row.isNull(8) ? nil : try row.named(8),
            disabled: row.optionalTimestamp(9), secret: row.text(10), oldSecret: row.optionalText(11),
            oldSecretUntil: row.optionalTimestamp(12), cursor: row.int(13),
            health: WebhookHealth(
                failures: row.int(14), failingSince: row.optionalTimestamp(15), resume: row.timestamp(16)))
        return WebhookRecord(
            key: row.int(0), id: row.text(1), scope: try stringArray(row.bytes(2)), state: state,
            created: row.timestamp(17), createdBy: row.text(18), updated: row.timestamp(19))
    }

    func insertWebhook(
        id: String, scope: [String], _ state: WebhookState, at moment: Timestamp, by principal: Int64
    ) throws -> Int64 {
        let sql: String = """
            INSERT INTO webhook (url, events, models, description, enabled, disabled_reason, disabled_ms, secret,
                old_secret, old_secret_until_ms, cursor, failures, failing_since_ms, resume_ms, id, scope, created_ms,
                created_by, updated_ms)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """
        let arguments: [SQLiteValue] =
            webhookValues(state)
            + [.text(id), jsonArray(scope), SQLiteValue(moment), .integer(principal), SQLiteValue(moment)]
        try connection.execute(sql, arguments)
        return connection.lastInsertedRowID
    }

    func updateWebhook(_ key: Int64, _ state: WebhookState, at moment: Timestamp) throws {
        let sql: String = """
            UPDATE webhook SET url = ?, events = ?, models = ?, description = ?, enabled = ?, disabled_reason = ?,
                disabled_ms = ?, secret = ?, old_secret = ?, old_secret_until_ms = ?, cursor = ?, failures = ?,
                failing_since_ms = ?, resume_ms = ?, updated_ms = ?
            WHERE seq = ? AND deleted_ms IS NULL
            """
        let arguments: [SQLiteValue] = webhookValues(state) + [SQLiteValue(moment), .integer(key)]
        try requireOneRow(try connection.execute(sql, arguments), .webhookNotFound, "there is no such webhook")
    }

    private func webhookValues(_ state: WebhookState) -> [SQLiteValue] {
        let content: WebhookContent = state.content
        return [
            .text(content.url), jsonArray(content.events), jsonArray(content.models), SQLiteValue(content.description),
            SQLiteValue(content.isEnabled), SQLiteValue(state.disabledReason?.rawValue), SQLiteValue(state.disabled),
            .text(state.secret), SQLiteValue(state.oldSecret), SQLiteValue(state.oldSecretUntil),
            .integer(state.cursor), .integer(state.health.failures), SQLiteValue(state.health.failingSince),
            SQLiteValue(state.health.resume),
        ]
    }

    func deleteWebhook(_ key: Int64, at moment: Timestamp) throws {
        let sql: String = """
            UPDATE webhook SET deleted_ms = ?, enabled = 0, url = '', secret = '', old_secret = NULL,
                old_secret_until_ms = NULL, description = NULL
            WHERE seq = ? AND deleted_ms IS NULL
            """
        try requireOneRow(
            try connection.execute(sql, [SQLiteValue(moment), .integer(key)]), .webhookNotFound,
            "there is no such webhook")
    }

    func setWebhookCursor(_ key: Int64, to sequence: Int64) throws {
        try connection.execute("UPDATE webhook SET cursor = ? WHERE seq = ?", [.integer(sequence), .integer(key)])
    }

    func setWebhookHealth(_ key: Int64, _ health: WebhookHealth) throws {
        try connection.execute(
            "UPDATE webhook SET failures = ?, failing_since_ms = ?, resume_ms = ? WHERE seq = ?",
            [
                .integer(health.failures), SQLiteValue(health.failingSince), SQLiteValue(health.resume), .integer(key),
            ])
    }

    func removeWebhooks(deletedBefore moment: Timestamp, limit: Int) throws -> Int {
        let deleted: String = "deleted_ms IS NOT NULL AND deleted_ms < ?"
        let deliveries: String = """
            SELECT webhook_seq, event_seq FROM webhook_delivery
            WHERE webhook_seq IN (SELECT seq FROM webhook WHERE \(deleted)) LIMIT ?
            """
        let keys: [(webhook: Int64, event: Int64)] = try connection.all(
            deliveries, [SQLiteValue(moment), SQLiteValue(limit)]
        ) { row in (webhook: row.int(0), event: row.int(1)) }
        guard keys.isEmpty else { return try removeWebhookDeliveries(keys) }
        return try connection.execute("DELETE FROM webhook WHERE \(deleted)", [SQLiteValue(moment)])
    }

    func removeOldWebhookSecrets(at moment: Timestamp) throws -> Int {
        let sql: String = """
            UPDATE webhook SET old_secret = NULL, old_secret_until_ms = NULL
            WHERE old_secret IS NOT NULL AND old_secret_until_ms <= ?
            """
        return try connection.execute(sql, [SQLiteValue(moment)])
    }
}
