internal import StemmaRegistry

/// Policies and their runs.
extension SQLiteSession {
    private static let policySelect: String = """
        SELECT y.id, y.name, y.kind, y.definition, y.mode, y.enabled, y.next_run_ms, y.created_ms, p.subject,
            y.updated_ms, y.revision, y.deleted_ms
        FROM policy y CROSS JOIN principal p WHERE p.id = y.created_by
        """

    func policy(id: String) throws -> PolicyRecord? {
        try connection.first(SQLiteSession.policySelect + " AND y.id = ?", [.text(id)]) { row in policyRecord(row) }
    }

    func policy(named name: String) throws -> PolicyRecord? {
        let sql: String = SQLiteSession.policySelect + " AND y.name = ? AND y.deleted_ms IS NULL"
        return try connection.first(sql, [.text(name)]) { row in policyRecord(row) }
    }

    func policies() throws -> [PolicyRecord] {
        let sql: String = SQLiteSession.policySelect + " AND y.deleted_ms IS NULL ORDER BY y.name"
        return try connection.all(sql) { row in policyRecord(row) }
    }

    func policyCount() throws -> Int {
        let sql: String = "SELECT count(*) FROM policy WHERE deleted_ms IS NULL"
        return Int(try connection.first(sql) { row in row.int(0) } ?? 0)
    }

    func duePolicies(at moment: Timestamp, limit: Int) throws -> [String] {
        // Word for word the terms of the partial index.
        let sql: String = """
            SELECT id FROM policy
            WHERE deleted_ms IS NULL AND enabled = 1 AND next_run_ms IS NOT NULL AND next_run_ms <= ?
            ORDER BY next_run_ms, id LIMIT ?
            """
        return try connection.all(sql, [SQLiteValue(moment), SQLiteValue(limit)]) { row in row.text(0) }
    }

    func deletedPoliciesWithRuns(limit: Int) throws -> [String] {
        let sql: String = """
            SELECT id FROM policy y
            WHERE deleted_ms IS NOT NULL
                AND EXISTS (SELECT 1 FROM policy_run r WHERE r.policy_id = y.id AND r.status <> 'running')
            ORDER BY id LIMIT ?
            """
        return try connection.all(sql, [SQLiteValue(limit)]) { row in row.text(0) }
    }

    private func policyRecord(_ row: borrowing SQLiteRow) -> PolicyRecord {
        PolicyRecord(
            stored: NewPolicy(
                id: row.text(0), name: row.text(1), kind: row.text(2), definition: row.bytes(3), mode: row.text(4),
                isEnabled: row.int(5) != 0, nextRun: row.optionalTimestamp(6)),
            created: row.timestamp(7), createdBy: row.text(8), updated: row.timestamp(9), revision: row.int(10),
            deleted: row.optionalTimestamp(11))
    }

    func insertPolicy(_ policy: NewPolicy, at moment: Timestamp, by principal: Int64) throws {
        try requireFreeName(policy)
        let sql: String = """
            INSERT INTO policy (id, name, kind, definition, mode, enabled, next_run_ms, created_ms, created_by,
                updated_ms, revision)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)
            """
        let arguments: [SQLiteValue] =
            [.text(policy.id)] + policyValues(policy)
            + [SQLiteValue(moment), .integer(principal), SQLiteValue(moment)]
        try connection.execute(sql, arguments)
    }

    func updatePolicy(_ policy: NewPolicy, at moment: Timestamp) throws {
        try requireFreeName(policy)
        let sql: String = """
            UPDATE policy SET name = ?, kind = ?, definition = ?, mode = ?, enabled = ?, next_run_ms = ?,
                updated_ms = ?, revision = revision + 1
            WHERE id = ? AND deleted_ms IS NULL
            """
        let arguments: [SQLiteValue] = policyValues(policy) + [SQLiteValue(moment), .text(policy.id)]
        try requireOneRow(try connection.execute(sql, arguments), .policyNotFound, "there is no policy \(policy.id)")
    }

    private func policyValues(_ policy: NewPolicy) -> [SQLiteValue] {
        [
            .text(policy.name), .text(policy.kind), .json(policy.definition), .text(policy.mode),
            SQLiteValue(policy.isEnabled), SQLiteValue(policy.nextRun),
        ]
    }

