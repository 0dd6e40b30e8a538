internal import StemmaRegistry

/// What the registry itself puts into the graph: versions, deployments, consumers.
extension SQLiteSession {
    func deployedVersion(model id: Int64, environment: String) throws -> Int64? {
        let sql: String = """
            SELECT version_id FROM deployment WHERE model_id = ? AND environment = ? AND status = 'deployed'
            ORDER BY deployed_seq DESC LIMIT 1
            """
        return try connection.first(sql, [.integer(id), .text(environment)]) { row in row.int(0) }
    }

    func publishedVersions(after id: Int64, limit: Int) throws -> [VersionRecord] {
        let sql: String = "SELECT id FROM version WHERE id > ? AND status = 'ready' ORDER BY id LIMIT ?"
        return try connection.all(sql, [.integer(id), SQLiteValue(limit)]) { row in row.int(0) }
            .compactMap { try version(id: $0) }
    }

    func deploymentPlaces(
        after last: (model: Int64, environment: String)?, limit: Int
    ) throws -> [(model: Int64, name: String, environment: String)] {
        let sql: String = """
            SELECT DISTINCT d.model_id, m.name, d.environment FROM deployment d CROSS JOIN model m
            WHERE d.status = 'deployed' AND m.id = d.model_id AND (d.model_id, d.environment) > (?, ?)
            ORDER BY d.model_id, d.environment LIMIT ?
            """
        let arguments: [SQLiteValue] = [
            .integer(last?.model ?? 0), .text(last?.environment ?? ""), SQLiteValue(limit),
        ]
        return try connection.all(sql, arguments) { row in (row.int(0), row.text(1), row.text(2)) }
    }

    func consumers(
        isInGraph: Bool, at moment: Timestamp, limit: Int
    ) throws -> [(model: String, version: String, versionID: Int64, consumer: String)] {
        let condition: String =
            isInGraph ? "c.in_graph = 1 AND c.expires_ms <= ?" : "c.in_graph = 0 AND c.expires_ms > ?"
        let sql: String = """
            SELECT m.name, v.version, c.version_id, c.name FROM consumer c CROSS JOIN version v CROSS JOIN model m
            WHERE \(condition) AND v.id = c.version_id AND m.id = c.model_id LIMIT ?
            """
        return try connection.all(sql, [SQLiteValue(moment), SQLiteValue(limit)]) { row in
            (row.text(0), row.text(1), row.int(2), row.text(3))
        }
    }

    func setInGraph(_ isInGraph: Bool, consumer name: String, version id: Int64) throws {
        try connection.execute(
            "UPDATE consumer SET in_graph = ? WHERE version_id = ? AND name = ?",
            [SQLiteValue(isInGraph), .integer(id), .text(name)])
    }
}
