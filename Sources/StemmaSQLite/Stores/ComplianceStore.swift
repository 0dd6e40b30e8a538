internal import StemmaJSON
internal import StemmaRegistry

/// Scans and their results.
extension SQLiteSession {
    private static let scanSelect: String = """
        SELECT s.seq, s.id, s.cause, s.started_ms, s.principal_id, s.frameworks, s.models, s.audit_size, s.rules,
            s.packs, p.subject, s.status, s.counts, s.changes, s.subjects, s.error, s.finished_ms,
            EXISTS (SELECT 1 FROM compliance_result r WHERE r.scan_seq = s.seq)
        FROM compliance_scan s CROSS JOIN principal p WHERE p.id = s.principal_id
        """

    func complianceScan(id: String) throws -> ComplianceScanRecord? {
        try connection.first(SQLiteSession.scanSelect + " AND s.id = ?", [.text(id)]) { row in try scanRecord(row) }
    }

    func complianceScans(before row: Int64?, limit: Int) throws -> [ComplianceScanRecord] {
        try connection.all(
            SQLiteSession.scanSelect + " AND s.seq < ? ORDER BY s.seq DESC LIMIT ?",
            [.integer(row ?? Int64.max), SQLiteValue(limit)]
        ) { row in try scanRecord(row) }
    }

    func openComplianceScans() throws -> [ComplianceScanRecord] {
        // Word for word the term of the partial index.
        try connection.all(SQLiteSession.scanSelect + " AND s.status = 'running' ORDER BY s.seq") { row in
            try scanRecord(row)
        }
    }

    func lastComplianceScan(
        of frameworks: [String], before moment: Timestamp
    ) throws -> ComplianceScanRecord? {
        var condition = SQLFragment(" AND s.status = 'finished' AND s.finished_ms < ?", [SQLiteValue(moment)])
        condition.append(" AND EXISTS (SELECT 1 FROM json_each(s.models) j WHERE j.value = '*')")
        for framework in frameworks {
            condition.append(
                " AND EXISTS (SELECT 1 FROM json_each(s.frameworks) j WHERE j.value = ?)", [.text(framework)])
        }
        condition.append(" ORDER BY s.finished_ms DESC, s.seq DESC LIMIT 1")
        return try connection.first(SQLiteSession.scanSelect + condition.sql, condition.arguments) { row in
            try scanRecord(row)
        }
    }

    func lastScheduledScan() throws -> Timestamp? {
        let sql: String = """
            SELECT started_ms FROM compliance_scan WHERE cause = 'scheduled' ORDER BY seq DESC LIMIT 1
            """
        return try connection.first(sql) { row in row.timestamp(0) }
    }

    private func scanRecord(_ row: borrowing SQLiteRow) throws -> ComplianceScanRecord {
        ComplianceScanRecord(
            row: row.int(0),
            stored: NewComplianceScan(
                id: row.text(1), cause: try row.named(2), started: row.timestamp(3), principalID: row.int(4),
                frameworks: try texts(row.bytes(5)), models: try texts(row.bytes(6)), auditSize: row.int(7),
                rules: row.bytes(8), packs: row.bytes(9)), by: row.text(10),
            end: ComplianceScanEnd(
                status: try row.named(11), counts: row.bytes(12), changes: row.bytes(13), subjects: row.int(14),
                error: row.optionalText(15)), finished: row.optionalTimestamp(16), hasResults: row.int(17) == 1)
    }

    /// The texts of a JSON array.
    func texts(_ json: [UInt8]) throws -> [String] {
        guard let values = try? JSONParser.parse(json).array else { throw StemmaError.damagedRow("no array of texts") }
        return values.compactMap(\.string)
    }

    func json(_ texts: [String]) -> SQLiteValue {
        var writer = JSONWriter(capacity: 64)
        writer.value(texts)
        return .text(writer.finishedText())
    }

    func insertComplianceScan(_ scan: NewComplianceScan) throws -> Int64 {
        let sql: String = """
            INSERT INTO compliance_scan (id, cause, status, started_ms, principal_id, frameworks, models, audit_size,
                rules, packs, counts, changes, subjects)
            VALUES (?, ?, 'running', ?, ?, ?, ?, ?, ?, ?, '{}', '{}', 0) RETURNING seq
            """
        let arguments: [SQLiteValue] = [
            .text(scan.id), .text(scan.cause.rawValue), SQLiteValue(scan.started), .integer(scan.principalID),
            json(scan.frameworks), json(scan.models), .integer(scan.auditSize), .json(scan.rules), .json(scan.packs),
        ]
        return try connection.first(sql, arguments) { row in row.int(0) } ?? 0
    }

