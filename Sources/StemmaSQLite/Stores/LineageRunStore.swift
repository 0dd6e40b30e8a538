internal import StemmaRegistry

/// Runs of jobs.
extension SQLiteSession {
    private static let runSelect: String = """
        SELECT run_id, job_id, parent_run_id, state, state_ms, started_ms, ended_ms, facets FROM lineage_run
        """

    func lineageFacets(_ id: Int64) throws -> (facets: [UInt8]?, times: [UInt8]?) {
        let sql: String = "SELECT facets, facet_times FROM lineage_entity WHERE id = ?"
        return try connection.first(sql, [.integer(id)]) { row in (row.optionalBytes(0), row.optionalBytes(1)) }
            ?? (nil, nil)
    }

    func lineageRun(_ id: String) throws -> LineageRunRecord? {
        try connection.first(SQLiteSession.runSelect + " WHERE run_id = ?", [.text(id)]) { row in runRecord(row) }
    }

    func lineageRuns(
        job id: Int64, before last: (moment: Timestamp, id: String)?, limit: Int
    ) throws -> [LineageRunRecord] {
        var condition = SQLFragment(" WHERE job_id = ?", [.integer(id)])
        if let last {
            condition.append(" AND (state_ms, run_id) < (?, ?)", [SQLiteValue(last.moment), .text(last.id)])
        }
        condition.append(" ORDER BY state_ms DESC, run_id DESC LIMIT ?", [SQLiteValue(limit)])
        return try connection.all(SQLiteSession.runSelect + condition.sql, condition.arguments) { row in
            runRecord(row)
        }
    }

    private func runRecord(_ row: borrowing SQLiteRow) -> LineageRunRecord {
        LineageRunRecord(
            runID: row.text(0), job: row.int(1), parentRunID: row.optionalText(2), state: row.text(3),
            stateTime: row.timestamp(4), started: row.optionalTimestamp(5), ended: row.optionalTimestamp(6),
            facets: row.optionalBytes(7))
    }

    func putLineageRun(_ run: LineageRunRecord) throws {
        let sql: String = """
            INSERT INTO lineage_run (run_id, job_id, parent_run_id, state, state_ms, started_ms, ended_ms, facets)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (run_id) DO UPDATE SET job_id = excluded.job_id, parent_run_id = excluded.parent_run_id,
                state = excluded.state, state_ms = excluded.state_ms, started_ms = excluded.started_ms,
                ended_ms = excluded.ended_ms, facets = excluded.facets
            """
        let arguments: [SQLiteValue] = [
            .text(run.runID), .integer(run.job), SQLiteValue(run.parentRunID), .text(run.state),
            SQLiteValue(run.stateTime), SQLiteValue(run.started), SQLiteValue(run.ended),
            run.facets.map { .json($0) } ?? .null,
        ]
        try connection.execute(sql, arguments)
    }
}