    private func requireFreeName(_ policy: NewPolicy) throws {
        guard let other = try self.policy(named: policy.name), other.id != policy.id else { return }
        throw StemmaError(.policyExists, "there is a policy named \(policy.name) already, \(other.id)")
    }

    func setNextRun(policy id: String, at moment: Timestamp?) throws {
        let sql: String = "UPDATE policy SET next_run_ms = ? WHERE id = ? AND deleted_ms IS NULL"
        try requireOneRow(
            try connection.execute(sql, [SQLiteValue(moment), .text(id)]), .policyNotFound, "there is no policy \(id)")
    }

    func deletePolicy(_ id: String, at moment: Timestamp) throws {
        let sql: String = """
            UPDATE policy SET deleted_ms = ?, next_run_ms = NULL, revision = revision + 1
            WHERE id = ? AND deleted_ms IS NULL
            """
        try requireOneRow(
            try connection.execute(sql, [SQLiteValue(moment), .text(id)]), .policyNotFound, "there is no policy \(id)")
    }

    private static let policyRunSelect: String = """
        SELECT r.id, r.policy_id, r.policy_revision, r.definition, r.cause, r.dry_run, r.started_ms, r.principal_id,
            r.number, r.status, r.finished_ms, p.subject, r.counts, r.error,
            EXISTS (SELECT 1 FROM policy_decisions d WHERE d.run_id = r.id)
        FROM policy_run r CROSS JOIN principal p WHERE p.id = r.principal_id
        """

    func policyRun(id: String) throws -> PolicyRunRecord? {
        try connection.first(SQLiteSession.policyRunSelect + " AND r.id = ?", [.text(id)]) { row in
            try policyRunRecord(row)
        }
    }

    func policyRuns(policy id: String, before number: Int64?, limit: Int) throws -> [PolicyRunRecord] {
        let sql: String =
            SQLiteSession.policyRunSelect + " AND r.policy_id = ? AND r.number < ? ORDER BY r.number DESC LIMIT ?"
        return try connection.all(sql, [.text(id), .integer(number ?? Int64.max), SQLiteValue(limit)]) { row in
            try policyRunRecord(row)
        }
    }

    func openPolicyRuns(policy id: String?) throws -> [PolicyRunRecord] {
        // Word for word the term of the partial index.
        let sql: String = SQLiteSession.policyRunSelect + " AND r.status = 'running'"
        guard let id else {
            return try connection.all(sql + " ORDER BY r.id") { row in try policyRunRecord(row) }
        }
        return try connection.all(sql + " AND r.policy_id = ? ORDER BY r.id", [.text(id)]) { row in
            try policyRunRecord(row)
        }
    }

    private func policyRunRecord(_ row: borrowing SQLiteRow) throws -> PolicyRunRecord {
        PolicyRunRecord(
            stored: NewPolicyRun(
                id: row.text(0), policyID: row.text(1), policyRevision: row.int(2), definition: row.bytes(3),
                cause: try row.named(4), isDryRun: row.int(5) != 0, started: row.timestamp(6),
                principalID: row.int(7)),
            number: row.int(8), status: try row.named(9), finished: row.optionalTimestamp(10), by: row.text(11),
            counts: row.bytes(12), error: row.optionalText(13), hasDecisions: row.int(14) != 0)
    }

    func insertPolicyRun(_ run: NewPolicyRun) throws -> Int64 {
        let sql: String = """
            INSERT INTO policy_run (id, policy_id, number, policy_revision, definition, cause, dry_run, started_ms,
                principal_id, status, counts)
            VALUES (?, ?, (SELECT coalesce(max(number), 0) + 1 FROM policy_run WHERE policy_id = ?), ?, ?, ?, ?, ?, ?,
                'running', '{}')
            RETURNING number
            """
        let arguments: [SQLiteValue] = [
            .text(run.id), .text(run.policyID), .text(run.policyID), .integer(run.policyRevision),
            .json(run.definition), .text(run.cause.rawValue), SQLiteValue(run.isDryRun), SQLiteValue(run.started),
            .integer(run.principalID),
        ]
        return try connection.first(sql, arguments) { row in row.int(0) } ?? 0
    }

