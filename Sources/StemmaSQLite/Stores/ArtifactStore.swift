internal import StemmaDigest
internal import StemmaJSON
internal import StemmaRegistry

extension SQLiteSession {
    private static let artifactSelect: String = """
        SELECT a.path, a.digest, b.size_bytes, a.media_type, b.format FROM artifact a CROSS JOIN blob b
        WHERE b.digest = a.digest AND a.version_id = ?
        """

    func artifacts(version id: Int64) throws -> [ArtifactRecord] {
        try connection.all(SQLiteSession.artifactSelect + " ORDER BY a.path", [.integer(id)]) { row in
            try artifactRecord(row)
        }
    }

    func artifact(version id: Int64, path: String) throws -> ArtifactRecord? {
        try connection.first(SQLiteSession.artifactSelect + " AND a.path = ?", [.integer(id), .text(path)]) { row in
            try artifactRecord(row)
        }
    }

    private func artifactRecord(_ row: borrowing SQLiteRow) throws -> ArtifactRecord {
        ArtifactRecord(
            path: row.text(0), digest: try row.digest(1), sizeBytes: row.int(2), mediaType: row.text(3),
            format: row.text(4))
    }

    func putArtifact(version id: Int64, path: String, digest: Digest, mediaType: String) throws {
        let sql: String = """
            INSERT INTO artifact (version_id, path, digest, media_type) VALUES (?, ?, ?, ?)
            ON CONFLICT (version_id, path) DO UPDATE SET digest = excluded.digest, media_type = excluded.media_type
            """
        let arguments: [SQLiteValue] = [.integer(id), .text(path), SQLiteValue(digest), .text(mediaType)]
        do {
            try connection.execute(sql, arguments)
        } catch {
            guard error.isForeignKeyViolation else { throw error }
            // SQLite does not say which of the two keys was violated.
            guard try blob(digest) == nil else { throw StemmaError(.versionNotFound, "the version does not exist") }
            throw StemmaError(
                .missingBlobs, "the registry does not hold \(digest): upload it first",
                members: ["missing": .array([.string(digest.description)])])
        }
    }

    func removeArtifact(version id: Int64, path: String) throws -> Bool {
        let sql: String = "DELETE FROM artifact WHERE version_id = ? AND path = ?"
        return try connection.execute(sql, [.integer(id), .text(path)]) == 1
    }

    // MARK: Blobs

    func blob(_ digest: Digest) throws -> BlobRecord? {
        let sql: String = "SELECT size_bytes, format, created_ms FROM blob WHERE digest = ?"
        return try connection.first(sql, [SQLiteValue(digest)]) { row in
            BlobRecord(digest: digest, sizeBytes: row.int(0), format: row.text(1), created: row.timestamp(2))
        }
    }

    func isBlobVisible(_ digest: Digest, to principal: Int64, scope: ModelScope) throws -> Bool {
        let brought: String = "SELECT 1 FROM blob_uploader WHERE digest = ? AND principal_id = ?"
        let own: Bool? = try connection.first(brought, [SQLiteValue(digest), .integer(principal)]) { _ in true }
        if own != nil { return true }
        var condition = SQLFragment()
        condition.append(scope: scope, name: "m.name")
        let used: String = """
            SELECT 1 FROM artifact a CROSS JOIN version v CROSS JOIN model m
            WHERE a.digest = ? AND v.id = a.version_id AND v.deleted_ms IS NULL AND m.id = v.model_id\
            \(condition.isEmpty ? "" : " AND " + condition.sql) LIMIT 1
            """
        return try connection.first(used, [SQLiteValue(digest)] + condition.arguments) { _ in true } ?? false
    }

    func putBlob(_ digest: Digest, sizeBytes: Int64, format: String, at moment: Timestamp) throws {
        let sql: String = """
            INSERT INTO blob (digest, size_bytes, format, created_ms) VALUES (?, ?, ?, ?)
            ON CONFLICT (digest) DO NOTHING
            """
        try connection.execute(sql, [SQLiteValue(digest), .integer(sizeBytes), .text(format), SQLiteValue(moment)])
    }

    func putBlobUploader(_ digest: Digest, principal: Int64) throws {
        let sql: String = """
            INSERT INTO blob_uploader (digest, principal_id) VALUES (?, ?) ON CONFLICT (digest, principal_id) DO NOTHING
            """
        try connection.execute(sql, [SQLiteValue(digest), .integer(principal)])
        let origin: String = "INSERT INTO blob_origin (digest, principal_id) VALUES (?, ?) ON CONFLICT DO NOTHING"
        try connection.execute(origin, [SQLiteValue(digest), .integer(principal)])
    }
}
