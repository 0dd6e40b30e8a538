internal import StemmaRegistry

/// What facts for compliance rest on.
extension SQLiteSession {
    func complianceVersions(keys: ClosedRange<Int64>, scope: ModelScope) throws -> [ComplianceVersionRow] {
        // Row by row in the order of the keys, as policies do.
        var statement = SQLFragment(
            """
            SELECT v.id, v.model_id, m.name, v.version, v.state,
                EXISTS (SELECT 1 FROM review r WHERE r.version_id = v.id AND r.decision = 'approve'),
                EXISTS (SELECT 1 FROM state_transition t WHERE t.version_id = v.id AND t.to_state = 'production')
            FROM version v NOT INDEXED CROSS JOIN model m
            WHERE m.id = v.model_id AND v.id BETWEEN ? AND ? AND v.status = 'ready' AND v.deleted_ms IS NULL
            """, [.integer(keys.lowerBound), .integer(keys.upperBound)])
        SQLiteSession.narrow(&statement, scope)
        statement.append(" ORDER BY v.id")
        return try connection.all(statement.sql, statement.arguments) { row in
            ComplianceVersionRow(
                id: row.int(0), modelID: row.int(1), model: row.text(2), version: row.text(3),
                state: try row.named(4), hasApprovals: row.int(5) == 1, wasInProduction: row.int(6) == 1)
        }
    }

    private static func narrow(_ statement: inout SQLFragment, _ scope: ModelScope) {
        var condition = SQLFragment()
        condition.append(scope: scope, name: "m.name")
        guard !condition.isEmpty else { return }
        statement.append(" AND ")
        statement.append(condition)
    }

    func complianceModels(after key: Int64, scope: ModelScope, limit: Int) throws -> [ModelRecord] {
        var statement = SQLFragment(
            "SELECT m.name FROM model m WHERE m.deleted_ms IS NULL AND m.id > ?", [.integer(key)])
        SQLiteSession.narrow(&statement, scope)
        statement.append(" ORDER BY m.id LIMIT ?", [SQLiteValue(limit)])
        let names: [String] = try connection.all(statement.sql, statement.arguments) { row in row.text(0) }
        return try names.compactMap { try model(named: $0) }
    }

    func versionStates(model id: Int64) throws -> [LifecycleState] {
        let sql: String = """
            SELECT DISTINCT state FROM version WHERE model_id = ? AND status = 'ready' AND deleted_ms IS NULL
            """
        return try connection.all(sql, [.integer(id)]) { row in try row.named(0) }
    }

    func riskTexts(model id: Int64, states: [LifecycleState], limit: Int) throws -> [[UInt8]] {
        let places: String = states.map { _ in "?" }.joined(separator: ", ")
        guard !states.isEmpty else { return [] }
        // The condition on `development` is word for word that of the partial index.
        let sql: String = """
            SELECT coalesce(risk, json_extract(document, '$.risk')) FROM version INDEXED BY version_state
            WHERE state <> 'development' AND state IN (\(places)) AND model_id = ? AND status = 'ready'
                AND deleted_ms IS NULL LIMIT ?
            """
        let arguments: [SQLiteValue] = states.map { .text($0.rawValue) } + [.integer(id), SQLiteValue(limit)]
        return try connection.all(sql, arguments) { row in row.optionalBytes(0) }.compactMap { $0 }
    }

    func publication(modelID: String) throws -> Timestamp? {
        // Word for word the term of the partial index.
        let sql: String = """
            SELECT ts_ms, outcome FROM audit_event WHERE action = 'publish_version' AND object_id = ?
            """
        let found: [(at: Timestamp, outcome: String)] = try connection.all(sql, [.text(modelID)]) { row in
            (row.timestamp(0), row.text(1))
        }
        return found.last { $0.outcome == "success" }?.at
    }

