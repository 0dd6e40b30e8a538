internal import StemmaRegistry

/// What inventories and populations ask.
extension SQLiteSession {
    func versionCounts(model id: Int64, named name: String, at moment: PastMoment) throws -> [String: Int64] {
        var sql = SQLFragment("SELECT ")
        sql.append(SQLiteSession.state(moment))
        sql.append(", count(*) FROM version v WHERE ")
        sql.append(SQLiteSession.published(id, name, moment))
        sql.append(" GROUP BY 1")
        var counts: [String: Int64] = [:]
        try connection.query(sql.sql, sql.arguments) { row in counts[row.text(0)] = row.int(1) }
        var all = SQLFragment("SELECT count(*) FROM version v WHERE v.model_id = ? AND ", [.integer(id)])
        all.append(SQLiteSession.present("v", moment))
        let total: Int64 = try connection.first(all.sql, all.arguments) { row in row.int(0) } ?? 0
        let drafts: Int64 = total - counts.values.reduce(0, +)
        if drafts > 0 { counts["draft"] = drafts }
        return counts
    }

    func lastReview(model id: Int64, at moment: Timestamp) throws -> (version: String, review: ReviewRecord)? {
        let sql: String = """
            SELECT r.id, r.version_id, v.version FROM review r CROSS JOIN version v
            WHERE v.id = r.version_id AND v.model_id = ? AND r.at_ms <= ? ORDER BY r.at_ms DESC, r.rowid DESC LIMIT 1
            """
        let found: (id: String, row: Int64, version: String)? = try connection.first(
            sql, [.integer(id), SQLiteValue(moment)]
        ) { row in (row.text(0), row.int(1), row.text(2)) }
        guard let found, let review = try reviews(version: found.row).first(where: { $0.id == found.id }) else {
            return nil
        }
        return (found.version, review)
    }

    func events(
        actions: [String], in range: Range<Int64>, scope: ModelScope, limit: Int
    ) throws -> [AuditRecord] {
        // In the order of the log; through the index of actions, all that match would be sorted for every page.
        var sql = SQLFragment(
            SQLiteSession.auditSelect + " WHERE e.seq >= ? AND e.seq < ? AND e.outcome = 'success'",
            [.integer(range.lowerBound), .integer(range.upperBound)])
        sql.append(
            " AND +e.action IN (\(SQLiteSession.places(actions))) AND e.model IS NOT NULL", actions.map { .text($0) })
        if !scope.isUnlimited {
            sql.append(" AND ")
            sql.append(scope: scope, name: "e.model")
        }
        sql.append(" ORDER BY e.seq LIMIT ?", [SQLiteValue(limit)])
        return try connection.all(sql.sql, sql.arguments) { row in try auditRecord(row) }
    }
}
