internal import StemmaRegistry

extension SQLiteSession {
    func idempotentAnswer(principal: Int64, key: String) throws -> IdempotencyRecord? {
        let sql: String = """
            SELECT fingerprint, outcome, resource, etag, body, created_ms FROM idempotency
            WHERE principal_id = ? AND key = ?
            """
        return try connection.first(sql, [.integer(principal), .text(key)]) { row in
            IdempotencyRecord(
                principalID: principal, key: key, fingerprint: try row.digest(0), outcome: row.text(1),
                resource: row.text(2), etag: row.optionalText(3), body: row.bytes(4), created: row.timestamp(5))
        }
    }

    func putIdempotentAnswer(_ record: IdempotencyRecord) throws {
        let sql: String = """
            INSERT INTO idempotency (principal_id, key, fingerprint, outcome, resource, etag, body, created_ms)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (principal_id, key) DO UPDATE SET fingerprint = excluded.fingerprint,
                outcome = excluded.outcome, resource = excluded.resource, etag = excluded.etag, body = excluded.body,
                created_ms = excluded.created_ms
            """
        let arguments: [SQLiteValue] = [
            .integer(record.principalID), .text(record.key), SQLiteValue(record.fingerprint), .text(record.outcome),
            .text(record.resource), SQLiteValue(record.etag), .blob(record.body), SQLiteValue(record.created),
        ]
        try connection.execute(sql, arguments)
    }

    func removeIdempotentAnswers(before moment: Timestamp, limit: Int) throws -> Int {
        // One by one: SQLite would look through the whole table for a list of two-column keys.
        let old: String = "SELECT principal_id, key FROM idempotency WHERE created_ms < ? ORDER BY created_ms LIMIT ?"
        let keys: [(principal: Int64, key: String)] = try connection.all(
            old, [SQLiteValue(moment), SQLiteValue(limit)]
        ) { row in (principal: row.int(0), key: row.text(1)) }
        for kept in keys {
            let sql: String = "DELETE FROM idempotency WHERE principal_id = ? AND key = ?"
            try connection.execute(sql, [.integer(kept.principal), .text(kept.key)])
        }
        return keys.count
    }
}
