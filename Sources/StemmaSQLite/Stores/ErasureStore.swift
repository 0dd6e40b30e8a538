internal import StemmaJSON
internal import StemmaRegistry

/// Requests to erase what is known of a person, and the places where it stands.
extension SQLiteSession {
    private static let erasureSelect: String = """
        SELECT e.id, e.principal_id, s.pseudonym, e.identifiers, e.basis, e.status, e.ground, e.holds, e.deferral_reason,
            e.rerun_ms, e.outcome, e.requested_ms, e.requested_by, p.subject, e.completed_ms
        FROM erasure e CROSS JOIN principal p LEFT JOIN principal s ON s.id = e.principal_id
        WHERE p.id = e.requested_by
        """

    func erasure(id: String) throws -> ErasureRecord? {
        try connection.first(SQLiteSession.erasureSelect + " AND e.id = ?", [.text(id)]) { row in
            try erasureRecord(row)
        }
    }

    func erasures() throws -> [ErasureRecord] {
        try connection.all(SQLiteSession.erasureSelect + " ORDER BY e.seq") { row in try erasureRecord(row) }
    }

    func deferredErasures() throws -> [ErasureRecord] {
        try connection.all(SQLiteSession.erasureSelect + " AND e.status = 'deferred' ORDER BY e.seq") { row in
            try erasureRecord(row)
        }
    }

    private func erasureRecord(_ row: borrowing SQLiteRow) throws -> ErasureRecord {
        ErasureRecord(
            id: row.text(0), person: row.optionalInt(1), pseudonym: row.optionalText(2),
            identifiers: try row.optionalBytes(3).map { try stringArray($0) } ?? [], basis: row.text(4),
            status: try row.named(5), ground: row.isNull(6) ? nil : try row.named(6),
            holds: try row.optionalBytes(7).map { try stringArray($0) } ?? [], deferralReason: row.optionalText(8),
            rerun: row.optionalTimestamp(9), outcome: row.optionalBytes(10), requested: row.timestamp(11),
            requestedByID: row.int(12), requestedBy: row.text(13), completed: row.optionalTimestamp(14))
    }

    func insertErasure(_ erasure: NewErasure) throws {
        let sql: String = """
            INSERT INTO erasure (id, principal_id, identifiers, basis, status, requested_ms, requested_by)
            VALUES (?, ?, ?, ?, 'deferred', ?, ?)
            """
        let arguments: [SQLiteValue] = [
            .text(erasure.id), SQLiteValue(erasure.person), jsonArray(erasure.identifiers), .text(erasure.basis),
            SQLiteValue(erasure.requested), .integer(erasure.requestedBy),
        ]
        try connection.execute(sql, arguments)
    }

    func updateErasure(_ record: ErasureRecord) throws {
        let sql: String = """
            UPDATE erasure SET identifiers = ?, status = ?, ground = ?, holds = ?, deferral_reason = ?, rerun_ms = ?,
                outcome = ?, completed_ms = ?
            WHERE id = ?
            """
        let arguments: [SQLiteValue] = [
            record.identifiers.isEmpty ? .null : jsonArray(record.identifiers), .text(record.status.rawValue),
            SQLiteValue(record.ground?.rawValue), record.holds.isEmpty ? .null : jsonArray(record.holds),
            SQLiteValue(record.deferralReason), SQLiteValue(record.rerun), record.outcome.map { .json($0) } ?? .null,
            SQLiteValue(record.completed), .text(record.id),
        ]
        try requireOneRow(
            try connection.execute(sql, arguments), .erasureNotFound, "there is no erasure \(record.id)")
    }

    /// Conditions of one statement, well below what SQLite takes (`SQLITE_MAX_EXPR_DEPTH`, 1,000). Beyond it every row is read.
    private static let testsMax: Int = 400

