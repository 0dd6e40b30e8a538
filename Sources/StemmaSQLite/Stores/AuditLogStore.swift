internal import StemmaDigest
internal import StemmaRegistry

/// The log's tree and its signed heads.
extension SQLiteSession {
    func auditLeafHashes(from sequence: Int64, count: Int) throws -> [Digest] {
        try connection.all(
            "SELECT leaf_hash FROM audit_event WHERE seq >= ? ORDER BY seq LIMIT ?",
            [.integer(sequence), SQLiteValue(count)]
        ) { row in try row.digest(0) }
    }

    func auditTileHashes(level: Int, from index: Int64, count: Int) throws -> [Digest] {
        try connection.all(
            "SELECT hash FROM audit_tile WHERE level = ? AND idx >= ? ORDER BY idx LIMIT ?",
            [SQLiteValue(level), .integer(index), SQLiteValue(count)]
        ) { row in try row.digest(0) }
    }

    func auditTileCount(level: Int) throws -> Int64 {
        let sql: String = "SELECT coalesce(max(idx) + 1, 0) FROM audit_tile WHERE level = ?"
        return try connection.first(sql, [SQLiteValue(level)]) { row in row.int(0) } ?? 0
    }

    func auditLeaves(from sequence: Int64, limit: Int) throws -> [StoredLeaf] {
        let values: String = """
            SELECT seq, field, salt, value, principal_id FROM audit_private WHERE seq >= ? AND seq < ? ORDER BY seq, field
            """
        var privateValues: [Int64: [PrivateValue]] = [:]
        try connection.query(values, [.integer(sequence), .integer(sequence + Int64(limit))]) { row in
            privateValues[row.int(0), default: []].append(
                PrivateValue(
                    field: row.text(1), salt: row.bytes(2), value: row.bytes(3), principalID: row.optionalInt(4)))
        }
        let events: String = """
            SELECT \(SQLiteSession.auditColumns), e.min_retain_ms, p.pseudonym
            FROM audit_event e LEFT JOIN principal p ON p.id = e.principal_id
            WHERE e.seq >= ? AND e.seq < ? ORDER BY e.seq
            """
        return try connection.all(events, [.integer(sequence), .integer(sequence + Int64(limit))]) { row in
            StoredLeaf(
                record: try auditRecord(row, privateValues[row.int(0)] ?? []), pseudonym: row.optionalText(12),
                retainUntil: row.timestamp(11))
        }
    }

    private static let checkpointSelect: String = "SELECT size, root, note FROM audit_checkpoint"

    func lastAuditCheckpoint() throws -> StoredCheckpoint? {
        try connection.first(SQLiteSession.checkpointSelect + " ORDER BY size DESC LIMIT 1") { row in
            try checkpoint(row)
        }
    }

    func auditCheckpoints(from size: Int64, limit: Int) throws -> [StoredCheckpoint] {
        try connection.all(
            SQLiteSession.checkpointSelect + " WHERE size >= ? ORDER BY size LIMIT ?",
            [.integer(size), SQLiteValue(limit)]
        ) { row in try checkpoint(row) }
    }

    private func checkpoint(_ row: borrowing SQLiteRow) throws -> StoredCheckpoint {
        StoredCheckpoint(size: row.int(0), root: try row.digest(1), note: row.text(2))
    }

    func insertAuditTileHash(level: Int, index: Int64, _ hash: Digest) throws {
        try connection.execute(
            "INSERT INTO audit_tile (level, idx, hash) VALUES (?, ?, ?)",
            [SQLiteValue(level), .integer(index), SQLiteValue(hash)])
    }

    func putAuditCheckpoint(_ checkpoint: StoredCheckpoint) throws {
        let sql: String = """
            INSERT INTO audit_checkpoint (size, root, note) VALUES (?, ?, ?)
            ON CONFLICT (size) DO UPDATE SET root = excluded.root, note = excluded.note
            """
        try connection.execute(
            sql, [.integer(checkpoint.size), SQLiteValue(checkpoint.root), .text(checkpoint.note)])
    }
}
