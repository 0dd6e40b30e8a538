internal import StemmaRegistry

/// Rows as they were at a moment.
extension SQLiteSession {
    static func present(_ table: String, _ moment: PastMoment) -> SQLFragment {
        SQLFragment(
            "\(table).created_ms <= ? AND (\(table).deleted_ms IS NULL OR \(table).deleted_ms > ?)",
            [SQLiteValue(moment.time), SQLiteValue(moment.time)])
    }

    func pastVersions(_ query: PastQuery) throws -> [PastRow] {
        // Within a model the number is the order of registration, and has an index of its own.
        let key: String = query.model == nil ? "v.id" : "v.number"
        var sql = SQLFragment("SELECT v.id, \(key) FROM version v CROSS JOIN model m WHERE m.id = v.model_id AND ")
        sql.append(SQLiteSession.present("v", query.moment))
        if let model = query.model { sql.append(" AND v.model_id = ?", [.integer(model)]) }
        SQLiteSession.narrow(&sql, query, key: key)
        return try connection.all(sql.sql, sql.arguments) { row in
            PastRow(id: row.int(0), name: "", position: .integer(row.int(1)))
        }
    }

    func pastModels(_ query: PastQuery) throws -> [PastRow] {
        let key: String = query.isByName ? "m.name" : "m.id"
        var sql = SQLFragment("SELECT m.id, m.name, \(key) FROM model m WHERE ")
        sql.append(SQLiteSession.present("m", query.moment))
        SQLiteSession.narrow(&sql, query, key: key)
        return try connection.all(sql.sql, sql.arguments) { row in
            PastRow(id: row.int(0), name: row.text(1), position: row.sortValue(2))
        }
    }

    func pastLineageEntities(_ query: PastQuery) throws -> [PastRow] {
        var sql = SQLFragment(
            "SELECT e.id FROM lineage_entity e WHERE e.created_ms <= ? AND (e.removed_ms IS NULL OR e.removed_ms > ?)",
            [SQLiteValue(query.moment.time), SQLiteValue(query.moment.time)])
        SQLiteSession.narrow(&sql, query, key: "e.id", model: "e.model", isShared: true)
        return try connection.all(sql.sql, sql.arguments) { row in
            PastRow(id: row.int(0), name: "", position: .integer(row.int(0)))
        }
    }

    func pastImpactAssessments(_ query: PastQuery) throws -> [PastRow] {
        var sql = SQLFragment(
            "SELECT a.seq FROM impact_assessment a CROSS JOIN lineage_entity e WHERE e.id = a.entity_id AND a.created_ms <= ?",
            [SQLiteValue(query.moment.time)])
        SQLiteSession.narrow(&sql, query, key: "a.seq", model: "e.model", isShared: true)
        return try connection.all(sql.sql, sql.arguments) { row in
            PastRow(id: row.int(0), name: "", position: .integer(row.int(0)))
        }
    }

    /// `isShared`: what belongs to no model is everybody's.
    private static func narrow(
        _ sql: inout SQLFragment, _ query: PastQuery, key: String, model: String = "m.name", isShared: Bool = false
    ) {
        if !query.scope.isUnlimited {
            sql.append(isShared ? " AND (\(model) IS NULL OR " : " AND (")
            sql.append(scope: query.scope, name: model)
            sql.append(")")
        }
        if let after = query.after {
            sql.append(" AND \(key) \(query.isDescending ? "<" : ">") ?", [SQLiteValue(after)])
        }
        sql.append(" ORDER BY \(key)\(query.isDescending ? " DESC" : "") LIMIT ?", [SQLiteValue(query.limit)])
    }

    /// The condition that a version of the model was published and not deleted.
    static func published(_ id: Int64, _ name: String, _ moment: PastMoment) -> SQLFragment {
        var condition = SQLFragment("v.model_id = ? AND v.status = 'ready' AND ", [.integer(id)])
        condition.append(present("v", moment))
        // Asked once for all rows. Who was a draft until later is told by the event of its publication.
        let later: String = """
             AND v.version NOT IN (SELECT e.version FROM audit_event e WHERE e.model = ? AND e.seq >= ?
                AND e.action = 'publish_version' AND e.outcome = 'success' AND e.version IS NOT NULL)
            """
        condition.append(later, [.text(name), .integer(moment.end)])
        return condition
    }

    /// The state that a version was in.
    static func state(_ moment: PastMoment) -> SQLFragment {
        let sql: String = """
            CASE WHEN v.updated_ms <= ? THEN v.state ELSE coalesce((SELECT t.to_state FROM state_transition t
                WHERE t.version_id = v.id AND t.audit_seq < ? ORDER BY t.id DESC LIMIT 1), 'development') END
            """
        return SQLFragment(sql, [SQLiteValue(moment.time), .integer(moment.end)])
    }

