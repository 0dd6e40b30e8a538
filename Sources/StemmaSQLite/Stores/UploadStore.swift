internal import StemmaDigest
internal import StemmaRegistry

/// The part of the artifact role that keeps resumable uploads.
extension SQLiteSession {
    func upload(_ id: String) throws -> UploadRecord? {
        let sql: String = """
            SELECT id, principal_id, length, complete, digest, created_ms, expires_ms FROM upload WHERE id = ?
            """
        return try connection.first(sql, [.text(id)]) { row in
            UploadRecord(
                id: row.text(0), principalID: row.int(1), length: row.optionalInt(2), complete: row.int(3) != 0,
                digest: try row.optionalDigest(4), created: row.timestamp(5), expires: row.timestamp(6))
        }
    }

    func expiredUploads(at moment: Timestamp, limit: Int) throws -> [String] {
        let sql: String = "SELECT id FROM upload WHERE expires_ms <= ? ORDER BY expires_ms, id LIMIT ?"
        return try connection.all(sql, [SQLiteValue(moment), SQLiteValue(limit)]) { row in row.text(0) }
    }

    func insertUpload(_ upload: UploadRecord) throws {
        let sql: String = """
            INSERT INTO upload (id, principal_id, length, complete, digest, created_ms, expires_ms)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """
        let arguments: [SQLiteValue] = [
            .text(upload.id), .integer(upload.principalID), SQLiteValue(upload.length), SQLiteValue(upload.complete),
            SQLiteValue(upload.digest), SQLiteValue(upload.created), SQLiteValue(upload.expires),
        ]
        try connection.execute(sql, arguments)
    }

    func updateUpload(_ id: String, length: Int64?, complete: Bool, digest: Digest?, expires: Timestamp) throws {
        let sql: String = "UPDATE upload SET length = ?, complete = ?, digest = ?, expires_ms = ? WHERE id = ?"
        let arguments: [SQLiteValue] = [
            SQLiteValue(length), SQLiteValue(complete), SQLiteValue(digest), SQLiteValue(expires), .text(id),
        ]
        try requireOneRow(
            try connection.execute(sql, arguments), .uploadNotFound, "the upload \(id) does not exist or is over")
    }

    func removeUpload(_ id: String) throws -> Bool {
        try connection.execute("DELETE FROM upload WHERE id = ?", [.text(id)]) == 1
    }
}
