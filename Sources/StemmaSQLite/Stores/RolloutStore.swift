internal import StemmaRegistry

/// Rollouts and traffic.
extension SQLiteSession {
    private static let rolloutSelect: String = """
        SELECT r.id, r.model_id, m.name, r.version_id, v.version, r.baseline_id, b.version, r.plan, r.status, r.step,
            r.percent, r.step_ms, r.ended_ms, r.end_reason, r.history, r.created_ms, p.subject, r.updated_ms, r.revision
        FROM rollout r CROSS JOIN model m CROSS JOIN version v CROSS JOIN version b CROSS JOIN principal p
        WHERE m.id = r.model_id AND v.id = r.version_id AND b.id = r.baseline_id AND p.id = r.created_by
        """

    func rollout(id: String) throws -> RolloutRecord? {
        try connection.first(SQLiteSession.rolloutSelect + " AND r.id = ?", [.text(id)]) { row in
            try rolloutRecord(row)
        }
    }

    func runningRollout(model id: Int64) throws -> RolloutRecord? {
        let condition: String = " AND r.status = 'running' AND r.model_id = ?"
        return try connection.first(SQLiteSession.rolloutSelect + condition, [.integer(id)]) { row in
            try rolloutRecord(row)
        }
    }

    func rollouts(model id: Int64, after last: (created: Timestamp, id: String)?, limit: Int) throws -> [RolloutRecord]
    {
        var condition = SQLFragment(" AND r.model_id = ?", [.integer(id)])
        if let last {
            condition.append(" AND (r.created_ms, r.id) < (?, ?)", [SQLiteValue(last.created), .text(last.id)])
        }
        condition.append(" ORDER BY r.created_ms DESC, r.id DESC LIMIT ?", [SQLiteValue(limit)])
        return try connection.all(SQLiteSession.rolloutSelect + condition.sql, condition.arguments) { row in
            try rolloutRecord(row)
        }
    }

    func runningRollouts(afterModel id: Int64, limit: Int) throws -> [RolloutRecord] {
        let condition: String = " AND r.status = 'running' AND r.model_id > ? ORDER BY r.model_id LIMIT ?"
        return try connection.all(
            SQLiteSession.rolloutSelect + condition, [.integer(id), SQLiteValue(limit)]
        ) { row in try rolloutRecord(row) }
    }

    func succeededRollouts(version id: Int64, limit: Int) throws -> [RolloutRecord] {
        // Said of the model too, by which rollouts are found.
        let condition: String = """
             AND r.model_id = (SELECT model_id FROM version WHERE id = ?) AND r.version_id = ? AND r.status = 'succeeded'
            ORDER BY r.created_ms DESC, r.id DESC LIMIT ?
            """
        return try connection.all(
            SQLiteSession.rolloutSelect + condition, [.integer(id), .integer(id), SQLiteValue(limit)]
        ) { row in try rolloutRecord(row) }
    }

    private func rolloutRecord(_ row: borrowing SQLiteRow) throws -> RolloutRecord {
        RolloutRecord(
            id: row.text(0), modelID: row.int(1), model: row.text(2), versionID: row.int(3), version: row.text(4),
            baselineID: row.int(5), baseline: row.text(6), plan: row.bytes(7),
            progress: RolloutProgress(
                status: try row.named(8), step: Int(row.int(9)), percent: Int(row.int(10)),
                stepStarted: row.timestamp(11), ended: row.optionalTimestamp(12), endReason: row.optionalText(13),
                history: row.bytes(14)),
            created: row.timestamp(15), createdBy: row.text(16), updated: row.timestamp(17), revision: row.int(18))
    }

    private static let trafficColumns: String = """
        SELECT m.name, p.version, p.manifest_digest, coalesce(p.state_ms, p.created_ms), r.id, r.percent, r.step_ms,
            c.version, c.manifest_digest, (SELECT max(e.ended_ms) FROM rollout e WHERE e.model_id = m.id)
        """
    private static let trafficRollout: String = """
        LEFT JOIN rollout r ON r.model_id = m.id AND r.status = 'running'
        LEFT JOIN version c ON c.id = r.version_id
        """

