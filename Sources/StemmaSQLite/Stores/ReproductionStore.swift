internal import StemmaRegistry

/// Attempts to make versions again.
extension SQLiteSession {
    private static let reproductionSelect: String = """
        SELECT r.id, r.principal_id, p.subject, r.manifest_digest, r.evidence_revision, r.tolerance, r.tolerance_mode,
            r.reproduced, r.verdicts, r.environment, r.differences, r.code_commit, r.data_hash, r.notes, r.at_ms
        FROM reproduction r CROSS JOIN principal p
        WHERE p.id = r.principal_id
        """

    func reproductions(version id: Int64) throws -> [ReproductionRecord] {
        let condition: String = " AND r.version_id = ? ORDER BY r.seq"
        return try connection.all(SQLiteSession.reproductionSelect + condition, [.integer(id)]) { row in
            try reproductionRecord(row)
        }
    }

    func reproduction(_ id: String, version: Int64) throws -> ReproductionRecord? {
        let condition: String = " AND r.id = ? AND r.version_id = ?"
        return try connection.first(SQLiteSession.reproductionSelect + condition, [.text(id), .integer(version)]) {
            row in try reproductionRecord(row)
        }
    }

    func reproductionCount(version id: Int64) throws -> Int {
        let sql: String = "SELECT count(*) FROM reproduction WHERE version_id = ?"
        return try connection.first(sql, [.integer(id)]) { row in Int(row.int(0)) } ?? 0
    }

    func reproductionOutcomes(version id: Int64, evidenceRevision: Int64) throws -> [ReproductionOutcome] {
        let sql: String = """
            SELECT id, principal_id, reproduced, tolerance, tolerance_mode, at_ms FROM reproduction
            WHERE seq IN (SELECT max(seq) FROM reproduction WHERE version_id = ? AND evidence_revision = ?
                GROUP BY principal_id)
            ORDER BY seq
            """
        return try connection.all(sql, [.integer(id), .integer(evidenceRevision)]) { row in
            ReproductionOutcome(
                id: row.text(0), principalID: row.int(1), isReproduced: row.int(2) == 1, tolerance: row.double(3),
                mode: try row.named(4), at: row.timestamp(5))
        }
    }

    private func reproductionRecord(_ row: borrowing SQLiteRow) throws -> ReproductionRecord {
        ReproductionRecord(
            id: row.text(0), principalID: row.int(1), subject: row.text(2), manifestDigest: try row.digest(3),
            evidenceRevision: row.int(4), tolerance: row.double(5), mode: try row.named(6),
            isReproduced: row.int(7) == 1, verdicts: row.bytes(8), environment: row.optionalBytes(9),
            differences: row.bytes(10), codeCommit: row.optionalText(11), dataHash: row.optionalText(12),
            notes: row.optionalText(13), at: row.timestamp(14))
    }

    func insertReproduction(_ reproduction: ReproductionRecord, version id: Int64) throws {
        let sql: String = """
            INSERT INTO reproduction (id, version_id, principal_id, manifest_digest, evidence_revision, tolerance,
                tolerance_mode, reproduced, verdicts, environment, differences, code_commit, data_hash, notes, at_ms)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """
        let arguments: [SQLiteValue] = [
            .text(reproduction.id), .integer(id), .integer(reproduction.principalID),
            SQLiteValue(reproduction.manifestDigest), .integer(reproduction.evidenceRevision),
            .real(reproduction.tolerance), .text(reproduction.mode.rawValue), SQLiteValue(reproduction.isReproduced),
            .json(reproduction.verdicts), reproduction.environment.map { .json($0) } ?? .null,
            .json(reproduction.differences), SQLiteValue(reproduction.codeCommit), SQLiteValue(reproduction.dataHash),
            SQLiteValue(reproduction.notes), SQLiteValue(reproduction.at),
        ]
        try connection.execute(sql, arguments)
    }
}
