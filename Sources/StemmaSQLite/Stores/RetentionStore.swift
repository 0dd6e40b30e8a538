internal import StemmaJSON
internal import StemmaRegistry

/// The end of events' retention.
extension SQLiteSession {
    func expiredEvents(
        from start: Int64, promisedBefore now: Timestamp, writtenBefore cutoff: Timestamp, limit: Int
    ) throws -> [ExpiredEvent] {
        let people: String =
            "SELECT DISTINCT principal_id FROM audit_private WHERE seq = ? AND principal_id IS NOT NULL"
        // Times never fall with the sequence: the first event that is too young ends the search.
        let end: Int64 = try auditSequence(since: cutoff) ?? Int64.max
        let sql: String = """
            SELECT seq, model, version, principal_id FROM audit_event
            WHERE seq >= ? AND seq < ? AND leaf IS NOT NULL AND min_retain_ms < ?
                AND action <> '\(AuditPruner.action)'
            ORDER BY seq LIMIT ?
            """
        let arguments: [SQLiteValue] = [.integer(start), .integer(end), SQLiteValue(now), SQLiteValue(limit)]
        let rows: [(seq: Int64, model: String?, version: String?, principal: Int64?)] = try connection.all(
            sql, arguments
        ) { row in (row.int(0), row.optionalText(1), row.optionalText(2), row.optionalInt(3)) }
        return try rows.map { row in
            var owners: [Int64] = try connection.all(people, [.integer(row.seq)]) { owner in owner.int(0) }
            if let principal = row.principal { owners.append(principal) }
            return ExpiredEvent(sequence: row.seq, model: row.model, version: row.version, people: owners)
        }
    }

    func prunedRanges() throws -> [Range<Int64>] {
        let sql: String = """
            SELECT leaf FROM audit_event WHERE action = '\(AuditPruner.action)'\(SQLiteSession.indexed(AuditPruner.action))
            ORDER BY seq
            """
        let leaves: [[UInt8]] = try connection.all(sql) { row in row.bytes(0) }
        return leaves.flatMap { leaf in
            AuditPruner.ranges(announcedBy: (try? JSONParser.parse(leaf)["detail"]) ?? .null)
        }
    }

    func firstKeptEvent(from start: Int64) throws -> (sequence: Int64, at: Timestamp)? {
        let sql: String = """
            SELECT seq, ts_ms FROM audit_event WHERE seq >= ? AND leaf IS NOT NULL AND action <> '\(AuditPruner.action)'
            ORDER BY seq LIMIT 1
            """
        return try connection.first(sql, [.integer(start)]) { row in (row.int(0), row.timestamp(1)) }
    }

    func pruneEvents(_ ranges: [Range<Int64>]) throws {
        // The other columns repeat what the text said.
        let prune: String = """
            UPDATE audit_event SET leaf = NULL, action = '', outcome = '', principal_id = NULL, object_type = '',
                object_id = '', model = NULL, version = NULL
            WHERE seq >= ? AND seq < ? AND leaf IS NOT NULL
            """
        for range in ranges {
            let bounds: [SQLiteValue] = [.integer(range.lowerBound), .integer(range.upperBound)]
            try connection.execute("INSERT INTO audit_pruning (from_seq, to_seq) VALUES (?, ?)", bounds)
            try connection.execute(prune, bounds)
            try connection.execute("DELETE FROM audit_private WHERE seq >= ? AND seq < ?", bounds)
            try connection.execute("DELETE FROM audit_subject WHERE seq >= ? AND seq < ?", bounds)
            try connection.execute("DELETE FROM audit_pruning")
        }
    }
}