    func endPolicyRun(
        _ id: String, status: PolicyRunStatus, counts: [UInt8], error: String?, at moment: Timestamp
    ) throws {
        let sql: String = """
            UPDATE policy_run SET status = ?, counts = ?, error = ?, finished_ms = ?
            WHERE id = ? AND status = 'running'
            """
        let arguments: [SQLiteValue] = [
            .text(status.rawValue), .json(counts), SQLiteValue(error), SQLiteValue(moment), .text(id),
        ]
        try requireOneRow(
            try connection.execute(sql, arguments), .policyRunNotFound, "there is no open run \(id)")
    }

    func policyDecisions(
        run id: String, verdict: String, from part: Int64, limit: Int
    ) throws -> [PolicyDecisionPart] {
        let sql: String = """
            SELECT part, decisions FROM policy_decisions WHERE run_id = ? AND verdict = ? AND part >= ?
            ORDER BY part LIMIT ?
            """
        return try connection.all(sql, [.text(id), .text(verdict), .integer(part), SQLiteValue(limit)]) { row in
            PolicyDecisionPart(verdict: verdict, part: row.int(0), decisions: row.bytes(1))
        }
    }

    func insertPolicyDecisions(run id: String, _ part: PolicyDecisionPart) throws {
        let sql: String = "INSERT INTO policy_decisions (run_id, verdict, part, decisions) VALUES (?, ?, ?, ?)"
        let arguments: [SQLiteValue] = [.text(id), .text(part.verdict), .integer(part.part), .json(part.decisions)]
        try connection.execute(sql, arguments)
    }

    func removePolicyDecisions(policy id: String, through number: Int64, limit: Int) throws -> Int {
        let sql: String = """
            DELETE FROM policy_decisions WHERE (run_id, verdict, part) IN
                (SELECT d.run_id, d.verdict, d.part FROM policy_run r CROSS JOIN policy_decisions d
                    WHERE r.policy_id = ? AND r.number <= ? AND r.status <> 'running' AND d.run_id = r.id LIMIT ?)
            """
        return try connection.execute(sql, [.text(id), .integer(number), SQLiteValue(limit)])
    }

    func removePolicyRuns(policy id: String, through number: Int64, limit: Int) throws -> Int {
        let sql: String = """
            DELETE FROM policy_run WHERE id IN
                (SELECT id FROM policy_run WHERE policy_id = ? AND number <= ? AND status <> 'running'
                    ORDER BY number LIMIT ?)
            """
        return try connection.execute(sql, [.text(id), .integer(number), SQLiteValue(limit)])
    }
}

/// What runs look at. These statements see very many rows, and take of each only what is needed.
extension SQLiteSession {
    func lastVersionKey() throws -> Int64 {
        try connection.first("SELECT coalesce(max(id), 0) FROM version") { row in row.int(0) } ?? 0
    }

    func policyVersions(
        keys: ClosedRange<Int64>, states: [LifecycleState], filter: FilterExpression?, metrics: [String]
    ) throws -> [PolicyVersion] {
        // Row by row in the order of the keys: an index on the state would have to be sorted for every page again.
        var statement: SQLFragment = SQLiteSession.policyVersionSelect(metrics)
        statement.append(
            " FROM version v NOT INDEXED CROSS JOIN model m WHERE m.id = v.model_id AND v.id BETWEEN ? AND ?",
            [.integer(keys.lowerBound), .integer(keys.upperBound)])
        statement.append(SQLiteSession.policyVersionConditions(states))
        if let filter {
            statement.append(" AND ")
            statement.append(try SQLFilter(VersionField.table).compile(filter))
        }
        statement.append(" ORDER BY v.id")
        return try connection.all(statement.sql, statement.arguments) { row in
            try policyVersion(row, metrics: metrics.count)
        }
    }

    func policyVersions(
        models: [Int64], states: [LifecycleState], metrics: [String]
    ) throws -> [PolicyVersion] {
        guard !models.isEmpty else { return [] }
        var statement: SQLFragment = SQLiteSession.policyVersionSelect(metrics)
        let list: String = "[" + models.map(String.init).joined(separator: ",") + "]"
        // The condition on `development` is word for word that of the partial index.
        statement.append(
            """
             FROM json_each(?) j CROSS JOIN version v INDEXED BY version_state CROSS JOIN model m
            WHERE v.model_id = j.value AND m.id = v.model_id AND v.state <> 'development'
            """, [.text(list)])
        statement.append(SQLiteSession.policyVersionConditions(states))
        return try connection.all(statement.sql, statement.arguments) { row in
            try policyVersion(row, metrics: metrics.count)
        }
    }

