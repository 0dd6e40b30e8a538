internal import StemmaRegistry

/// Definitions, transitions and what they rest on.
extension SQLiteSession {
    static let definitionSelect: String = """
        SELECT l.revision, l.created_ms, p.subject, l.definition
        FROM lifecycle_revision l LEFT JOIN principal p ON p.id = l.created_by
        """

    func lifecycleDefinition(_ revision: Int64?) throws -> LifecycleDefinitionRecord? {
        let sql: String = SQLiteSession.definitionSelect
        let condition: String = revision == nil ? " ORDER BY l.revision DESC LIMIT 1" : " WHERE l.revision = ?"
        return try connection.first(sql + condition, revision.map { [.integer($0)] } ?? []) { row in
            LifecycleDefinitionRecord(
                revision: row.int(0), json: row.bytes(3), created: row.timestamp(1), createdBy: row.optionalText(2))
        }
    }

    func lifecycleRevisionInForce() throws -> Int64 {
        try connection.first("SELECT coalesce(max(revision), 0) FROM lifecycle_revision") { row in row.int(0) } ?? 0
    }

    func lifecycleRevisions(before revision: Int64?, limit: Int) throws -> [LifecycleDefinitionRecord] {
        let sql: String = """
            SELECT l.revision, l.created_ms, p.subject
            FROM lifecycle_revision l LEFT JOIN principal p ON p.id = l.created_by
            WHERE l.revision < ? ORDER BY l.revision DESC LIMIT ?
            """
        return try connection.all(sql, [.integer(revision ?? Int64.max), SQLiteValue(limit)]) { row in
            LifecycleDefinitionRecord(
                revision: row.int(0), json: [], created: row.timestamp(1), createdBy: row.optionalText(2))
        }
    }

    func insertLifecycleDefinition(_ json: [UInt8], revision: Int64, at moment: Timestamp, by principal: Int64?) throws
    {
        let sql: String = """
            INSERT INTO lifecycle_revision (revision, definition, created_ms, created_by) VALUES (?, ?, ?, ?)
            """
        try connection.execute(sql, [.integer(revision), .json(json), SQLiteValue(moment), SQLiteValue(principal)])
    }

    /// `facts` is large, and nobody looks at it but a backtest.
    static func transitionSelect(facts: Bool = false) -> String {
        """
        SELECT t.id, m.name, v.version, p.subject, c.version, t.model_id, t.version_id, t.from_state, t.to_state,
            t.kind, t.at_ms, t.principal_id, t.rationale, t.evidence, t.rollback_plan, t.approvers,
            t.lifecycle_revision, \(facts ? "t.facts" : "NULL"), t.guards, t.counterpart_id, t.audit_seq
        FROM state_transition t CROSS JOIN model m CROSS JOIN version v CROSS JOIN principal p
            LEFT JOIN version c ON c.id = t.counterpart_id
        WHERE m.id = t.model_id AND v.id = t.version_id AND p.id = t.principal_id
        """
    }

    func transitions(version id: Int64, before row: Int64?, limit: Int) throws -> [TransitionRecord] {
        try connection.all(
            SQLiteSession.transitionSelect() + " AND t.version_id = ? AND t.id < ? ORDER BY t.id DESC LIMIT ?",
            [.integer(id), .integer(row ?? Int64.max), SQLiteValue(limit)]
        ) { row in try transitionRecord(row) }
    }

    func lastTransition(version id: Int64, to state: LifecycleState) throws -> TransitionRecord? {
        try connection.first(
            SQLiteSession.transitionSelect() + " AND t.version_id = ? AND t.to_state = ? ORDER BY t.id DESC LIMIT 1",
            [.integer(id), .text(state.rawValue)]
        ) { row in try transitionRecord(row) }
    }

    func entries(model id: Int64, to state: LifecycleState) throws -> [(versionID: Int64, kind: TransitionKind)] {
        let sql: String =
            "SELECT version_id, kind FROM state_transition WHERE model_id = ? AND to_state = ? ORDER BY id"
        return try connection.all(sql, [.integer(id), .text(state.rawValue)]) { row in
            (versionID: row.int(0), kind: try row.named(1))
        }
    }

    func transitions(after row: Int64, limit: Int) throws -> [TransitionRecord] {
        try connection.all(
            SQLiteSession.transitionSelect(facts: true) + " AND t.id > ? ORDER BY t.id LIMIT ?",
            [.integer(row), SQLiteValue(limit)]
        ) { row in try transitionRecord(row) }
    }

