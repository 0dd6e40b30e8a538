internal import StemmaDigest
internal import StemmaRegistry

/// Changing versions.
extension SQLiteSession {
    func insertVersion(_ version: NewVersion) throws -> Int64 {
        let sql: String = """
            INSERT INTO version (model_id, number, version, precedence, prerelease, status, state, description, tags,
                metrics, document, request_digest, artifacts_digest, manifest_digest, size_bytes, created_ms,
                created_by, updated_ms, revision, expires_ms)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?)
            """
        let arguments: [SQLiteValue] = [
            .integer(version.modelID), .integer(version.number), .text(version.version.text),
            .blob(version.version.precedenceKey), SQLiteValue(version.version.isPrerelease),
            .text(version.status.rawValue), .text(version.state.rawValue), SQLiteValue(version.description),
            .json(version.tags), .json(version.metrics), .json(version.document), SQLiteValue(version.requestDigest),
            SQLiteValue(version.artifactsDigest), SQLiteValue(version.manifestDigest), .integer(version.sizeBytes),
            SQLiteValue(version.created), .integer(version.createdBy), SQLiteValue(version.created),
            SQLiteValue(version.expires),
        ]
        do {
            try connection.execute(sql, arguments)
        } catch {
            guard error.isUnique(on: "version.model_id", "version.precedence") else { throw error }
            throw StemmaError(
                .versionExists,
                "version \(version.version) is taken; a version is never given again, also when it was deleted")
        }
        return connection.lastInsertedRowID
    }

    func updateVersion(
        _ id: Int64, description: String?, tags: [UInt8], metrics: [UInt8], at moment: Timestamp
    ) throws {
        let sql: String = """
            UPDATE version SET description = ?, tags = ?, metrics = ?, updated_ms = ?, revision = revision + 1
            WHERE id = ? AND deleted_ms IS NULL
            """
        let arguments: [SQLiteValue] = [
            SQLiteValue(description), .json(tags), .json(metrics), SQLiteValue(moment), .integer(id),
        ]
        try requireVersion(try connection.execute(sql, arguments))
    }

    func insertMetricRevision(
        version id: Int64, metric: String, value: Double?, previous: Double?, at moment: Timestamp, by principal: Int64
    ) throws {
        let sql: String = """
            INSERT INTO metric_revision (version_id, metric, value, previous, changed_ms, changed_by)
            VALUES (?, ?, ?, ?, ?, ?)
            """
        let arguments: [SQLiteValue] = [
            .integer(id), .text(metric), SQLiteValue(value), SQLiteValue(previous), SQLiteValue(moment),
            .integer(principal),
        ]
        try connection.execute(sql, arguments)
    }

    func publishVersion(
        _ id: Int64, document: [UInt8], artifactsDigest: Digest, manifestDigest: Digest, sizeBytes: Int64,
        at moment: Timestamp
    ) throws {
        let sql: String = """
            UPDATE version SET status = 'ready', document = ?, artifacts_digest = ?, manifest_digest = ?,
                size_bytes = ?, expires_ms = NULL, updated_ms = ?, revision = revision + 1
            WHERE id = ? AND status = 'draft' AND deleted_ms IS NULL
            """
        let arguments: [SQLiteValue] = [
            .json(document), SQLiteValue(artifactsDigest), SQLiteValue(manifestDigest), .integer(sizeBytes),
            SQLiteValue(moment), .integer(id),
        ]
        try requireDraft(try connection.execute(sql, arguments))
    }

    func updateDraft(_ id: Int64, document: [UInt8], sizeBytes: Int64, at moment: Timestamp) throws {
        let sql: String = """
            UPDATE version SET document = ?, size_bytes = ?, updated_ms = ?, revision = revision + 1
            WHERE id = ? AND status = 'draft'
            """
        let arguments: [SQLiteValue] = [
            .json(document), .integer(sizeBytes), SQLiteValue(moment), .integer(id),
        ]
        try requireDraft(try connection.execute(sql, arguments))
    }

    func removeDraft(_ id: Int64) throws {
        // Files, attributes and metric history go with the row.
        let sql: String = "DELETE FROM version WHERE id = ? AND status = 'draft'"
        try requireDraft(try connection.execute(sql, [.integer(id)]))
    }

    func deleteVersion(_ id: Int64, at moment: Timestamp) throws {
        let sql: String = """
            UPDATE version SET deleted_ms = ?, updated_ms = ?, revision = revision + 1
            WHERE id = ? AND deleted_ms IS NULL
            """
        try requireVersion(try connection.execute(sql, [SQLiteValue(moment), SQLiteValue(moment), .integer(id)]))
        try removeAttributes(version: id)
    }

    private func requireVersion(_ changed: Int) throws {
        try requireOneRow(changed, .versionNotFound, "the version does not exist")
    }

    private func requireDraft(_ changed: Int) throws {
        try requireOneRow(changed, .notDraft, "the version is not a draft: it was published or removed")
    }
}
