internal import StemmaDigest
internal import StemmaJSON
internal import StemmaRegistry

extension SQLiteSession {
    private static let tokenSelect: String = """
        SELECT t.id, t.principal_id, p.pseudonym, p.subject, t.secret_hash, t.roles, t.models, t.created_ms,
            (SELECT subject FROM principal WHERE id = t.created_by), t.expires_ms, t.revoked_ms
        FROM token t CROSS JOIN principal p
        WHERE p.id = t.principal_id
        """

    func token(id: String) throws -> TokenRecord? {
        try connection.first(SQLiteSession.tokenSelect + " AND t.id = ?", [.text(id)]) { row in try tokenRecord(row) }
    }

    func tokens(after id: String?, limit: Int) throws -> [TokenRecord] {
        let order: String = " ORDER BY t.created_ms, t.id LIMIT ?"
        guard let id else {
            return try connection.all(SQLiteSession.tokenSelect + order, [SQLiteValue(limit)]) { row in
                try tokenRecord(row)
            }
        }
        let after: String = " AND (t.created_ms, t.id) > (SELECT created_ms, id FROM token WHERE id = ?)"
        return try connection.all(SQLiteSession.tokenSelect + after + order, [.text(id), SQLiteValue(limit)]) { row in
            try tokenRecord(row)
        }
    }

    func forEachLiveToken(_ body: (TokenRecord) throws -> Void) throws {
        try connection.query(SQLiteSession.tokenSelect + " AND t.revoked_ms IS NULL") { row in
            try body(try tokenRecord(row))
        }
    }

    func principal(subject: String) throws -> Int64? {
        try connection.first("SELECT id FROM principal WHERE subject = ? AND erased_ms IS NULL", [.text(subject)]) {
            row in row.int(0)
        }
    }

    func principal(id: Int64) throws -> (subject: String, pseudonym: String)? {
        try connection.first("SELECT subject, pseudonym FROM principal WHERE id = ?", [.integer(id)]) { row in
            (subject: row.text(0), pseudonym: row.text(1))
        }
    }

    func ensurePrincipal(
        subject: String, pseudonym: String, at moment: Timestamp
    ) throws -> (id: Int64, pseudonym: String) {
        let select: String = "SELECT id, pseudonym, erased_ms IS NOT NULL FROM principal WHERE subject = ?"
        let known: (id: Int64, pseudonym: String, isErased: Bool)? = try connection.first(select, [.text(subject)]) {
            row in (id: row.int(0), pseudonym: row.text(1), isErased: row.int(2) == 1)
        }
        if let known {
            guard !known.isErased else {
                throw StemmaError.validation([
                    ShapeFault(pointer: "/subject", detail: "is the pseudonym of somebody who was erased")
                ])
            }
            return (id: known.id, pseudonym: known.pseudonym)
        }
        let insert: String = "INSERT INTO principal (pseudonym, subject, created_ms) VALUES (?, ?, ?)"
        try connection.execute(insert, [.text(pseudonym), .text(subject), SQLiteValue(moment)])
        return (id: connection.lastInsertedRowID, pseudonym: pseudonym)
    }

    func insertToken(
        id: String, principal: Int64, secretHash: Digest, roles: [String], models: [String], created: Timestamp,
        createdBy: Int64?, expires: Timestamp?
    ) throws {
        let sql: String = """
            INSERT INTO token (id, principal_id, secret_hash, roles, models, created_ms, created_by, expires_ms)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """
        let arguments: [SQLiteValue] = [
            .text(id), .integer(principal), SQLiteValue(secretHash), jsonArray(roles), jsonArray(models),
            SQLiteValue(created), SQLiteValue(createdBy), SQLiteValue(expires),
        ]
        try connection.execute(sql, arguments)
    }

    func revokeToken(_ id: String, at moment: Timestamp) throws -> Bool {
        let sql: String = "UPDATE token SET revoked_ms = ? WHERE id = ? AND revoked_ms IS NULL"
        return try connection.execute(sql, [SQLiteValue(moment), .text(id)]) == 1
    }

    private func tokenRecord(_ row: borrowing SQLiteRow) throws -> TokenRecord {
        TokenRecord(
            id: row.text(0), principalID: row.int(1), pseudonym: row.text(2), subject: row.text(3),
            secretHash: try row.digest(4), roles: try stringArray(row.bytes(5)), models: try stringArray(row.bytes(6)),
            created: row.timestamp(7), createdBy: row.optionalText(8), expires: row.optionalTimestamp(9),
            revoked: row.optionalTimestamp(10))
    }

    func jsonArray(_ texts: [String]) -> SQLiteValue {
        var writer = JSONWriter(capacity: 64)
        writer.value(texts)
        return .text(writer.finishedText())
    }

    func stringArray(_ json: [UInt8]) throws -> [String] {
        guard let values = try? JSONParser.parse(json).array else { throw StemmaError.damagedRow("no array of texts") }
        return try values.map { value in
            guard let text = value.string else { throw StemmaError.damagedRow("no array of texts") }
            return text
        }
    }
}
