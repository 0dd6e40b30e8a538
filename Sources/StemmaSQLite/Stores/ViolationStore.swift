internal import StemmaRegistry

/// Violations and what happened to them.
extension SQLiteSession {
    private static let violationSelect: String = """
        SELECT w.seq, w.id, w.rule, w.subject_type, w.subject_key, w.subject_id, w.model, w.version, w.rule_version,
            w.frameworks, w.severity, w.evidence, w.owner, w.owner_role, w.due_ms, w.note, w.opened_ms, w.last_seen_ms,
            w.failures, w.closed_ms, w.waived_ms, w.waived_by, w.waiver_reason, w.waiver_expires_ms,
            (SELECT subject FROM principal WHERE id = w.waived_by), w.updated_ms, w.revision,
            (SELECT count(*) FROM compliance_violation_step s WHERE s.violation_seq = w.seq)
        FROM compliance_violation w
        """

    func violation(id: String) throws -> ViolationRecord? {
        try connection.first(SQLiteSession.violationSelect + " WHERE w.id = ?", [.text(id)]) { row in
            try violationRecord(row)
        }
    }

    func violation(row: Int64) throws -> ViolationRecord? {
        try connection.first(SQLiteSession.violationSelect + " WHERE w.seq = ?", [.integer(row)]) { row in
            try violationRecord(row)
        }
    }

    func violations(_ query: ListQuery, now: Timestamp, seesRegistry: Bool) throws -> Page<ViolationRecord> {
        let fields: SQLFieldTable = { (field: FilterField) throws(StemmaError) -> SQLField? in
            ViolationField.field(field.path.description, now)
        }
        var list = ListStatement(table: "compliance_violation w", key: "w.seq", fields: fields, query)
        if !seesRegistry { list.require("w.model IS NOT NULL") }
        list.require(scope: query.scope, name: "w.model")
        return try page(list) { row in try violation(row: row) }
    }

    func violations(subject: ComplianceSubjectKey) throws -> [ViolationRecord] {
        // Subjects with closed ones only are few; the unique index is by rule.
        let sql: String =
            SQLiteSession.violationSelect + " WHERE w.subject_type = ? AND w.subject_key = ? ORDER BY w.seq"
        return try connection.all(sql, [.text(subject.type.rawValue), .integer(subject.key)]) { row in
            try violationRecord(row)
        }
    }

    func subjectsWithViolations(_ type: ComplianceScope, keys: ClosedRange<Int64>) throws -> Set<Int64> {
        // Word for word the term of the partial index.
        let sql: String = """
            SELECT DISTINCT subject_key FROM compliance_violation
            WHERE closed_ms IS NULL AND subject_type = ? AND subject_key BETWEEN ? AND ?
            """
        let arguments: [SQLiteValue] = [
            .text(type.rawValue), .integer(keys.lowerBound), .integer(keys.upperBound),
        ]
        return Set(try connection.all(sql, arguments) { row in row.int(0) })
    }

    func violationsOfGoneSubjects(after row: Int64, limit: Int) throws -> [ViolationRecord] {
        let sql: String =
            SQLiteSession.violationSelect + """
                 WHERE w.closed_ms IS NULL AND w.seq > ? AND w.subject_type <> 'registry' AND NOT EXISTS (
                    SELECT 1 FROM version v WHERE w.subject_type = 'version' AND v.id = w.subject_key
                        AND v.deleted_ms IS NULL
                    UNION ALL
                    SELECT 1 FROM model m WHERE w.subject_type = 'model' AND m.id = w.subject_key
                        AND m.deleted_ms IS NULL)
                ORDER BY w.seq LIMIT ?
                """
        return try connection.all(sql, [.integer(row), SQLiteValue(limit)]) { row in try violationRecord(row) }
    }

