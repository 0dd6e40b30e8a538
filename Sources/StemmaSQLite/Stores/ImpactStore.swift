internal import StemmaRegistry

/// What changes touch, and assessments of it.
extension SQLiteSession {
    private static let assessmentSelect: String = """
        SELECT a.seq, a.id, a.entity_id, e.type, e.key, e.model, a.change, a.reason, a.quarantines, a.due_ms, a.summary,
            a.created_ms, c.subject, a.updated_ms, a.closed_ms,
            (SELECT subject FROM principal WHERE id = a.closed_by), a.close_reason, a.revision
        FROM impact_assessment a CROSS JOIN lineage_entity e CROSS JOIN principal c
        WHERE e.id = a.entity_id AND c.id = a.created_by
        """

    func aliasNames(version id: Int64) throws -> [String] {
        let sql: String = "SELECT alias FROM alias WHERE version_id = ? ORDER BY alias"
        return try connection.all(sql, [.integer(id)]) { row in row.text(0) }
    }

    func liveDeployments(version id: Int64) throws -> [(id: String, environment: String, status: String)] {
        let sql: String = """
            SELECT id, environment, status FROM deployment WHERE version_id = ? AND status IN ('pending', 'deployed')
            ORDER BY seq DESC
            """
        return try connection.all(sql, [.integer(id)]) { row in (row.text(0), row.text(1), row.text(2)) }
    }

    func impactAssessment(_ id: String) throws -> ImpactAssessmentRecord? {
        try connection.first(SQLiteSession.assessmentSelect + " AND a.id = ?", [.text(id)]) { row in
            try assessmentRecord(row)
        }
    }

    func impactAssessments(_ query: ListQuery) throws -> Page<ImpactAssessmentRecord> {
        var list = ListStatement(
            table: "impact_assessment a CROSS JOIN lineage_entity e", key: "a.seq",
            fields: ImpactAssessmentField.table, query)
        list.require("e.id = a.entity_id")
        list.require(scope: query.scope, name: "e.model", or: SQLFragment("e.model IS NULL"))
        return try page(list) { row in
            try impactAssessment(row: row)
        }
    }

    func impactAssessment(row: Int64) throws -> ImpactAssessmentRecord? {
        try connection.first(SQLiteSession.assessmentSelect + " AND a.seq = ?", [.integer(row)]) { row in
            try assessmentRecord(row)
        }
    }

    private func assessmentRecord(_ row: borrowing SQLiteRow) throws -> ImpactAssessmentRecord {
        ImpactAssessmentRecord(
            row: row.int(0), id: row.text(1), entity: row.int(2), node: LineageNodeID(try row.named(3), row.text(4)),
            model: row.optionalText(5), change: try row.named(6), reason: row.text(7), quarantines: row.int(8) == 1,
            due: row.optionalTimestamp(9), summary: row.bytes(10), created: row.timestamp(11), createdBy: row.text(12),
            updated: row.timestamp(13), closed: row.optionalTimestamp(14), closedBy: row.optionalText(15),
            closeReason: row.optionalText(16), revision: row.int(17))
    }

    func quarantiningAssessments() throws -> [(row: Int64, id: String, entity: Int64)] {
        // Word for word the terms of the partial index, which holds nothing in most registries.
        let sql: String = """
            SELECT seq, id, entity_id FROM impact_assessment WHERE quarantines = 1 AND closed_ms IS NULL ORDER BY seq
            """
        return try connection.all(sql) { row in (row.int(0), row.text(1), row.int(2)) }
    }

    func impactItems(_ assessment: Int64) throws -> [ImpactItemRecord] {
        let sql: String = """
            SELECT i.position, i.entity_id, e.type, e.key, e.model, i.owner, i.quarantine_id,
                q.opened_ms, q.lifted_ms, i.acknowledged_ms, (SELECT subject FROM principal WHERE id = i.acknowledged_by), i.comment
            FROM impact_item i CROSS JOIN lineage_entity e LEFT JOIN quarantine q ON q.id = i.quarantine_id
            WHERE i.assessment_id = ? AND e.id = i.entity_id ORDER BY i.position
            """
        return try connection.all(sql, [.integer(assessment)]) { row in
            ImpactItemRecord(
                position: row.int(0), entity: row.int(1), node: LineageNodeID(try row.named(2), row.text(3)),
                model: row.optionalText(4), owner: row.optionalText(5), quarantineID: row.optionalText(6),
                heldSince: row.optionalTimestamp(7), heldUntil: row.optionalTimestamp(8),
                acknowledged: row.optionalTimestamp(9), acknowledgedBy: row.optionalText(10),
                comment: row.optionalText(11))
        }
    }