    func latestVersion(model id: Int64, named name: String, at moment: PastMoment) throws -> Int64? {
        var sql = SQLFragment("SELECT v.id FROM version v WHERE v.prerelease = 0 AND ")
        sql.append(SQLiteSession.published(id, name, moment))
        sql.append(" AND ")
        sql.append(SQLiteSession.state(moment))
        sql.append(" NOT IN ('deprecated', 'archived') ORDER BY v.precedence DESC LIMIT 1")
        return try connection.first(sql.sql, sql.arguments) { row in row.int(0) }
    }

    /// Ends a walk over rows before the last one.
    private struct Found: Error {}

    func newestVersion(
        model id: Int64, named name: String, in range: VersionRange, at moment: PastMoment
    ) throws -> Int64? {
        var sql = SQLFragment("SELECT v.id, v.version, ")
        sql.append(SQLiteSession.state(moment))
        sql.append(" FROM version v WHERE ")
        sql.append(SQLiteSession.published(id, name, moment))
        if let bound = range.lowerBound {
            sql.append(" AND v.precedence \(bound.isInclusive ? ">=" : ">") ?", [.blob(bound.key)])
        }
        if let bound = range.upperBound {
            sql.append(" AND v.precedence \(bound.isInclusive ? "<=" : "<") ?", [.blob(bound.key)])
        }
        sql.append(" ORDER BY v.precedence DESC")
        var found: Int64?
        do {
            try connection.query(sql.sql, sql.arguments) { row in
                guard let version = SemanticVersion(row.text(1)), range.contains(version) else { return }
                let state: LifecycleState = try row.named(2)
                let isRetired: Bool = state == .deprecated || state == .archived
                if found == nil || !isRetired { found = row.int(0) }
                if !isRetired { throw Found() }
            }
        } catch is Found {}
        return found
    }

    func publishedVersionCount(model id: Int64, named name: String, at moment: PastMoment) throws -> Int64 {
        var sql = SQLFragment("SELECT count(*) FROM version v WHERE ")
        sql.append(SQLiteSession.published(id, name, moment))
        return try connection.first(sql.sql, sql.arguments) { row in row.int(0) } ?? 0
    }

    func lastTransition(version id: Int64, before sequence: Int64) throws -> TransitionRecord? {
        let condition: String = " AND t.version_id = ? AND t.audit_seq < ? ORDER BY t.id DESC LIMIT 1"
        return try connection.first(
            SQLiteSession.transitionSelect(facts: true) + condition, [.integer(id), .integer(sequence)]
        ) { row in try transitionRecord(row) }
    }

    func mainTransition(auditSequence sequence: Int64) throws -> TransitionRecord? {
        // Through its model, whose transitions are few: the log's number has no index of its own.
        let model: String = "(SELECT o.id FROM audit_event e CROSS JOIN model o WHERE e.seq = ? AND o.name = e.model)"
        let condition: String = " AND t.model_id = \(model) AND t.audit_seq = ? AND t.facts IS NOT NULL LIMIT 1"
        return try connection.first(
            SQLiteSession.transitionSelect(facts: true) + condition, [.integer(sequence), .integer(sequence)]
        ) { row in try transitionRecord(row) }
    }

    func firstTransition(version id: Int64, notBefore sequence: Int64) throws -> Int64? {
        let sql: String = """
            SELECT id FROM state_transition WHERE version_id = ? AND audit_seq >= ? ORDER BY id LIMIT 1
            """
        return try connection.first(sql, [.integer(id), .integer(sequence)]) { row in row.int(0) }
    }

    func versions(model id: Int64, in state: LifecycleState, before sequence: Int64) throws -> [Int64] {
        let sql: String = """
            SELECT DISTINCT t.version_id FROM state_transition t
            WHERE t.model_id = ?1 AND t.to_state = ?2 AND t.audit_seq < ?3 AND ?2 = (
                SELECT l.to_state FROM state_transition l
                WHERE l.version_id = t.version_id AND l.audit_seq < ?3 ORDER BY l.id DESC LIMIT 1)
            """
        return try connection.all(sql, [.integer(id), .text(state.rawValue), .integer(sequence)]) { row in row.int(0) }
    }

    func lifecycleDefinition(at moment: Timestamp) throws -> LifecycleDefinitionRecord? {
        let sql: String = SQLiteSession.definitionSelect + " WHERE l.created_ms <= ? ORDER BY l.revision DESC LIMIT 1"
        return try connection.first(sql, [SQLiteValue(moment)]) { row in
            LifecycleDefinitionRecord(
                revision: row.int(0), json: row.bytes(3), created: row.timestamp(1), createdBy: row.optionalText(2))
        }
    }
}