    func places(holding text: ErasureText, limit: Int) throws -> [TextPlace] {
        let needles: [SQLiteValue] = text.needles.map { SQLitePattern.containing($0) }
        var places: [TextPlace] = []
        for table in try ErasableTable.all(connection) where places.count < limit {
            var sql: String = """
                SELECT \(table.modelExpression), \(table.versionExpression), \(table.selected)
                FROM \(table.name) t \(table.joins)
                """
            var arguments: [SQLiteValue] = []
            if text.isFoundByNeedles, needles.count * table.columns.count <= SQLiteSession.testsMax {
                let tests: [String] = table.columns.flatMap { column in
                    needles.map { _ in "t.\(column) LIKE ? ESCAPE '\\'" }
                }
                sql += " WHERE " + tests.joined(separator: " OR ")
                arguments = table.columns.flatMap { _ in needles }
            }
            try connection.query(sql, arguments) { row in
                var key: [TextPlace.KeyPart] = []
                for (index, column) in table.key.enumerated() {
                    key.append(TextPlace.KeyPart(column: column, value: try keyValue(row.value(index + 2))))
                }
                for (index, column) in table.columns.enumerated() where places.count < limit {
                    let form: TextForm = TextColumns.form(table.name, column)
                    // Numbers and booleans stand in columns of any type.
                    guard case .text(let stored) = row.value(table.key.count + 2 + index) else { continue }
                    let isReplaceable: Bool = text.replaced(stored, as: form) != nil
                    // What names something stays, wherever it stands.
                    guard isReplaceable || text.occurs(in: Array(stored.utf8)) else { continue }
                    places.append(
                        TextPlace(
                            table: table.name, column: column, form: isReplaceable ? form : .name, key: key,
                            model: row.optionalText(0), version: row.optionalText(1)))
                }
            }
        }
        return places
    }

    func text(at place: TextPlace) throws -> String? {
        let sql: String = "SELECT \(place.column) FROM \(place.table) WHERE \(condition(place))"
        return try connection.first(sql, place.key.map { SQLiteValue($0.value) }) { row in row.text(0) }
    }

    func setText(at place: TextPlace, to text: String) throws {
        let sql: String = "UPDATE \(place.table) SET \(place.column) = ? WHERE \(condition(place))"
        try connection.execute(sql, [.text(text)] + place.key.map { SQLiteValue($0.value) })
    }

    private func condition(_ place: TextPlace) -> String {
        place.key.map { "\($0.column) = ?" }.joined(separator: " AND ")
    }

    private func keyValue(_ value: SQLiteValue) throws -> TextPlace.KeyPart.Value {
        switch value {
        case .integer(let number): .integer(number)
        case .text(let text): .text(text)
        case .blob(let bytes): .bytes(bytes)
        case .null, .real: throw StemmaError.damagedRow("a key that is no key")
        }
    }

    func privatePlaces(of person: Int64?, holding text: ErasureText, limit: Int) throws -> [PrivatePlace] {
        let tests: String = text.needles.map { _ in " OR a.value LIKE ? ESCAPE '\\'" }.joined()
        let isFound: Bool = text.isFoundByNeedles && text.needles.count <= SQLiteSession.testsMax
        let found: String = isFound ? "(a.principal_id = ?\(tests)) AND " : ""
        let sql: String = """
            SELECT a.seq, a.field, a.value, a.principal_id, e.model, e.version
            FROM audit_private a CROSS JOIN audit_event e WHERE \(found)e.seq = a.seq
            """
        let arguments: [SQLiteValue] =
            isFound
            ? [SQLiteValue(person)] + text.needles.map { SQLitePattern.containing($0) } : []
        var places: [PrivatePlace] = []
        try connection.query(sql, arguments) { row in
            let owner: Int64? = row.optionalInt(3)
            let isOwn: Bool = owner != nil && owner == person && !PrivatePlace.structured.contains(row.text(1))
            guard places.count < limit, isOwn || text.occurs(inJSON: row.bytes(2)) else { return }
            places.append(
                PrivatePlace(
                    sequence: row.int(0), field: row.text(1), owner: owner, model: row.optionalText(4),
                    version: row.optionalText(5)))
        }
        return places
    }

    func removePrivateValue(sequence: Int64, field: String) throws {
        let sql: String = "DELETE FROM audit_private WHERE seq = ? AND field = ?"
        try connection.execute(sql, [.integer(sequence), .text(field)])
    }

    func removeIdempotentAnswers(of person: Int64?, holding text: ErasureText) throws -> Int {
        let sql: String = "SELECT principal_id, key, body FROM idempotency"
        let named: [[SQLiteValue]] = try connection.all(sql) { row -> [SQLiteValue]? in
            let isNamed: Bool = row.int(0) == person || text.occurs(inJSON: row.bytes(2))
            return isNamed ? [row.value(0), row.value(1)] : nil
        }.compactMap { $0 }
        for key in named {
            try connection.execute("DELETE FROM idempotency WHERE principal_id = ? AND key = ?", key)
        }
        return named.count
    }