    func transitionRecord(_ row: borrowing SQLiteRow) throws -> TransitionRecord {
        TransitionRecord(
            id: row.int(0), model: row.text(1), version: row.text(2), by: row.text(3), counterpart: row.optionalText(4),
            stored: NewTransition(
                modelID: row.int(5), versionID: row.int(6), from: try row.named(7), to: try row.named(8),
                kind: try row.named(9), at: row.timestamp(10), principalID: row.int(11),
                rationale: row.optionalText(12),
                evidence: row.optionalBytes(13), rollbackPlan: row.optionalText(14), approvers: row.bytes(15),
                lifecycleRevision: row.int(16), facts: row.optionalBytes(17), guards: row.bytes(18),
                counterpartID: row.optionalInt(19), auditSequence: row.int(20)))
    }

    func insertTransition(_ transition: NewTransition) throws -> Int64 {
        let sql: String = """
            INSERT INTO state_transition (model_id, version_id, from_state, to_state, kind, at_ms, principal_id,
                rationale, evidence, rollback_plan, approvers, lifecycle_revision, facts, guards, counterpart_id,
                audit_seq)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id
            """
        let arguments: [SQLiteValue] = [
            .integer(transition.modelID), .integer(transition.versionID), .text(transition.from.rawValue),
            .text(transition.to.rawValue), .text(transition.kind.rawValue), SQLiteValue(transition.at),
            .integer(transition.principalID), SQLiteValue(transition.rationale),
            transition.evidence.map { .json($0) } ?? .null, SQLiteValue(transition.rollbackPlan),
            .json(transition.approvers), .integer(transition.lifecycleRevision),
            transition.facts.map { .json($0) } ?? .null, .json(transition.guards),
            SQLiteValue(transition.counterpartID), .integer(transition.auditSequence),
        ]
        return try connection.first(sql, arguments) { row in row.int(0) } ?? 0
    }

    func contributors(version id: Int64) throws -> [Int64] {
        let sql: String = "SELECT principal_id FROM version_contributor WHERE version_id = ? ORDER BY principal_id"
        let creator: String = "SELECT created_by FROM version WHERE id = ?"
        let others: [Int64] = try connection.all(sql, [.integer(id)]) { row in row.int(0) }
        return try connection.all(creator, [.integer(id)]) { row in row.int(0) } + others
    }

    func addContributor(version id: Int64, principal: Int64) throws {
        // The creator is known from the version's own row.
        let sql: String = """
            INSERT INTO version_contributor (version_id, principal_id)
            SELECT id, ? FROM version WHERE id = ? AND created_by <> ? ON CONFLICT DO NOTHING
            """
        try connection.execute(sql, [.integer(principal), .integer(id), .integer(principal)])
    }

    func addEvidenceRevision(version id: Int64, at moment: Timestamp) throws {
        let sql: String = """
            UPDATE version SET evidence_revision = evidence_revision + 1, updated_ms = ?, revision = revision + 1
            WHERE id = ?
            """
        try connection.execute(sql, [SQLiteValue(moment), .integer(id)])
    }

    func setState(version id: Int64, _ state: LifecycleState, sunset: Timestamp?, at moment: Timestamp) throws {
        let sql: String = """
            UPDATE version SET state = ?, state_ms = ?, sunset_ms = ?, updated_ms = ?, revision = revision + 1
            WHERE id = ? AND status = 'ready' AND deleted_ms IS NULL
            """
        let arguments: [SQLiteValue] = [
            .text(state.rawValue), SQLiteValue(moment), SQLiteValue(sunset), SQLiteValue(moment), .integer(id),
        ]
        try requireOneRow(
            try connection.execute(sql, arguments), .versionNotFound, "there is no such published version")
    }

    func versionsPastDevelopment(after id: Int64, limit: Int) throws -> [VersionRecord] {
        // Word for word the condition of the partial index.
        let sql: String = """
            SELECT id FROM version WHERE state <> 'development' AND status = 'ready' AND deleted_ms IS NULL AND id > ?
            ORDER BY id LIMIT ?
            """
        return try connection.all(sql, [.integer(id), SQLiteValue(limit)]) { row in row.int(0) }.compactMap {
            try version(id: $0)
        }
    }

    func versionsAtRest(
        in state: LifecycleState, since moment: Timestamp, after id: Int64, limit: Int
    ) throws -> [VersionRecord] {
        // Each form is word for word what one of the partial indices holds.
        let source: String =
            state == .development
            ? "version INDEXED BY version_in_development WHERE state = 'development'"
            : "version INDEXED BY version_state WHERE state <> 'development' AND state = '\(state.rawValue)'"
        let sql: String = """
            SELECT id FROM \(source) AND status = 'ready' AND deleted_ms IS NULL AND id > ?
                AND coalesce(state_ms, created_ms) <= ? AND updated_ms <= ?
            ORDER BY id LIMIT ?
            """
        let arguments: [SQLiteValue] = [
            .integer(id), SQLiteValue(moment), SQLiteValue(moment), SQLiteValue(limit),
        ]
        return try connection.all(sql, arguments) { row in row.int(0) }.compactMap { try version(id: $0) }
    }
}
