internal import StemmaDigest
internal import StemmaRegistry

extension SQLiteSession {
    /// What `auditRecord` reads, of an event `e`.
    static let auditColumns: String = """
        e.seq, e.ts_ms, e.leaf, e.leaf_hash, e.action, e.outcome, e.principal_id, e.object_type, e.object_id, e.model,
        e.version
        """
    static let auditSelect: String = "SELECT \(auditColumns) FROM audit_event e"

    func auditSize() throws -> Int64 {
        try connection.first("SELECT coalesce(max(seq) + 1, 0) FROM audit_event") { row in row.int(0) } ?? 0
    }

    func auditSequence(since moment: Timestamp) throws -> Int64? {
        // Sequences have no gaps and times never fall with them: a binary search over the rows takes the place of an index.
        guard let last = try lastAuditEvent(), last.time >= moment else { return nil }
        var (low, high): (Int64, Int64) = (0, last.sequence)
        try connection.repeating("SELECT ts_ms FROM audit_event WHERE seq = ?") { query in
            while low < high {
                let middle: Int64 = low + (high - low) / 2
                var isBefore: Bool = true
                try query.rows(middle) { row in isBefore = row.timestamp(0) < moment }
                if isBefore { low = middle + 1 } else { high = middle }
            }
        }
        return low
    }

    func lastAuditEvent() throws -> (sequence: Int64, time: Timestamp)? {
        let sql: String = "SELECT seq, ts_ms FROM audit_event WHERE seq = (SELECT max(seq) FROM audit_event)"
        return try connection.first(sql) { row in (row.int(0), row.timestamp(1)) }
    }

    func auditEvent(sequence: Int64) throws -> AuditRecord? {
        try connection.first(SQLiteSession.auditSelect + " WHERE seq = ?", [.integer(sequence)]) { row in
            try auditRecord(row)
        }
    }

    func auditEvents(_ query: ListQuery, range: AuditRange) throws -> Page<AuditRecord> {
        var list = ListStatement(table: "audit_event e", key: "e.seq", fields: AuditField.table, query)
        // What was pruned says nothing any more.
        list.require("e.seq >= 0 AND e.leaf IS NOT NULL")
        // Times never fall with the sequence, so a span of time is a span of sequences.
        if let from = range.from {
            list.require("e.seq >= ?", [.integer(try auditSequence(since: from) ?? Int64.max)])
        }
        if let to = range.to {
            list.require("e.seq < ?", [.integer(try auditSequence(since: to) ?? Int64.max)])
        }
        if let model = range.model { list.require("e.model = ?", [.text(model)]) }
        if let principal = range.principal { list.require("e.principal_id = ?", [.integer(principal)]) }
        if let action = range.action {
            list.require("e.action = ?" + SQLiteSession.indexed(action), [.text(action)])
        }
        list.require(
            scope: query.scope, name: "e.model",
            or: SQLFragment("(e.model IS NULL AND e.principal_id = ?)", [SQLiteValue(range.viewer)]))
        return try page(list) { sequence in try auditEvent(sequence: sequence) }
    }

    /// What a condition on an action adds, word for word the term of the partial index, where that has the action.
    static func indexed(_ action: String) -> String {
        action == "register_version" ? "" : " AND action <> 'register_version'"
    }

    func aliasEvents(model: String, alias: String, before sequence: Int64?, limit: Int) throws -> [AuditRecord] {
        let newest: String = " WHERE object_type = 'alias' AND object_id = ? AND seq < ? ORDER BY seq DESC LIMIT ?"
        let resource = ResourceID.alias(model: model, alias: alias)
        let place: [SQLiteValue] = [.text(resource.id), .integer(sequence ?? Int64.max), SQLiteValue(limit)]
        // What was refused moved nothing.
        let moved: [AuditRecord] = try connection.all(
            SQLiteSession.auditSelect
                + newest.replacing("object_id = ?", with: "object_id = ? AND outcome = 'success'"),
            place
        ) { row in try auditRecord(row) }
        let mentioned: [Int64] = try connection.all("SELECT seq FROM audit_subject" + newest, place) { row in
            row.int(0)
        }
        let others: [AuditRecord] = try mentioned.compactMap { try auditEvent(sequence: $0) }
        return Array((moved + others).sorted { $0.sequence > $1.sequence }.prefix(limit))
    }