    func openViolations(at now: Timestamp, limit: Int) throws -> [ViolationRecord] {
        let sql: String =
            SQLiteSession.violationSelect + """
                 WHERE w.closed_ms IS NULL AND coalesce(w.waiver_expires_ms, 0) <= ? ORDER BY w.due_ms, w.seq LIMIT ?
                """
        return try connection.all(sql, [SQLiteValue(now), SQLiteValue(limit)]) { row in try violationRecord(row) }
    }

    func hasOpenViolation(version key: Int64, besides rules: [String]) throws -> Bool {
        let sql: String = """
            SELECT 1 FROM compliance_violation
            WHERE closed_ms IS NULL AND subject_type = 'version' AND subject_key = ?
                AND rule NOT IN (SELECT j.value FROM json_each(?) j) LIMIT 1
            """
        return try connection.first(sql, [.integer(key), json(rules)]) { _ in true } ?? false
    }

    private func violationRecord(_ row: borrowing SQLiteRow) throws -> ViolationRecord {
        var waiver: ViolationWaiver?
        if let at = row.optionalTimestamp(20), let by = row.optionalInt(21), let expires = row.optionalTimestamp(23) {
            waiver = ViolationWaiver(at: at, principalID: by, reason: row.text(22), expires: expires)
        }
        let state = ViolationState(
            ruleVersion: row.int(8), frameworks: try texts(row.bytes(9)), severity: row.text(10),
            evidence: row.bytes(11), owner: row.optionalText(12), ownerRole: row.text(13), due: row.timestamp(14),
            note: row.optionalText(15), opened: row.timestamp(16), lastSeen: row.timestamp(17), failures: row.int(18),
            closed: row.optionalTimestamp(19), waiver: waiver)
        return ViolationRecord(
            row: row.int(0),
            stored: NewViolation(
                id: row.text(1), rule: row.text(2), subject: ComplianceSubjectKey(try row.named(3), row.int(4)),
                subjectID: row.text(5), model: row.optionalText(6), version: row.optionalText(7), state: state),
            waivedBy: row.optionalText(24), updated: row.timestamp(25), revision: row.int(26), steps: row.int(27))
    }

    func insertViolation(_ violation: NewViolation) throws -> Int64 {
        let sql: String = """
            INSERT INTO compliance_violation (id, rule, subject_type, subject_key, subject_id, model, version,
                rule_version, frameworks, severity, evidence, owner, owner_role, due_ms, note, opened_ms, last_seen_ms,
                failures, closed_ms, waived_ms, waived_by, waiver_reason, waiver_expires_ms, updated_ms, revision)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1) RETURNING seq
            """
        let arguments: [SQLiteValue] =
            [
                .text(violation.id), .text(violation.rule), .text(violation.subject.type.rawValue),
                .integer(violation.subject.key), .text(violation.subjectID), SQLiteValue(violation.model),
                SQLiteValue(violation.version),
            ] + values(violation.state) + [SQLiteValue(violation.state.opened)]
        return try connection.first(sql, arguments) { row in row.int(0) } ?? 0
    }

    private func values(_ state: ViolationState) -> [SQLiteValue] {
        [
            .integer(state.ruleVersion), json(state.frameworks), .text(state.severity), .json(state.evidence),
            SQLiteValue(state.owner), .text(state.ownerRole), SQLiteValue(state.due), SQLiteValue(state.note),
            SQLiteValue(state.opened), SQLiteValue(state.lastSeen), .integer(state.failures),
            SQLiteValue(state.closed), SQLiteValue(state.waiver?.at), SQLiteValue(state.waiver?.principalID),
            SQLiteValue(state.waiver?.reason), SQLiteValue(state.waiver?.expires),
        ]
    }

    func updateViolation(_ row: Int64, _ state: ViolationState, at moment: Timestamp) throws {
        let sql: String = """
            UPDATE compliance_violation SET rule_version = ?, frameworks = ?, severity = ?, evidence = ?, owner = ?,
                owner_role = ?, due_ms = ?, note = ?, opened_ms = ?, last_seen_ms = ?, failures = ?, closed_ms = ?,
                waived_ms = ?, waived_by = ?, waiver_reason = ?, waiver_expires_ms = ?, updated_ms = ?,
                revision = revision + 1
            WHERE seq = ?
            """
        let arguments: [SQLiteValue] = values(state) + [SQLiteValue(moment), .integer(row)]
        try requireOneRow(
            try connection.execute(sql, arguments), .violationNotFound, "there is no such violation")
    }

