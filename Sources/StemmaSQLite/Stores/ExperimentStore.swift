internal import StemmaRegistry

/// A/B experiments and the looks at their results.
extension SQLiteSession {
    private static let experimentSelect: String = """
        SELECT e.id, e.baseline_id, bm.name, b.version, e.treatment_id, tm.name, t.version, e.plan, e.primary_metric,
            e.started_ms, e.ends_ms, e.description, e.business_hypothesis, e.tags, e.metadata, e.status, e.looks,
            e.ended_ms, z.subject, e.rationale, e.decision, e.concluded_early, e.conclusion, e.business_conclusion,
            e.created_ms, c.subject, e.updated_ms, u.subject, e.revision
        FROM experiment e CROSS JOIN version b CROSS JOIN model bm CROSS JOIN version t CROSS JOIN model tm
            CROSS JOIN principal c CROSS JOIN principal u LEFT JOIN principal z ON z.id = e.ended_by
        WHERE b.id = e.baseline_id AND bm.id = b.model_id AND t.id = e.treatment_id AND tm.id = t.model_id
            AND c.id = e.created_by AND u.id = e.updated_by
        """

    func experiment(_ id: String) throws -> ExperimentRecord? {
        try connection.first(SQLiteSession.experimentSelect + " AND e.id = ?", [.text(id)]) { row in
            try experimentRecord(row)
        }
    }

    func experiments(_ query: ListQuery) throws -> Page<ExperimentRecord> {
        var list = ListStatement(
            table: "experiment e CROSS JOIN version b CROSS JOIN model bm CROSS JOIN version t CROSS JOIN model tm",
            key: "e.seq", fields: ExperimentField.table, query)
        for condition in ["b.id = e.baseline_id", "bm.id = b.model_id", "t.id = e.treatment_id", "tm.id = t.model_id"] {
            list.require(condition)
        }
        list.require(scope: query.scope, name: "bm.name")
        list.require(scope: query.scope, name: "tm.name")
        return try page(list) { sequence in
            try connection.first(SQLiteSession.experimentSelect + " AND e.seq = ?", [.integer(sequence)]) { row in
                try experimentRecord(row)
            }
        }
    }

    func concludedExperiments(treatment: Int64, baseline: Int64, limit: Int) throws -> [ExperimentRecord] {
        let condition: String = """
             AND e.treatment_id = ? AND e.status = 'concluded' AND e.baseline_id = ?
            ORDER BY e.ended_ms DESC, e.seq DESC LIMIT ?
            """
        return try connection.all(
            SQLiteSession.experimentSelect + condition, [.integer(treatment), .integer(baseline), SQLiteValue(limit)]
        ) { row in try experimentRecord(row) }
    }

    func runningExperiments(version id: Int64, limit: Int) throws -> [ExperimentRecord] {
        try running("SELECT ?", id, limit)
    }

    func runningExperiments(model id: Int64, limit: Int) throws -> [ExperimentRecord] {
        try running("SELECT id FROM version WHERE model_id = ?", id, limit)
    }

    /// One statement for either arm, so that each is found by its index.
    private func running(_ versions: String, _ id: Int64, _ limit: Int) throws -> [ExperimentRecord] {
        let condition: String = """
             AND e.seq IN (
                SELECT seq FROM experiment WHERE status = 'running' AND treatment_id IN (\(versions))
                UNION SELECT seq FROM experiment WHERE status = 'running' AND baseline_id IN (\(versions)))
            ORDER BY e.seq LIMIT ?
            """
        return try connection.all(
            SQLiteSession.experimentSelect + condition, [.integer(id), .integer(id), SQLiteValue(limit)]
        ) { row in try experimentRecord(row) }
    }