    func endComplianceScan(_ row: Int64, _ end: ComplianceScanEnd, at moment: Timestamp) throws {
        let sql: String = """
            UPDATE compliance_scan SET status = ?, counts = ?, changes = ?, subjects = ?, error = ?, finished_ms = ?
            WHERE seq = ? AND status = 'running'
            """
        let arguments: [SQLiteValue] = [
            .text(end.status.rawValue), .json(end.counts), .json(end.changes), .integer(end.subjects),
            SQLiteValue(end.error), SQLiteValue(moment), .integer(row),
        ]
        try requireOneRow(try connection.execute(sql, arguments), .scanNotFound, "there is no open scan")
    }

    func complianceResults(_ query: ComplianceResultQuery) throws -> [ComplianceResultRow] {
        var statement = SQLFragment(
            """
            SELECT r.position, r.subject_type, r.subject_key, r.model, r.version, r.outcomes, r.effects
            FROM compliance_result r WHERE r.scan_seq = ? AND r.position >= ?
            """, [.integer(query.scan), .integer(query.from)])
        if !query.seesRegistry { statement.append(" AND r.model IS NOT NULL") }
        if let model = query.model { statement.append(" AND r.model = ?", [.text(model)]) }
        if let letter = query.letter {
            if let rule = query.rule {
                statement.append(
                    " AND substr(r.outcomes, ?, 1) = ?", [SQLiteValue(rule + 1), .text(String(letter))])
            } else {
                statement.append(" AND instr(r.outcomes, ?) > 0", [.text(String(letter))])
            }
        } else if let rule = query.rule {
            statement.append(" AND substr(r.outcomes, ?, 1) <> '.'", [SQLiteValue(rule + 1)])
        }
        if !query.scope.isUnlimited {
            statement.append(" AND ")
            statement.append(scope: query.scope, name: "r.model")
        }
        statement.append(" ORDER BY r.position LIMIT ?", [SQLiteValue(query.limit)])
        return try connection.all(statement.sql, statement.arguments) { row in
            ComplianceResultRow(
                position: row.int(0), subject: ComplianceSubjectKey(try row.named(1), row.int(2)),
                model: row.optionalText(3), version: row.optionalText(4), outcomes: row.text(5), effects: row.text(6))
        }
    }

    func complianceTotals(
        scan row: Int64, scope: ModelScope
    ) throws -> [(outcomes: String, effects: String, count: Int64)] {
        var statement = SQLFragment(
            "SELECT outcomes, effects, count(*) FROM compliance_result WHERE scan_seq = ? AND model IS NOT NULL",
            [.integer(row)])
        if !scope.isUnlimited {
            statement.append(" AND ")
            statement.append(scope: scope, name: "model")
        }
        statement.append(" GROUP BY outcomes, effects")
        return try connection.all(statement.sql, statement.arguments) { row in
            (outcomes: row.text(0), effects: row.text(1), count: row.int(2))
        }
    }

    func insertComplianceResults(scan row: Int64, _ results: [ComplianceResultRow]) throws {
        let sql: String = """
            INSERT INTO compliance_result (scan_seq, position, subject_type, subject_key, model, version, outcomes,
                effects)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """
        for result in results {
            let arguments: [SQLiteValue] = [
                .integer(row), .integer(result.position), .text(result.subject.type.rawValue),
                .integer(result.subject.key), SQLiteValue(result.model), SQLiteValue(result.version),
                .text(result.outcomes), .text(result.effects),
            ]
            try connection.execute(sql, arguments)
        }
    }

    func removeComplianceResults(before row: Int64, limit: Int) throws -> Int {
        let sql: String = """
            DELETE FROM compliance_result WHERE (scan_seq, position) IN
                (SELECT scan_seq, position FROM compliance_result WHERE scan_seq < ? LIMIT ?)
            """
        return try connection.execute(sql, [.integer(row), SQLiteValue(limit)])
    }
}