    func touchViolation(_ row: Int64, evidence: [UInt8], seen moment: Timestamp) throws {
        let sql: String = """
            UPDATE compliance_violation SET evidence = ?, last_seen_ms = ?, failures = failures + 1 WHERE seq = ?
            """
        try requireOneRow(
            try connection.execute(sql, [.json(evidence), SQLiteValue(moment), .integer(row)]), .violationNotFound,
            "there is no such violation")
    }

    func addViolationStep(_ row: Int64, _ step: NewViolationStep) throws {
        let sql: String = """
            INSERT INTO compliance_violation_step (violation_seq, position, kind, at_ms, principal_id, scan_id, detail)
            VALUES (?, (SELECT coalesce(max(position), 0) + 1 FROM compliance_violation_step WHERE violation_seq = ?),
                ?, ?, ?, ?, ?)
            """
        let arguments: [SQLiteValue] = [
            .integer(row), .integer(row), .text(step.kind.rawValue), SQLiteValue(step.at),
            .integer(step.principalID), SQLiteValue(step.scan), step.detail.map { .json($0) } ?? .null,
        ]
        try connection.execute(sql, arguments)
    }

    func violationSteps(_ row: Int64, limit: Int) throws -> [ViolationStep] {
        let sql: String = """
            SELECT s.position, s.kind, s.at_ms, s.principal_id, s.scan_id, s.detail, p.subject
            FROM compliance_violation_step s CROSS JOIN principal p
            WHERE s.violation_seq = ? AND p.id = s.principal_id ORDER BY s.position DESC LIMIT ?
            """
        return try connection.all(sql, [.integer(row), SQLiteValue(limit)]) { row in
            ViolationStep(
                position: row.int(0),
                stored: NewViolationStep(
                    kind: try row.named(1), at: row.timestamp(2), principalID: row.int(3),
                    scan: row.optionalText(4), detail: row.optionalBytes(5)), by: row.text(6))
        }
    }
}

/// The fields of `FilterSchema.violations` over `compliance_violation w`.
enum ViolationField {
    static func field(_ name: String, _ now: Timestamp) -> SQLField? {
        switch name {
        case "status": .column(status(now), .text)
        case "overdue":
            .column(
                "CASE WHEN w.closed_ms IS NULL AND w.due_ms < \(now.milliseconds) THEN x'01' ELSE x'00' END", .scalar)
        case "framework":
            SQLField(
                source: .members("j.value", from: SQLFragment("json_each(w.frameworks) j WHERE TRUE")),
                content: .text, isNullable: true)
        default: fixed[name]
        }
    }

    private static func status(_ now: Timestamp) -> String {
        """
        CASE WHEN w.closed_ms IS NOT NULL THEN 'closed' \
        WHEN coalesce(w.waiver_expires_ms, 0) > \(now.milliseconds) THEN 'waived' ELSE 'open' END
        """
    }

    private static let fixed: [String: SQLField] = [
        "id": .column("w.id", .text),
        "rule": .column("w.rule", .text),
        "severity": .column("w.severity", .text),
        "subject_type": .column("w.subject_type", .text),
        "subject": .column("w.subject_id", .text),
        "model": .optional("w.model", .text),
        "version": .optional("w.version", .text),
        "owner": .optional("w.owner", .text),
        "owner_role": .column("w.owner_role", .text),
        "due_at": .column("w.due_ms", .time),
        "opened_at": .column("w.opened_ms", .time),
        "last_seen_at": .column("w.last_seen_ms", .time),
        "closed_at": .optional("w.closed_ms", .time),
        "failures": .column("w.failures", .number),
    ]
}