/// The events that tell of a past state.
extension SQLiteSession {
    func aliasNamesEver(model name: String) throws -> [String] {
        // An alias is `model@alias` there, and no model's name holds an at sign: the next character ends the range.
        let range: String = "object_type = 'alias' AND object_id >= ? AND object_id < ?"
        let arguments: [SQLiteValue] = [.text(name + "@"), .text(name + "A")]
        var names: Set<String> = []
        for table in ["audit_event", "audit_subject"] {
            try connection.query("SELECT DISTINCT object_id FROM \(table) WHERE \(range)", arguments) { row in
                names.insert(String(row.text(0).unicodeScalars.dropFirst(name.unicodeScalars.count + 1)))
            }
        }
        return names.sorted()
    }

    func modelEvents(_ name: String, actions: [String]) throws -> [AuditRecord] {
        let sql: String = """
            \(SQLiteSession.auditSelect) WHERE e.model = ? AND e.version IS NULL
                AND e.action IN (\(SQLiteSession.places(actions))) AND e.outcome = 'success' AND e.object_type = 'model'
            ORDER BY e.seq
            """
        return try connection.all(sql, [.text(name)] + actions.map { .text($0) }) { row in try auditRecord(row) }
    }

    func lineageEntityEvents(_ node: LineageNodeID) throws -> [AuditRecord] {
        // Word for word the terms of the partial index.
        let sql: String = """
            \(SQLiteSession.auditSelect) WHERE e.object_type = 'lineage_entity' AND e.object_id = ?
                AND e.outcome = 'success'
            ORDER BY e.seq
            """
        return try connection.all(sql, [.text(node.description)]) { row in try auditRecord(row) }
    }

    func hasEvents(_ action: String, in range: Range<Int64>) throws -> Bool {
        let sql: String = """
            SELECT 1 FROM audit_event WHERE action = ? AND seq >= ? AND seq < ? AND outcome = 'success'
                \(SQLiteSession.indexed(action)) LIMIT 1
            """
        return try connection.first(
            sql, [.text(action), .integer(range.lowerBound), .integer(range.upperBound)]
        ) { _ in true } ?? false
    }

    func firstLineageEdge(of id: Int64, after start: Timestamp, at moment: Timestamp) throws -> Timestamp? {
        let present: String = "SELECT since_ms FROM lineage_edge WHERE since_ms >= ?2 AND since_ms <= ?3 AND"
        let past: String = """
            SELECT since_ms FROM lineage_edge_past WHERE since_ms >= ?2 AND since_ms <= ?3 AND until_ms > ?2 AND
            """
        // One statement for either end, so that each is found by its index.
        let parts: [String] = [present, past].flatMap { ["\($0) downstream = ?1", "\($0) upstream = ?1"] }
        let sql: String = "SELECT min(since_ms) FROM (\(parts.joined(separator: " UNION ALL ")))"
        return try connection.first(sql, [.integer(id), SQLiteValue(start), SQLiteValue(moment)]) { row in
            row.optionalTimestamp(0)
        } ?? nil
    }

    func events(
        ofModel name: String, actions: [String], before sequence: Int64, limit: Int
    ) throws -> [AuditRecord] {
        let sql: String = """
            \(SQLiteSession.auditSelect) INDEXED BY audit_event_model WHERE e.model = ? AND e.seq < ?
                AND e.action IN (\(SQLiteSession.places(actions))) AND e.outcome = 'success'
            ORDER BY e.seq DESC LIMIT ?
            """
        let arguments: [SQLiteValue] =
            [.text(name), .integer(sequence)] + actions.map { .text($0) } + [SQLiteValue(limit)]
        return try connection.all(sql, arguments) { row in try auditRecord(row) }
    }

    func versionEvents(model: String, version: String, besides actions: [String]) throws -> [AuditRecord] {
        let sql: String = """
            \(SQLiteSession.auditSelect) INDEXED BY audit_event_place WHERE e.model = ? AND e.version = ?
                AND e.action NOT IN (\(SQLiteSession.places(actions))) AND e.outcome = 'success'
            ORDER BY e.seq
            """
        return try connection.all(sql, [.text(model), .text(version)] + actions.map { .text($0) }) { row in
            try auditRecord(row)
        }
    }

    func eventsMentioning(model: String, version: String) throws -> [Int64] {
        let resource = ResourceID.version(model: model, version: version)
        let sql: String = "SELECT seq FROM audit_subject WHERE object_type = ? AND object_id = ? ORDER BY seq"
        return try connection.all(sql, [.text(resource.type), .text(resource.id)]) { row in row.int(0) }
    }

    static func places(_ values: [String]) -> String { values.map { _ in "?" }.joined(separator: ", ") }
}
