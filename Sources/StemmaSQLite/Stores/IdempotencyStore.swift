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
        let sql: String = """
            DELETE FROM idempotency WHERE (principal_id, key) IN
                (SELECT principal_id, key FROM idempotency WHERE created_ms < ? ORDER BY created_ms LIMIT ?)
            """
        return try connection.execute(sql, [SQLiteValue(moment), SQLiteValue(limit)])
    }
}
