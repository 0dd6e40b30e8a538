internal import StemmaRegistry

extension SQLiteSession {
    private static let aliasSelect: String = """
        SELECT a.model_id, m.name, a.alias, a.version_id, v.version, v.state, v.manifest_digest, a.updated_ms,
            p.subject, a.revision, v.created_ms, v.state_ms, v.sunset_ms
        FROM alias a CROSS JOIN model m CROSS JOIN version v CROSS JOIN principal p
        WHERE m.id = a.model_id AND v.id = a.version_id AND p.id = a.updated_by
        """

    func alias(model id: Int64, named alias: String) throws -> AliasRecord? {
        let sql: String = SQLiteSession.aliasSelect + " AND a.model_id = ? AND a.alias = ?"
        return try connection.first(sql, [.integer(id), .text(alias)]) { row in try aliasRecord(row) }
    }

    func aliases(model id: Int64) throws -> [AliasRecord] {
        let sql: String = SQLiteSession.aliasSelect + " AND a.model_id = ? ORDER BY a.alias"
        return try connection.all(sql, [.integer(id)]) { row in try aliasRecord(row) }
    }

    func forEachAlias(_ body: (AliasRecord) throws -> Void) throws {
        try connection.query(SQLiteSession.aliasSelect + " AND m.deleted_ms IS NULL") { row in
            try body(try aliasRecord(row))
        }
    }

    private func aliasRecord(_ row: borrowing SQLiteRow) throws -> AliasRecord {
        let state: LifecycleState = try row.named(5)
        let standing = VersionStanding(
            state: state, since: row.optionalTimestamp(11) ?? row.timestamp(10), sunset: row.optionalTimestamp(12))
        return AliasRecord(
            modelID: row.int(0), model: row.text(1), alias: row.text(2), versionID: row.int(3), version: row.text(4),
            state: state, deprecation: Deprecation(standing), manifestDigest: try row.optionalDigest(6),
            updated: row.timestamp(7),
            updatedBy: row.text(8), revision: row.int(9))
    }

    func putAlias(model id: Int64, alias: String, version: Int64, at moment: Timestamp, by principal: Int64) throws {
        // Read from the version's row, so that an alias can never point at a draft or at another model's version.
        let sql: String = """
            INSERT INTO alias (model_id, alias, version_id, updated_ms, updated_by, revision)
            SELECT v.model_id, ?, v.id, ?, ?, 1 FROM version v
            WHERE v.id = ? AND v.model_id = ? AND v.status = 'ready' AND v.deleted_ms IS NULL
            ON CONFLICT (model_id, alias) DO UPDATE SET version_id = excluded.version_id,
                updated_ms = excluded.updated_ms, updated_by = excluded.updated_by, revision = revision + 1
            """
        let arguments: [SQLiteValue] = [
            .text(alias), SQLiteValue(moment), .integer(principal), .integer(version), .integer(id),
        ]
        try requireOneRow(
            try connection.execute(sql, arguments), .versionNotFound, "the model has no such published version")
    }

    func removeAlias(model id: Int64, alias: String) throws -> Bool {
        let sql: String = "DELETE FROM alias WHERE model_id = ? AND alias = ?"
        return try connection.execute(sql, [.integer(id), .text(alias)]) == 1
    }
}
