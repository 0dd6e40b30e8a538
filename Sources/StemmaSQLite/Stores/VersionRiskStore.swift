internal import StemmaRegistry

/// Assessments of versions' risk.
extension SQLiteSession {
    func riskAssessments(version id: Int64, limit: Int) throws -> [RiskAssessmentRecord] {
        let sql: String = """
            SELECT r.revision, r.assessment, r.assessed_ms, p.subject FROM version_risk r CROSS JOIN principal p
            WHERE r.version_id = ? AND p.id = r.assessed_by ORDER BY r.revision DESC LIMIT ?
            """
        return try connection.all(sql, [.integer(id), SQLiteValue(limit)]) { row in
            RiskAssessmentRecord(
                revision: row.int(0), assessment: row.bytes(1), at: row.timestamp(2), by: row.text(3))
        }
    }

    func insertRiskAssessment(
        version id: Int64, _ assessment: [UInt8], at moment: Timestamp, by principal: Int64
    ) throws -> Int64 {
        let sql: String = """
            INSERT INTO version_risk (version_id, revision, assessment, assessed_ms, assessed_by)
            VALUES (?, (SELECT coalesce(max(revision), 0) + 1 FROM version_risk WHERE version_id = ?), ?, ?, ?)
            RETURNING revision
            """
        let arguments: [SQLiteValue] = [
            .integer(id), .integer(id), .json(assessment), SQLiteValue(moment), .integer(principal),
        ]
        let revision: Int64 = try connection.first(sql, arguments) { row in row.int(0) } ?? 0
        let newest: String = """
            UPDATE version SET risk = ?, updated_ms = ?, revision = revision + 1 WHERE id = ? AND deleted_ms IS NULL
            """
        try requireOneRow(
            try connection.execute(newest, [.json(assessment), SQLiteValue(moment), .integer(id)]), .versionNotFound,
            "there is no such version")
        return revision
    }
}
