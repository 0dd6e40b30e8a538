internal import StemmaRegistry

/// Consumers.
extension SQLiteSession {
    private static let consumerSelect: String = """
        SELECT c.name, c.version_id, v.version, c.ref, c.first_ms, c.last_ms, c.expires_ms, c.reads
        FROM consumer c CROSS JOIN version v WHERE v.id = c.version_id
        """

    func liveConsumers(version id: Int64, at moment: Timestamp) throws -> [ConsumerRecord] {
        try connection.all(
            SQLiteSession.consumerSelect + " AND c.version_id = ? AND c.expires_ms > ? ORDER BY c.name",
            [.integer(id), SQLiteValue(moment)]
        ) { row in consumerRecord(row) }
    }

    func liveConsumerCount(model id: Int64, at moment: Timestamp) throws -> Int {
        let sql: String = "SELECT count(*) FROM consumer WHERE model_id = ? AND expires_ms > ?"
        return try connection.first(sql, [.integer(id), SQLiteValue(moment)]) { row in Int(row.int(0)) } ?? 0
    }

    func consumers(
        model id: Int64, at moment: Timestamp?, after last: (name: String, version: Int64)?, limit: Int
    ) throws -> [ConsumerRecord] {
        var condition = SQLFragment(" AND c.model_id = ?", [.integer(id)])
        if let moment { condition.append(" AND c.expires_ms > ?", [SQLiteValue(moment)]) }
        if let last {
            condition.append(" AND (c.name, c.version_id) > (?, ?)", [.text(last.name), .integer(last.version)])
        }
        condition.append(" ORDER BY c.name, c.version_id LIMIT ?", [SQLiteValue(limit)])
        return try connection.all(SQLiteSession.consumerSelect + condition.sql, condition.arguments) { row in
            consumerRecord(row)
        }
    }

    private func consumerRecord(_ row: borrowing SQLiteRow) -> ConsumerRecord {
        ConsumerRecord(
            name: row.text(0), versionID: row.int(1), version: row.text(2), ref: row.text(3),
            firstSeen: row.timestamp(4), lastSeen: row.timestamp(5), expires: row.timestamp(6), reads: row.int(7))
    }

    func countReads(
        model: Int64, version: Int64, name: String, ref: String, reads: Int64, last: Timestamp, expires: Timestamp,
        mayRegister: Bool
    ) throws -> ReadCounting {
        let known: String = """
            SELECT 1 FROM consumer WHERE model_id = ? AND name = ? AND version_id = ? AND expires_ms > ?
            """
        let isLive: Bool =
            try connection.first(known, [.integer(model), .text(name), .integer(version), SQLiteValue(last)]) { _ in
                true
            } ?? false
        guard isLive || mayRegister else { return .refused }
        let sql: String = """
            INSERT INTO consumer (model_id, version_id, name, ref, first_ms, last_ms, expires_ms, reads)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (model_id, name, version_id) DO UPDATE SET ref = excluded.ref,
                last_ms = max(last_ms, excluded.last_ms), expires_ms = max(expires_ms, excluded.expires_ms),
                reads = reads + excluded.reads
            """
        let arguments: [SQLiteValue] = [
            .integer(model), .integer(version), .text(name), .text(ref), SQLiteValue(last), SQLiteValue(last),
            SQLiteValue(expires), .integer(reads),
        ]
        try connection.execute(sql, arguments)
        return isLive ? .renewed : .registered
    }

    func removeConsumers(expiredBefore moment: Timestamp, limit: Int) throws -> Int {
        let sql: String = """
            DELETE FROM consumer WHERE (model_id, name, version_id) IN
                (SELECT model_id, name, version_id FROM consumer WHERE expires_ms < ? LIMIT ?)
            """
        return try connection.execute(sql, [SQLiteValue(moment), SQLiteValue(limit)])
    }
}