    private func experimentRecord(_ row: borrowing SQLiteRow) throws -> ExperimentRecord {
        let words = ExperimentWords(
            description: row.optionalText(11), businessHypothesis: row.optionalText(12), tags: row.bytes(13),
            metadata: row.bytes(14))
        let status: ExperimentStatus = try row.named(15)
        let end = ExperimentEnd(
            status: status, rationale: row.optionalText(19), decision: row.isNull(20) ? nil : try row.named(20),
            isEarly: row.int(21) == 1, conclusion: row.optionalBytes(22), businessConclusion: row.optionalText(23))
        return ExperimentRecord(
            id: row.text(0),
            baseline: ExperimentRecord.Arm(versionID: row.int(1), model: row.text(2), version: row.text(3)),
            treatment: ExperimentRecord.Arm(versionID: row.int(4), model: row.text(5), version: row.text(6)),
            content: ExperimentChange(
                plan: row.bytes(7), primaryMetric: row.text(8), started: row.timestamp(9), ends: row.timestamp(10),
                words: words),
            status: status, looks: Int(row.int(16)), ended: row.optionalTimestamp(17), endedBy: row.optionalText(18),
            end: end, created: row.timestamp(24), createdBy: row.text(25), updated: row.timestamp(26),
            updatedBy: row.text(27), revision: row.int(28))
    }

    func looks(experiment id: String) throws -> [ExperimentLook] {
        try looks(" ORDER BY l.number", [.text(id)])
    }

    func lastLook(experiment id: String) throws -> ExperimentLook? {
        try looks(" ORDER BY l.number DESC LIMIT 1", [.text(id)]).first
    }

    private func looks(_ order: String, _ arguments: [SQLiteValue]) throws -> [ExperimentLook] {
        let sql: String = """
            SELECT l.number, l.totals, l.analysis, l.observed_ms, l.business_impact, l.at_ms, p.subject
            FROM experiment e CROSS JOIN experiment_look l CROSS JOIN principal p
            WHERE e.id = ? AND l.experiment_seq = e.seq AND p.id = l.principal_id
            """
        return try connection.all(sql + order, arguments) { row in
            ExperimentLook(
                number: Int(row.int(0)), totals: row.bytes(1), analysis: row.bytes(2), observed: row.timestamp(3),
                businessImpact: row.optionalText(4), at: row.timestamp(5), by: row.text(6))
        }
    }
}

/// Changing them.
extension SQLiteSession {
    func insertExperiment(_ experiment: NewExperiment) throws {
        let sql: String = """
            INSERT INTO experiment (id, baseline_id, treatment_id, plan, primary_metric, description,
                business_hypothesis, tags, metadata, status, started_ms, ends_ms, looks, concluded_early, created_ms,
                created_by, updated_ms, updated_by, revision)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'running', ?, ?, 0, 0, ?, ?, ?, ?, 1)
            """
        let content: ExperimentChange = experiment.content
        let words: ExperimentWords = content.words
        let created: [SQLiteValue] = [SQLiteValue(experiment.created), .integer(experiment.createdBy)]
        let arguments: [SQLiteValue] =
            [
                .text(experiment.id), .integer(experiment.baselineID), .integer(experiment.treatmentID),
                .json(content.plan), .text(content.primaryMetric), SQLiteValue(words.description),
                SQLiteValue(words.businessHypothesis), .json(words.tags), .json(words.metadata),
                SQLiteValue(content.started), SQLiteValue(content.ends),
            ] + created + created
        do {
            try connection.execute(sql, arguments)
        } catch {
            guard error.isUnique(on: "experiment.id") else { throw error }
            throw StemmaError(.experimentExists, "an experiment \(experiment.id) exists already")
        }
    }

    func updateExperiment(
        _ id: String, _ change: ExperimentChange, at moment: Timestamp, by principal: Int64
    ) throws {
        let sql: String = """
            UPDATE experiment SET plan = ?, primary_metric = ?, started_ms = ?, ends_ms = ?, description = ?,
                business_hypothesis = ?, tags = ?, metadata = ?, updated_ms = ?, updated_by = ?,
                revision = revision + 1
            WHERE id = ?
            """
        let arguments: [SQLiteValue] = [
            .json(change.plan), .text(change.primaryMetric), SQLiteValue(change.started), SQLiteValue(change.ends),
            SQLiteValue(change.words.description), SQLiteValue(change.words.businessHypothesis),
            .json(change.words.tags), .json(change.words.metadata), SQLiteValue(moment), .integer(principal),
            .text(id),
        ]
        try requireExperiment(try connection.execute(sql, arguments))
    }