    func blobBringers(version id: Int64) throws -> [Int64] {
        let sql: String = """
            SELECT DISTINCT coalesce(o.principal_id, u.principal_id)
            FROM artifact a LEFT JOIN blob_origin o ON o.digest = a.digest
                LEFT JOIN blob_uploader u ON u.digest = a.digest AND o.digest IS NULL
            WHERE a.version_id = ? ORDER BY 1
            """
        return try connection.all(sql, [.integer(id)]) { row in row.optionalInt(0) }.compactMap { $0 }
    }

    func lastObservations(version id: Int64) throws -> [LastObservation] {
        let newest: String =
            "SELECT last_ms, last_value FROM observation_day WHERE series_id = ? ORDER BY day DESC LIMIT 1"
        let older: String =
            "SELECT last_ms, last_value FROM observation_month WHERE series_id = ? ORDER BY month DESC LIMIT 1"
        return try observationSeries(version: id).compactMap { series in
            for sql in [newest, older] {
                let last: LastObservation? = try connection.first(sql, [.integer(series.id)]) { row in
                    LastObservation(metric: series.metric, at: row.timestamp(0), value: row.double(1))
                }
                if let last { return last }
            }
            return nil
        }
    }

    func transitionFacts(_ id: Int64) throws -> [UInt8]? {
        let sql: String = "SELECT facts FROM state_transition WHERE id = ?"
        return try connection.first(sql, [.integer(id)]) { row in row.optionalBytes(0) } ?? nil
    }

    func lastDeparture(version id: Int64, from states: [LifecycleState]) throws -> Timestamp? {
        let places: String = states.map { _ in "?" }.joined(separator: ", ")
        let sql: String = """
            SELECT at_ms FROM state_transition WHERE version_id = ? AND from_state IN (\(places))
            ORDER BY id DESC LIMIT 1
            """
        let arguments: [SQLiteValue] = [.integer(id)] + states.map { .text($0.rawValue) }
        return try connection.first(sql, arguments) { row in row.timestamp(0) }
    }

    func approvalsGiven(since moment: Timestamp) throws -> [Int64: Int64] {
        let sql: String = """
            SELECT principal_id, count(*) FROM review WHERE decision = 'approve' AND at_ms >= ? GROUP BY principal_id
            """
        var counts: [Int64: Int64] = [:]
        try connection.query(sql, [SQLiteValue(moment)]) { row in counts[row.int(0)] = row.int(1) }
        return counts
    }

    func deployments(
        model id: Int64, environment: String, since moment: Timestamp, limit: Int
    ) throws -> [DeployedVersion] {
        let sql: String = """
            SELECT deployed_seq, deployed_ms, version_id FROM deployment
            WHERE model_id = ? AND environment = ? AND deployed_ms >= ? AND deployed_seq IS NOT NULL
            ORDER BY deployed_seq DESC LIMIT ?
            """
        let arguments: [SQLiteValue] = [
            .integer(id), .text(environment), SQLiteValue(moment), SQLiteValue(limit),
        ]
        return try connection.all(sql, arguments) { row in
            DeployedVersion(sequence: row.int(0), at: row.timestamp(1), versionID: row.int(2))
        }
    }

    func acknowledgements(of entity: Int64, inAssessmentsOf changed: Int64) throws -> [Timestamp] {
        let sql: String = """
            SELECT i.acknowledged_ms FROM impact_assessment a CROSS JOIN impact_item i
            WHERE a.entity_id = ? AND i.assessment_id = a.seq AND i.entity_id = ? AND i.acknowledged_ms IS NOT NULL
            ORDER BY i.acknowledged_ms
            """
        return try connection.all(sql, [.integer(changed), .integer(entity)]) { row in row.timestamp(0) }
    }

    func hasOpenAssessment(of entity: Int64) throws -> Bool {
        let sql: String = "SELECT 1 FROM impact_assessment WHERE entity_id = ? AND closed_ms IS NULL LIMIT 1"
        return try connection.first(sql, [.integer(entity)]) { _ in true } ?? false
    }
}