    func insertImpactAssessment(_ assessment: NewImpactAssessment) throws -> Int64 {
        let sql: String = """
            INSERT INTO impact_assessment (id, entity_id, change, reason, quarantines, due_ms, summary, created_ms,
                created_by, updated_ms, revision)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)
            """
        let arguments: [SQLiteValue] = [
            .text(assessment.id), .integer(assessment.entity), .text(assessment.change.rawValue),
            .text(assessment.reason), SQLiteValue(assessment.quarantines), SQLiteValue(assessment.due),
            .json(assessment.summary), SQLiteValue(assessment.created), .integer(assessment.createdBy),
            SQLiteValue(assessment.created),
        ]
        try connection.execute(sql, arguments)
        return connection.lastInsertedRowID
    }

    func addImpactItem(_ assessment: Int64, entity: Int64, owner: String?, quarantine: String?) throws -> Bool {
        let sql: String = """
            INSERT INTO impact_item (assessment_id, position, entity_id, owner, quarantine_id)
            SELECT ?1, coalesce((SELECT max(position) FROM impact_item WHERE assessment_id = ?1), 0) + 1, ?2, ?3, ?4
            WHERE NOT EXISTS (SELECT 1 FROM impact_item WHERE assessment_id = ?1 AND entity_id = ?2)
            """
        let arguments: [SQLiteValue] = [
            .integer(assessment), .integer(entity), SQLiteValue(owner), SQLiteValue(quarantine),
        ]
        return try connection.execute(sql, arguments) == 1
    }

    func acknowledgeImpactItem(
        _ assessment: Int64, entity: Int64, comment: String?, at moment: Timestamp, by principal: Int64
    ) throws {
        let sql: String = """
            UPDATE impact_item SET acknowledged_ms = ?, acknowledged_by = ?, comment = ?
            WHERE assessment_id = ? AND entity_id = ? AND acknowledged_ms IS NULL
            """
        let arguments: [SQLiteValue] = [
            SQLiteValue(moment), .integer(principal), SQLiteValue(comment), .integer(assessment), .integer(entity),
        ]
        try connection.execute(sql, arguments)
        try touchImpactAssessment(assessment, at: moment)
    }

    func touchImpactAssessment(_ row: Int64, at moment: Timestamp) throws {
        try connection.execute(
            "UPDATE impact_assessment SET updated_ms = ?, revision = revision + 1 WHERE seq = ?",
            [SQLiteValue(moment), .integer(row)])
    }

    func closeImpactAssessment(_ row: Int64, reason: String?, at moment: Timestamp, by principal: Int64) throws {
        let sql: String = """
            UPDATE impact_assessment SET closed_ms = ?1, closed_by = ?2, close_reason = ?3, updated_ms = ?1,
                revision = revision + 1
            WHERE seq = ?4 AND closed_ms IS NULL
            """
        let arguments: [SQLiteValue] = [SQLiteValue(moment), .integer(principal), SQLiteValue(reason), .integer(row)]
        try requireOneRow(
            try connection.execute(sql, arguments), .assessmentClosed, "the assessment is closed already")
    }

    func liftQuarantine(_ id: String, reason: String?, at moment: Timestamp, by principal: Int64) throws -> Bool {
        let sql: String = """
            UPDATE quarantine SET lifted_ms = ?, lifted_by = ?, lift_reason = ? WHERE id = ? AND lifted_ms IS NULL
            RETURNING version_id
            """
        let arguments: [SQLiteValue] = [SQLiteValue(moment), .integer(principal), SQLiteValue(reason), .text(id)]
        let version: Int64? = try connection.first(sql, arguments) { row in row.int(0) }
        guard let version else { return false }
        try countQuarantines(version: version, at: moment)
        return true
    }
}

/// The fields of `FilterSchema.impactAssessments` over `impact_assessment a` and its `lineage_entity e`.
enum ImpactAssessmentField {
    @Sendable
    static func table(_ field: FilterField) throws(StemmaError) -> SQLField? { fixed[field.path.description] }

    private static let fixed: [String: SQLField] = [
        "id": .column("a.id", .text),
        "node": .column("(e.type || ':' || e.key)", .text),
        "type": .column("e.type", .text),
        "change": .column("a.change", .text),
        "status": .column("CASE WHEN a.closed_ms IS NULL THEN 'open' ELSE 'closed' END", .text),
        "quarantines": .column("CASE a.quarantines WHEN 1 THEN x'01' ELSE x'00' END", .scalar),
        "due_at": .optional("a.due_ms", .time),
        "created_at": .column("a.created_ms", .time),
        "created_by": .column("(SELECT subject FROM principal WHERE id = a.created_by)", .text),
        "updated_at": .column("a.updated_ms", .time),
        "closed_at": .optional("a.closed_ms", .time),
    ]
}