    private static func policyVersionSelect(_ metrics: [String]) -> SQLFragment {
        var statement = SQLFragment("SELECT v.id, v.model_id, m.name, v.version, v.state, v.created_ms, v.revision")
        for metric in metrics {
            statement.append(", (SELECT j.atom FROM json_each(v.metrics) j WHERE j.key = ?)", [.text(metric)])
        }
        return statement
    }

    private static func policyVersionConditions(_ states: [LifecycleState]) -> SQLFragment {
        let places: String = states.map { _ in "?" }.joined(separator: ", ")
        return SQLFragment(
            " AND v.state IN (\(places)) AND v.status = 'ready' AND v.deleted_ms IS NULL",
            states.map { .text($0.rawValue) })
    }

    private func policyVersion(_ row: borrowing SQLiteRow, metrics count: Int) throws -> PolicyVersion {
        var metrics: [Double?] = []
        for column in 7..<(7 + count) { metrics.append(row.optionalDouble(column)) }
        return PolicyVersion(
            id: row.int(0), modelID: row.int(1), model: row.text(2), version: row.text(3), state: try row.named(4),
            created: row.timestamp(5), revision: row.int(6), metrics: metrics)
    }

    func liveConsumerCounts(keys: ClosedRange<Int64>, at moment: Timestamp) throws -> [Int64: Int64] {
        let sql: String = """
            SELECT version_id, count(DISTINCT name) FROM consumer
            WHERE version_id BETWEEN ? AND ? AND expires_ms > ? GROUP BY version_id
            """
        var counts: [Int64: Int64] = [:]
        let arguments: [SQLiteValue] = [
            .integer(keys.lowerBound), .integer(keys.upperBound), SQLiteValue(moment),
        ]
        try connection.query(sql, arguments) { row in counts[row.int(0)] = row.int(1) }
        return counts
    }

    func firstObservations(
        metric: String, days: Int64, keys: ClosedRange<Int64>
    ) throws -> [Int64: FirstObservations] {
        var found: [Int64: FirstObservations] = [:]
        let span: [SQLiteValue] = [.text(metric), .integer(keys.lowerBound), .integer(keys.upperBound)]
        let byDay: String = """
            WITH started AS MATERIALIZED (
                SELECT s.id, s.version_id,
                    (SELECT d.day FROM observation_day d WHERE d.series_id = s.id ORDER BY d.day LIMIT 1) AS day
                FROM observation_series s WHERE s.metric = ? AND s.version_id BETWEEN ? AND ?)
            SELECT f.version_id, f.day, sum(d.count), sum(d.sum)
            FROM started f CROSS JOIN observation_day d
            WHERE f.day IS NOT NULL AND d.series_id = f.id AND d.day BETWEEN f.day AND f.day + ?
            GROUP BY f.version_id, f.id
            """
        try connection.query(byDay, span + [.integer(days - 1)]) { row in
            found[row.int(0)] = FirstObservations(
                count: row.int(2), mean: row.double(3) / Double(row.int(2)), end: .start(ofDay: row.int(1) + days))
        }
        let byMonth: String = """
            WITH started AS MATERIALIZED (
                SELECT s.id, s.version_id,
                    (SELECT o.month FROM observation_month o WHERE o.series_id = s.id ORDER BY o.month LIMIT 1) AS month
                FROM observation_series s WHERE s.metric = ? AND s.version_id BETWEEN ? AND ?)
            SELECT f.version_id, f.month, o.count, o.sum
            FROM started f CROSS JOIN observation_month o
            WHERE f.month IS NOT NULL AND o.series_id = f.id AND o.month = f.month
            """
        try connection.query(byMonth, span) { row in
            found[row.int(0)] = FirstObservations(
                count: row.int(2), mean: row.double(3) / Double(row.int(2)), end: .start(ofMonth: row.int(1) + 1))
        }
        return found
    }
}