    func subjects(holding text: ErasureText) throws -> [String] {
        let sql: String = "SELECT subject FROM principal WHERE erased_ms IS NULL ORDER BY id"
        return try connection.all(sql) { row in row.text(0) }.filter { text.replaced($0) != nil }
    }

    func liveTokens(of person: Int64) throws -> [String] {
        let sql: String = "SELECT id FROM token WHERE principal_id = ? AND revoked_ms IS NULL ORDER BY id"
        return try connection.all(sql, [.integer(person)]) { row in row.text(0) }
    }

    func aliases(updatedBy person: Int64) throws -> [AliasRecord] {
        let models: [Int64] = try connection.all(
            "SELECT DISTINCT model_id FROM alias WHERE updated_by = ? ORDER BY model_id", [.integer(person)]
        ) { row in row.int(0) }
        return try models.flatMap { try aliases(model: $0) }
    }

    func erasePrincipal(_ id: Int64, at moment: Timestamp) throws {
        let sql: String = "UPDATE principal SET subject = pseudonym, erased_ms = ? WHERE id = ? AND erased_ms IS NULL"
        try connection.execute(sql, [SQLiteValue(moment), .integer(id)])
    }
}

extension SQLiteValue {
    fileprivate init(_ part: TextPlace.KeyPart.Value) {
        switch part {
        case .integer(let number): self = .integer(number)
        case .text(let text): self = .text(text)
        case .bytes(let bytes): self = .blob(bytes)
        }
    }
}

/// Patterns of `LIKE`, with a backslash as the escape.
private enum SQLitePattern {
    static func containing(_ text: String) -> SQLiteValue {
        var pattern: String = "%"
        for character in text.unicodeScalars {
            if ["%", "_", "\\"].contains(character) { pattern.unicodeScalars.append("\\") }
            pattern.unicodeScalars.append(character)
        }
        return .text(pattern + "%")
    }
}

/// A table whose texts are looked through when a person is erased, as the schema describes it, so that a new table is not
/// forgotten.
private struct ErasableTable {
    let name: String
    /// Columns of texts that people wrote, or may have.
    let columns: [String]
    let key: [String]
    /// Key and texts, as they are read.
    var selected: String { (key + columns).map { "t." + $0 }.joined(separator: ", ") }
    let joins: String
    let modelExpression: String
    let versionExpression: String

    static func all(_ connection: SQLiteConnection) throws -> [ErasableTable] {
        let list: String = """
            SELECT name, wr FROM pragma_table_list
            WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite^_%' ESCAPE '^' ORDER BY name
            """
        let tables: [(name: String, hasNoRowID: Bool)] = try connection.all(list) { row in
            (row.text(0), row.int(1) == 1)
        }
        return try tables.filter { !TextColumns.others.contains($0.name) }.compactMap { table in
            try ErasableTable(table.name, hasNoRowID: table.hasNoRowID, connection)
        }
    }

    private init?(_ name: String, hasNoRowID: Bool, _ connection: SQLiteConnection) throws {
        let described: [(name: String, type: String, key: Int64)] = try connection.all(
            "SELECT name, type, pk FROM pragma_table_info(?) ORDER BY cid", [.text(name)]
        ) { row in (row.text(0), row.text(1), row.int(2)) }
        columns = described.filter {
            ["TEXT", "ANY"].contains($0.type) && TextColumns.form(name, $0.name) != .structure
        }.map(\.name)
        guard !columns.isEmpty else { return nil }
        self.name = name
        key =
            hasNoRowID ? described.filter { $0.key > 0 }.sorted { $0.key < $1.key }.map(\.name) : ["rowid"]
        let names: Set<String> = Set(described.map(\.name))
        let version: String? =
            name == "version" ? "t.id" : ["version_id", "treatment_id"].first { names.contains($0) }.map { "t." + $0 }
        let model: String? = name == "model" ? "t.id" : names.contains("model_id") ? "t.model_id" : nil
        joins =
            "LEFT JOIN version jv ON jv.id = \(version ?? "NULL") "
            + "LEFT JOIN model jm ON jm.id = coalesce(\(model ?? "NULL"), jv.model_id)"
        // The graph names models by their names.
        modelExpression = name == "lineage_entity" ? "t.model" : "jm.name"
        versionExpression = "jv.version"
    }
}