    func insertLook(_ look: ExperimentLook, experiment id: String, by principal: Int64) throws {
        let counted: String = """
            UPDATE experiment SET looks = ?, updated_ms = ?, updated_by = ?, revision = revision + 1 WHERE id = ?
            """
        try requireExperiment(
            try connection.execute(
                counted, [SQLiteValue(look.number), SQLiteValue(look.at), .integer(principal), .text(id)]))
        let sql: String = """
            INSERT INTO experiment_look (experiment_seq, number, totals, analysis, observed_ms, business_impact, at_ms,
                principal_id)
            VALUES ((SELECT seq FROM experiment WHERE id = ?), ?, ?, ?, ?, ?, ?, ?)
            """
        let arguments: [SQLiteValue] = [
            .text(id), SQLiteValue(look.number), .json(look.totals), .json(look.analysis), SQLiteValue(look.observed),
            SQLiteValue(look.businessImpact), SQLiteValue(look.at), .integer(principal),
        ]
        try connection.execute(sql, arguments)
    }

    func endExperiment(_ id: String, _ end: ExperimentEnd, at moment: Timestamp, by principal: Int64) throws {
        let sql: String = """
            UPDATE experiment SET status = ?, ended_ms = ?, ended_by = ?, rationale = ?, decision = ?,
                concluded_early = ?, conclusion = ?, business_conclusion = ?, updated_ms = ?, updated_by = ?,
                revision = revision + 1
            WHERE id = ? AND status = 'running'
            """
        let arguments: [SQLiteValue] = [
            .text(end.status.rawValue), SQLiteValue(moment), .integer(principal), SQLiteValue(end.rationale),
            SQLiteValue(end.decision?.rawValue), SQLiteValue(end.isEarly), end.conclusion.map { .json($0) } ?? .null,
            SQLiteValue(end.businessConclusion), SQLiteValue(moment), .integer(principal), .text(id),
        ]
        try requireExperiment(try connection.execute(sql, arguments))
    }

    private func requireExperiment(_ changed: Int) throws {
        try requireOneRow(changed, .experimentNotFound, "there is no such experiment that may change")
    }
}

/// The fields of `FilterSchema.experiments` over `experiment e` and its versions `b` and `t` with their models.
enum ExperimentField {
    @Sendable
    static func table(_ field: FilterField) throws(StemmaError) -> SQLField? {
        switch field.family {
        case "tags": return try JSONField.member(of: "e.tags", Array(field.path.segments.dropFirst()))
        case "metadata": return try JSONField.member(of: "e.metadata", Array(field.path.segments.dropFirst()))
        case nil: return fixed[field.path.description]
        default: return nil
        }
    }

    private static let fixed: [String: SQLField] = [
        "experiment_id": .column("e.id", .text),
        "baseline_model": .column("(bm.name || '_v' || b.version)", .text),
        "treatment_model": .column("(tm.name || '_v' || t.version)", .text),
        "model": .column("tm.name", .text),
        "primary_metric": .column("e.primary_metric", .text),
        "status": .column("e.status", .text),
        "looks": .column("e.looks", .number),
        "decision": .optional("e.decision", .text),
        "concluded_early": .column("CASE WHEN e.concluded_early = 1 THEN x'01' ELSE x'00' END", .scalar),
        "started_at": .column("e.started_ms", .time),
        "ends_at": .column("e.ends_ms", .time),
        "ended_at": .optional("e.ended_ms", .time),
        "created_at": .column("e.created_ms", .time),
        "created_by": .column("(SELECT subject FROM principal WHERE id = e.created_by)", .text),
        "updated_at": .column("e.updated_ms", .time),
        "updated_by": .column("(SELECT subject FROM principal WHERE id = e.updated_by)", .text),
    ]
}