    func addAuditSubjects(sequence: Int64, _ resources: [ResourceID]) throws {
        let sql: String = "INSERT INTO audit_subject (object_type, object_id, seq) VALUES (?, ?, ?)"
        for resource in Set(resources) {
            try connection.execute(sql, [.text(resource.type), .text(resource.id), .integer(sequence)])
        }
    }

    func auditRecord(_ row: borrowing SQLiteRow) throws -> AuditRecord {
        try auditRecord(row, try privateValues(sequence: row.int(0)))
    }

    func auditRecord(_ row: borrowing SQLiteRow, _ privateValues: [PrivateValue]) throws -> AuditRecord {
        let resource = (
            type: row.text(7), id: row.text(8), model: row.optionalText(9), version: row.optionalText(10)
        )
        return AuditRecord(
            sequence: row.int(0), timestamp: row.timestamp(1), leaf: row.optionalBytes(2), leafHash: try row.digest(3),
            action: row.text(4), outcome: row.text(5), principalID: row.optionalInt(6), resource: resource,
            privateValues: privateValues)
    }

    private func privateValues(sequence: Int64) throws -> [PrivateValue] {
        let sql: String = "SELECT field, salt, value, principal_id FROM audit_private WHERE seq = ? ORDER BY field"
        return try connection.all(sql, [.integer(sequence)]) { row in
            PrivateValue(
                field: row.text(0), salt: row.bytes(1), value: row.bytes(2), principalID: row.optionalInt(3))
        }
    }

    func appendAuditEvent(
        sequence: Int64, at moment: Timestamp, leaf: [UInt8], leafHash: Digest, retainUntil: Timestamp, action: String,
        outcome: String, principal: Int64?, resource: ResourceID, privateValues: [PrivateValue]
    ) throws {
        // A trigger of the table keeps the log free of gaps and its times in order, whatever the caller thinks of its size.
        let sql: String = """
            INSERT INTO audit_event (seq, ts_ms, leaf, leaf_hash, min_retain_ms, action, outcome, principal_id,
                object_type, object_id, model, version)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """
        let arguments: [SQLiteValue] = [
            .integer(sequence), SQLiteValue(moment), .blob(leaf), SQLiteValue(leafHash), SQLiteValue(retainUntil),
            .text(action), .text(outcome), SQLiteValue(principal), .text(resource.type), .text(resource.id),
            SQLiteValue(resource.model), SQLiteValue(resource.version),
        ]
        try connection.execute(sql, arguments)
        var rest: ArraySlice<PrivateValue> = privateValues[...]
        while !rest.isEmpty {
            try insert(rest.prefix(SQLiteSession.insertPrivate.count), sequence: sequence)
            rest = rest.dropFirst(SQLiteSession.insertPrivate.count)
        }
    }

    private func insert(_ values: ArraySlice<PrivateValue>, sequence: Int64) throws {
        var arguments: [SQLiteValue] = []
        arguments.reserveCapacity(values.count * 5)
        for value in values {
            arguments.append(.integer(sequence))
            arguments.append(.text(value.field))
            arguments.append(.blob(value.salt))
            arguments.append(.json(value.value))
            arguments.append(SQLiteValue(value.principalID))
        }
        try connection.execute(SQLiteSession.insertPrivate[values.count - 1], arguments)
    }

    /// Statements for one value, two, and so on: most events have three or four, and each statement costs as much as a row.
    private static let insertPrivate: [String] = (0..<4).map { further in
        "INSERT INTO audit_private (seq, field, salt, value, principal_id) VALUES (?, ?, ?, ?, ?)"
            + String(repeating: ", (?, ?, ?, ?, ?)", count: further)
    }
}
