internal import StemmaRegistry

/// Legal holds.
extension SQLiteSession {
    private static let holdSelect: String = """
        SELECT h.id, h.model_id, m.name, h.version_id, vm.name, v.version, h.principal_id, s.pseudonym, h.from_seq, h.to_seq,
            h.reason, h.owner, h.placed_ms, h.placed_by, p.subject, h.released_ms, r.subject, h.release_reason
        FROM legal_hold h CROSS JOIN principal p LEFT JOIN model m ON m.id = h.model_id
            LEFT JOIN version v ON v.id = h.version_id LEFT JOIN model vm ON vm.id = v.model_id
            LEFT JOIN principal s ON s.id = h.principal_id LEFT JOIN principal r ON r.id = h.released_by
        WHERE p.id = h.placed_by
        """

    /// Whether a hold in force covers version `v` or its model.
    static let isVersionHeld: String = """
        EXISTS (SELECT 1 FROM legal_hold h WHERE h.released_ms IS NULL AND (h.model_id = v.model_id OR h.version_id = v.id))
        """

    func legalHold(id: String) throws -> LegalHoldRecord? {
        try connection.first(SQLiteSession.holdSelect + " AND h.id = ?", [.text(id)]) { row in try holdRecord(row) }
    }

    func legalHoldsInForce() throws -> [LegalHoldRecord] {
        let order: String = " AND h.released_ms IS NULL ORDER BY h.placed_ms, h.id"
        return try connection.all(SQLiteSession.holdSelect + order) { row in try holdRecord(row) }
    }

    func legalHolds() throws -> [LegalHoldRecord] {
        try connection.all(SQLiteSession.holdSelect + " ORDER BY h.placed_ms, h.id") { row in try holdRecord(row) }
    }

    private func holdRecord(_ row: borrowing SQLiteRow) throws -> LegalHoldRecord {
        let scope: LegalHoldScope
        if let model = row.optionalInt(1) {
            scope = .model(id: model, name: row.text(2))
        } else if let version = row.optionalInt(3) {
            scope = .version(id: version, model: row.text(4), version: row.text(5))
        } else if let person = row.optionalInt(6) {
            scope = .person(id: person, pseudonym: row.text(7))
        } else {
            let (from, to): (Int64, Int64) = (row.int(8), row.int(9))
            guard from <= to else { throw StemmaError.damagedRow("a legal hold's range of events") }
            scope = .events(from..<to)
        }
        return LegalHoldRecord(
            id: row.text(0), scope: scope, reason: row.text(10), owner: row.text(11), placed: row.timestamp(12),
            placedByID: row.int(13), placedBy: row.text(14), released: row.optionalTimestamp(15),
            releasedBy: row.optionalText(16), releaseReason: row.optionalText(17))
    }

    func insertLegalHold(_ hold: NewLegalHold) throws {
        var (model, version, person): (Int64?, Int64?, Int64?) = (nil, nil, nil)
        var events: Range<Int64>?
        switch hold.scope {
        case .model(let id, _): model = id
        case .version(let id, _, _): version = id
        case .person(let id, _): person = id
        case .events(let range): events = range
        }
        let sql: String = """
            INSERT INTO legal_hold (id, model_id, version_id, principal_id, from_seq, to_seq, reason, owner, placed_ms,
                placed_by)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """
        let arguments: [SQLiteValue] = [
            .text(hold.id), SQLiteValue(model), SQLiteValue(version), SQLiteValue(person),
            SQLiteValue(events?.lowerBound), SQLiteValue(events?.upperBound), .text(hold.reason), .text(hold.owner),
            SQLiteValue(hold.placed), .integer(hold.placedBy),
        ]
        try connection.execute(sql, arguments)
    }

    func releaseLegalHold(id: String, reason: String, at moment: Timestamp, by principal: Int64) throws {
        let sql: String = """
            UPDATE legal_hold SET released_ms = ?, released_by = ?, release_reason = ? WHERE id = ? AND released_ms IS NULL
            """
        let changed: Int = try connection.execute(
            sql, [SQLiteValue(moment), .integer(principal), .text(reason), .text(id)])
        try requireOneRow(changed, .legalHoldNotFound, "there is no legal hold \(id) in force")
    }
}
