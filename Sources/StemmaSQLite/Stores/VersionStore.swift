internal import StemmaDigest
internal import StemmaRegistry

/// Reading versions.
extension SQLiteSession {
    private static let columns: String = """
        v.id, v.model_id, m.name, v.number, v.version, v.status, v.state, v.description, v.tags, v.metrics, \
        v.document, v.request_digest, v.artifacts_digest, v.manifest_digest, v.size_bytes, v.created_ms, p.subject, \
        v.updated_ms, v.revision, v.expires_ms, v.deleted_ms, v.state_ms, v.sunset_ms, v.evidence_revision, \
        v.deployment_status, v.quarantines, v.risk
        """

    /// What every reader but those by key and precedence looks at.
    private static let published: String = "status = 'ready' AND deleted_ms IS NULL"

    func version(model id: Int64, precedence: [UInt8]) throws -> VersionRecord? {
        try versionRecord(where: "v.model_id = ? AND v.precedence = ?", [.integer(id), .blob(precedence)])
    }

    func version(id: Int64) throws -> VersionRecord? {
        try versionRecord(where: "v.id = ?", [.integer(id)])
    }

    func latestVersion(model id: Int64) throws -> VersionRecord? {
        let sql: String = "SELECT id FROM version WHERE \(SQLiteSession.isLatest)"
        return try connection.first(sql, [.integer(id)]) { row in row.int(0) }.flatMap { try version(id: $0) }
    }

    /// The text of the computed `latest`.
    func latestVersionText(model id: Int64) throws -> String? {
        let sql: String = "SELECT version FROM version WHERE \(SQLiteSession.isLatest)"
        return try connection.first(sql, [.integer(id)]) { row in row.text(0) }
    }

    // Word for word the terms of the partial index, which is what lets SQLite use it.
    private static let isLatest: String = """
        model_id = ? AND prerelease = 0 AND \(published) AND state NOT IN ('deprecated', 'archived')
        ORDER BY precedence DESC LIMIT 1
        """

    func previousRelease(model id: Int64, before precedence: [UInt8]?) throws -> VersionRecord? {
        var condition = SQLFragment("model_id = ? AND prerelease = 0 AND \(SQLiteSession.published)", [.integer(id)])
        if let precedence { condition.append(" AND precedence < ?", [.blob(precedence)]) }
        let sql: String = "SELECT id FROM version WHERE \(condition.sql) ORDER BY precedence DESC LIMIT 1"
        return try connection.first(sql, condition.arguments) { row in row.int(0) }.flatMap { try version(id: $0) }
    }

    func highestReleaseEverTaken(model id: Int64) throws -> String? {
        let sql: String = """
            SELECT version FROM version WHERE model_id = ? AND prerelease = 0 ORDER BY precedence DESC LIMIT 1
            """
        return try connection.first(sql, [.integer(id)]) { row in row.text(0) }
    }

    func versions(model id: Int64?, _ query: ListQuery) throws -> Page<VersionRecord> {
        var list = ListStatement(
            table: "version v CROSS JOIN model m", key: "v.id", fields: VersionField.table, query)
        list.require("m.id = v.model_id")
        if let id { list.require("v.model_id = ?", [.integer(id)]) }
        list.require("v.deleted_ms IS NULL")
        list.require(scope: query.scope, name: "m.name")
        return try page(list) { id in try version(id: id) }
    }

    func versions(model id: Int64, states: [LifecycleState], limit: Int) throws -> [VersionRecord] {
        let places: String = states.map { _ in "?" }.joined(separator: ", ")
        // An empty list would leave the statement without any way to use the index that it names.
        guard !states.isEmpty else { return [] }
        // The index of versions that left development leaves out nearly all of a large model's versions.
        let isLate: Bool = !states.contains(.development)
        let source: String = isLate ? "version INDEXED BY version_state" : "version"
        let late: String = isLate ? "state <> 'development' AND " : ""
        let sql: String = """
            SELECT id FROM \(source)
            WHERE \(late)state IN (\(places)) AND model_id = ? AND \(SQLiteSession.published)
            ORDER BY precedence LIMIT ?
            """
        let arguments: [SQLiteValue] =
            states.map { .text($0.rawValue) } + [.integer(id), SQLiteValue(limit)]
        return try connection.all(sql, arguments) { row in row.int(0) }.compactMap { try version(id: $0) }
    }

    func metricRevisions(version id: Int64) throws -> [MetricRevision] {
        let sql: String = """
            SELECT r.metric, r.value, r.previous, r.changed_ms, p.subject
            FROM metric_revision r CROSS JOIN principal p
            WHERE r.version_id = ? AND p.id = r.changed_by ORDER BY r.id
            """
        return try connection.all(sql, [.integer(id)]) { row in
            MetricRevision(
                metric: row.text(0), value: row.optionalDouble(1), previous: row.optionalDouble(2),
                changed: row.timestamp(3), changedBy: row.text(4))
        }
    }

    func expiredDrafts(at moment: Timestamp, limit: Int) throws -> [Int64] {
        let sql: String = """
            SELECT id FROM version v WHERE status = 'draft' AND expires_ms <= ? AND NOT \(SQLiteSession.isVersionHeld)
            ORDER BY expires_ms, id LIMIT ?
            """
        return try connection.all(sql, [SQLiteValue(moment), SQLiteValue(limit)]) { row in row.int(0) }
    }

    func heldExpiredDrafts(at moment: Timestamp, limit: Int) throws -> [Int64] {
        let sql: String = """
            SELECT id FROM version v WHERE status = 'draft' AND expires_ms <= ? AND \(SQLiteSession.isVersionHeld)
            ORDER BY expires_ms, id LIMIT ?
            """
        return try connection.all(sql, [SQLiteValue(moment), SQLiteValue(limit)]) { row in row.int(0) }
    }

    private func versionRecord(where condition: String, _ arguments: [SQLiteValue]) throws -> VersionRecord? {
        let sql: String = """
            SELECT \(SQLiteSession.columns) FROM version v CROSS JOIN model m CROSS JOIN principal p
            WHERE \(condition) AND m.id = v.model_id AND p.id = v.created_by
            """
        return try connection.first(sql, arguments) { row in
            let id: Int64 = row.int(0)
            return VersionRecord(
                id: id, modelID: row.int(1), model: row.text(2), number: row.int(3), version: row.text(4),
                status: try row.named(5), standing: try standing(row), description: row.optionalText(7),
                tags: row.bytes(8), metrics: row.bytes(9), document: row.bytes(10), requestDigest: try row.digest(11),
                artifactsDigest: try row.optionalDigest(12), manifestDigest: try row.optionalDigest(13),
                sizeBytes: row.int(14), created: row.timestamp(15), createdBy: row.text(16),
                updated: row.timestamp(17), revision: row.int(18), expires: row.optionalTimestamp(19),
                deleted: row.optionalTimestamp(20), aliases: try aliasNames(version: id), risk: row.optionalBytes(26))
        }
    }

    private func standing(_ row: borrowing SQLiteRow) throws -> VersionStanding {
        VersionStanding(
            state: try row.named(6), since: row.optionalTimestamp(21) ?? row.timestamp(15),
            sunset: row.optionalTimestamp(22), evidenceRevision: row.int(23), deploymentStatus: row.optionalText(24),
            isQuarantined: row.int(25) > 0)
    }
}
