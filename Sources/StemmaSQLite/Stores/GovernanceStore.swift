internal import StemmaRegistry

/// Reviews and quarantines.
extension SQLiteSession {
    func reviews(version id: Int64) throws -> [ReviewRecord] {
        let sql: String = """
            SELECT r.id, r.gate, r.decision, r.items, r.comment, r.evidence, r.principal_id, p.subject, r.role,
                r.manifest_digest, r.evidence_revision, r.at_ms
            FROM review r CROSS JOIN principal p
            WHERE r.version_id = ? AND p.id = r.principal_id ORDER BY r.at_ms, r.rowid
            """
        return try connection.all(sql, [.integer(id)]) { row in
            ReviewRecord(
                id: row.text(0), gate: row.text(1), decision: row.text(2), items: row.bytes(3),
                comment: row.optionalText(4), evidence: row.optionalBytes(5), principalID: row.int(6),
                subject: row.text(7), role: row.text(8), manifestDigest: try row.digest(9),
                evidenceRevision: row.int(10), at: row.timestamp(11))
        }
    }

    func insertReview(_ review: ReviewRecord, version id: Int64) throws {
        let sql: String = """
            INSERT INTO review (id, version_id, gate, decision, items, comment, evidence, principal_id, role,
                manifest_digest, evidence_revision, at_ms)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """
        let arguments: [SQLiteValue] = [
            .text(review.id), .integer(id), .text(review.gate), .text(review.decision), .json(review.items),
            SQLiteValue(review.comment), review.evidence.map { .json($0) } ?? .null, .integer(review.principalID),
            .text(review.role), SQLiteValue(review.manifestDigest), .integer(review.evidenceRevision),
            SQLiteValue(review.at),
        ]
        try connection.execute(sql, arguments)
    }

    func openQuarantines(version id: Int64) throws -> [QuarantineRecord] {
        try quarantineRecords(version: id, and: "q.lifted_ms IS NULL")
    }

    func quarantines(version id: Int64) throws -> [QuarantineRecord] {
        try quarantineRecords(version: id, and: "TRUE")
    }

    private func quarantineRecords(version id: Int64, and condition: String) throws -> [QuarantineRecord] {
        let sql: String = """
            SELECT q.id, q.reason, q.opened_ms, o.subject, q.lifted_ms, l.subject, q.lift_reason
            FROM quarantine q CROSS JOIN principal o LEFT JOIN principal l ON l.id = q.lifted_by
            WHERE q.version_id = ? AND o.id = q.opened_by AND \(condition) ORDER BY q.opened_ms, q.rowid
            """
        return try connection.all(sql, [.integer(id)]) { row in
            QuarantineRecord(
                id: row.text(0), reason: row.text(1), opened: row.timestamp(2), openedBy: row.text(3),
                lifted: row.optionalTimestamp(4), liftedBy: row.optionalText(5), liftReason: row.optionalText(6))
        }
    }

    func insertQuarantine(id: String, version: Int64, reason: String, at moment: Timestamp, by principal: Int64) throws
    {
        let sql: String = """
            INSERT INTO quarantine (id, version_id, reason, opened_ms, opened_by) VALUES (?, ?, ?, ?, ?)
            """
        try connection.execute(
            sql, [.text(id), .integer(version), .text(reason), SQLiteValue(moment), .integer(principal)])
        try countQuarantines(version: version, at: moment)
    }

    func liftQuarantines(version id: Int64, reason: String?, at moment: Timestamp, by principal: Int64) throws -> Int {
        let sql: String = """
            UPDATE quarantine SET lifted_ms = ?, lifted_by = ?, lift_reason = ?
            WHERE version_id = ? AND lifted_ms IS NULL
            """
        let lifted: Int = try connection.execute(
            sql, [SQLiteValue(moment), .integer(principal), SQLiteValue(reason), .integer(id)])
        if lifted > 0 { try countQuarantines(version: id, at: moment) }
        return lifted
    }

    func countQuarantines(version id: Int64, at moment: Timestamp) throws {
        let sql: String = """
            UPDATE version SET
                quarantines = (SELECT count(*) FROM quarantine WHERE version_id = ?1 AND lifted_ms IS NULL),
                updated_ms = ?2, revision = revision + 1
            WHERE id = ?1
            """
        try connection.execute(sql, [.integer(id), SQLiteValue(moment)])
    }
}
