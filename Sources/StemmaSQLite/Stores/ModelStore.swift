internal import StemmaRegistry

extension SQLiteSession {
    private static let columns: String = """
        m.id, m.name, m.description, m.domain, m.use_case, m.owner, m.tags, m.metadata, m.created_ms, p.subject, \
        m.updated_ms, m.revision, m.registrations, m.version_count, m.deleted_ms
        """

    func model(named name: String) throws -> ModelRecord? {
        try modelRecord(where: "m.name = ?", .text(name))
    }

    func models(_ query: ListQuery) throws -> Page<ModelRecord> {
        var list = ListStatement(table: "model m", key: "m.id", fields: ModelField.table, query)
        list.require("m.deleted_ms IS NULL")
        list.require(scope: query.scope, name: "m.name")
        return try page(list) { id in try modelRecord(where: "m.id = ?", .integer(id)) }
    }

    private func modelRecord(where condition: String, _ argument: SQLiteValue) throws -> ModelRecord? {
        let sql: String = """
            SELECT \(SQLiteSession.columns) FROM model m CROSS JOIN principal p
            WHERE \(condition) AND p.id = m.created_by
            """
        return try connection.first(sql, [argument]) { row in
            let id: Int64 = row.int(0)
            return ModelRecord(
                id: id, name: row.text(1), description: row.optionalText(2), domain: row.optionalText(3),
                useCase: row.optionalText(4), owner: row.optionalText(5), tags: row.bytes(6), metadata: row.bytes(7),
                created: row.timestamp(8), createdBy: row.text(9), updated: row.timestamp(10), revision: row.int(11),
                registrations: row.int(12), versionCount: row.int(13), deleted: row.optionalTimestamp(14),
                aliases: try aliasTargets(model: id), latest: try latestVersionText(model: id))
        }
    }

    private func aliasTargets(model id: Int64) throws -> [(alias: String, version: String)] {
        let sql: String = """
            SELECT a.alias, v.version FROM alias a CROSS JOIN version v
            WHERE a.model_id = ? AND v.id = a.version_id ORDER BY a.alias
            """
        return try connection.all(sql, [.integer(id)]) { row in (alias: row.text(0), version: row.text(1)) }
    }

    func insertModel(name: String, fields: ModelFields, created: Timestamp, createdBy: Int64) throws -> Int64 {
        let sql: String = """
            INSERT INTO model (name, description, domain, use_case, owner, tags, metadata, created_ms, created_by,
                updated_ms, revision, registrations, version_count)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, 0, 0)
            """
        let arguments: [SQLiteValue] = [
            .text(name), SQLiteValue(fields.description), SQLiteValue(fields.domain), SQLiteValue(fields.useCase),
            SQLiteValue(fields.owner), .json(fields.tags), .json(fields.metadata), SQLiteValue(created),
            .integer(createdBy), SQLiteValue(created),
        ]
        do {
            try connection.execute(sql, arguments)
        } catch {
            guard error.isUnique(on: "model.name") else { throw error }
            throw StemmaError(.modelExists, "the model \(name) exists, or existed and was deleted")
        }
        return connection.lastInsertedRowID
    }

    func updateModel(_ id: Int64, fields: ModelFields, at moment: Timestamp) throws {
        let sql: String = """
            UPDATE model SET description = ?, domain = ?, use_case = ?, owner = ?, tags = ?, metadata = ?,
                updated_ms = ?, revision = revision + 1
            WHERE id = ? AND deleted_ms IS NULL
            """
        let arguments: [SQLiteValue] = [
            SQLiteValue(fields.description), SQLiteValue(fields.domain), SQLiteValue(fields.useCase),
            SQLiteValue(fields.owner), .json(fields.tags), .json(fields.metadata), SQLiteValue(moment), .integer(id),
        ]
        try requireModel(try connection.execute(sql, arguments))
    }

    func takeRegistrationNumber(model id: Int64) throws -> Int64 {
        let sql: String = """
            UPDATE model SET registrations = registrations + 1, revision = revision + 1
            WHERE id = ? AND deleted_ms IS NULL RETURNING registrations
            """
        guard let number = try connection.first(sql, [.integer(id)], { row in row.int(0) }) else {
            throw StemmaError(.modelNotFound, "the model does not exist")
        }
        return number
    }

    func addToVersionCount(model id: Int64, _ difference: Int64, at moment: Timestamp) throws {
        let sql: String = """
            UPDATE model SET version_count = version_count + ?, updated_ms = ?, revision = revision + 1 WHERE id = ?
            """
        try requireModel(
            try connection.execute(sql, [.integer(difference), SQLiteValue(moment), .integer(id)]))
    }

    func deleteModel(_ id: Int64, at moment: Timestamp) throws {
        try connection.execute("DELETE FROM alias WHERE model_id = ?", [.integer(id)])
        try connection.execute("DELETE FROM version WHERE model_id = ? AND status = 'draft'", [.integer(id)])
        let attributes: String = """
            DELETE FROM version_attribute WHERE version_id IN
                (SELECT id FROM version WHERE model_id = ? AND deleted_ms IS NULL)
            """
        try connection.execute(attributes, [.integer(id)])
        let versions: String = """
            UPDATE version SET deleted_ms = ?, updated_ms = ?, revision = revision + 1
            WHERE model_id = ? AND deleted_ms IS NULL
            """
        try connection.execute(versions, [SQLiteValue(moment), SQLiteValue(moment), .integer(id)])
        let model: String = """
            UPDATE model SET deleted_ms = ?, updated_ms = ?, revision = revision + 1, version_count = 0
            WHERE id = ? AND deleted_ms IS NULL
            """
        try requireModel(try connection.execute(model, [SQLiteValue(moment), SQLiteValue(moment), .integer(id)]))
    }

    private func requireModel(_ changed: Int) throws {
        try requireOneRow(changed, .modelNotFound, "the model does not exist")
    }
}