    func traffic(model id: Int64) throws -> TrafficRecord {
        let sql: String = """
            \(SQLiteSession.trafficColumns)
            FROM model m LEFT JOIN version p ON p.model_id = m.id AND p.state = 'production'
            \(SQLiteSession.trafficRollout)
            WHERE m.id = ?
            """
        guard let record = try connection.first(sql, [.integer(id)], { row in try trafficRecord(row) }) else {
            throw StemmaError(.modelNotFound, "there is no such model")
        }
        return record
    }

    func forEachTraffic(_ body: (TrafficRecord) throws -> Void) throws {
        let sql: String = """
            \(SQLiteSession.trafficColumns)
            FROM version p CROSS JOIN model m ON m.id = p.model_id
            \(SQLiteSession.trafficRollout)
            WHERE p.state = 'production' AND m.deleted_ms IS NULL
            """
        try connection.query(sql) { row in try body(try trafficRecord(row)) }
    }

    private func trafficRecord(_ row: borrowing SQLiteRow) throws -> TrafficRecord {
        guard let version = row.optionalText(1) else {
            return TrafficRecord(model: row.text(0), production: nil, candidate: nil, updated: nil)
        }
        let production = TrafficRecord.Target(version: version, manifestDigest: try row.optionalDigest(2))
        guard let rollout = row.optionalText(4) else {
            let since: Timestamp = row.timestamp(3)
            return TrafficRecord(
                model: row.text(0), production: production, candidate: nil,
                updated: max(since, row.optionalTimestamp(9) ?? since))
        }
        let candidate = TrafficRecord.Candidate(
            target: TrafficRecord.Target(version: row.text(7), manifestDigest: try row.optionalDigest(8)),
            percent: Int(row.int(5)), rolloutID: rollout)
        return TrafficRecord(
            model: row.text(0), production: production, candidate: candidate, updated: row.timestamp(6))
    }

    func insertRollout(_ rollout: NewRollout) throws {
        if let running = try runningRollout(model: rollout.modelID) {
            throw StemmaError(.rolloutRunning, "the rollout \(running.id) is running already")
        }
        let sql: String = """
            INSERT INTO rollout (id, model_id, version_id, baseline_id, status, plan, step, percent, step_ms,
                created_ms, created_by, updated_ms, history, revision)
            VALUES (?, ?, ?, ?, 'running', ?, 0, ?, ?, ?, ?, ?, ?, 1)
            """
        let created = SQLiteValue(rollout.created)
        let arguments: [SQLiteValue] = [
            .text(rollout.id), .integer(rollout.modelID), .integer(rollout.versionID), .integer(rollout.baselineID),
            .json(rollout.plan), SQLiteValue(rollout.percent), created, created, .integer(rollout.createdBy), created,
            .json(rollout.history),
        ]
        try connection.execute(sql, arguments)
    }

    func updateRollout(_ id: String, _ progress: RolloutProgress, at moment: Timestamp) throws {
        let sql: String = """
            UPDATE rollout SET status = ?, step = ?, percent = ?, step_ms = ?, ended_ms = ?, end_reason = ?, history = ?,
                updated_ms = ?, revision = revision + 1
            WHERE id = ?
            """
        let arguments: [SQLiteValue] = [
            .text(progress.status.rawValue), SQLiteValue(progress.step), SQLiteValue(progress.percent),
            SQLiteValue(progress.stepStarted), SQLiteValue(progress.ended), SQLiteValue(progress.endReason),
            .json(progress.history), SQLiteValue(moment), .text(id),
        ]
        try requireOneRow(try connection.execute(sql, arguments), .rolloutNotFound, "there is no such rollout")
    }
}
