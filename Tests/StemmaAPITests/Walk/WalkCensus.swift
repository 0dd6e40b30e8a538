import StemmaRegistry
import StemmaSQLite
import Testing

/// All that the store holds at one moment, as SQLite itself tells it: nothing of what is judged has a say.
struct WalkCensus: Sendable {
    /// Rows by table: the row's name, a separator, and every value.
    let tables: [String: String]
    /// Events in the log.
    let auditSize: Int64
    let lastTransition: Int64
    let lastReview: Int64
    /// Live models by name.
    let models: [String: Model]
    /// Version rows whose state is not where their history leads.
    let strays: [String]

    struct Model: Sendable {
        var inProduction: [String] = []
        /// What its aliases point at, with the state of that.
        var aliases: [String: (version: String, state: String)] = [:]
    }

    private static let separator: Character = "\u{1f}"
    private static let end: Character = "\u{1e}"

    /// Tables and the name by which the audit log knows a row of theirs; what is empty has no name there.
    private static let named: [(table: String, key: String, from: String)] = [
        ("model", "'model:' || t.name", "model t"),
        (
            "version", "'model_version:' || m.name || '_v' || t.version", "version t JOIN model m ON m.id = t.model_id"
        ), ("alias", "'alias:' || m.name || '@' || t.alias", "alias t JOIN model m ON m.id = t.model_id"),
        ("rollout", "'rollout:' || t.id", "rollout t"), ("policy", "'policy:' || t.id", "policy t"),
        (
            "version_contributor", "'model_version:' || m.name || '_v' || v.version",
            "version_contributor t JOIN version v ON v.id = t.version_id JOIN model m ON m.id = v.model_id"
        ),
        (
            "review", "'model_version:' || m.name || '_v' || v.version",
            "review t JOIN version v ON v.id = t.version_id JOIN model m ON m.id = v.model_id"
        ),
        (
            "quarantine", "'model_version:' || m.name || '_v' || v.version",
            "quarantine t JOIN version v ON v.id = t.version_id JOIN model m ON m.id = v.model_id"
        ),
        (
            "deployment", "'model_version:' || m.name || '_v' || v.version",
            "deployment t JOIN version v ON v.id = t.version_id JOIN model m ON m.id = v.model_id"
        ),
        (
            "metric_revision", "'model_version:' || m.name || '_v' || v.version",
            "metric_revision t JOIN version v ON v.id = t.version_id JOIN model m ON m.id = v.model_id"
        ), ("lifecycle_revision", "''", "lifecycle_revision t"), ("artifact", "''", "artifact t"),
        ("token", "''", "token t"),
    ]

    /// Columns that are told by their length: they are long, and never change without another column's changing too.
    private static let long: Set<String> = ["document", "definition", "evidence", "history", "plan"]

    /// Reads it all in one read transaction.
    static func take(_ database: SQLiteDatabase) async throws -> WalkCensus {
        try await database.read { connection in try WalkCensus(connection) }
    }

    private init(_ connection: SQLiteConnection) throws {
        var tables: [String: String] = [:]
        for (table, key, from) in Self.named {
            let columns: [String] = try connection.all("SELECT name FROM pragma_table_info('\(table)')") { $0.text(0) }
            let values: String = columns.map { column in
                Self.long.contains(column) ? "ifnull(length(t.\(column)), 0)" : "quote(t.\(column))"
            }.joined(separator: " || ',' || ")
            tables[table] = try connection.first(
                "SELECT coalesce(group_concat(\(key) || char(31) || \(values), char(30)), '') FROM \(from)"
            ) { $0.text(0) }
        }
        tables["state_transition"] = try connection.first(
            "SELECT coalesce(group_concat('' || char(31) || id || to_state, char(30)), '') FROM state_transition"
        ) { $0.text(0) }
        tables["observation_point"] = try connection.first(
            "SELECT '' || char(31) || count(*) || ' ' || total(value) FROM observation_point"
        ) { $0.text(0) }
        self.tables = tables
        auditSize = try connection.first("SELECT count(*) FROM audit_event") { $0.int(0) } ?? 0
        lastTransition = try connection.first("SELECT coalesce(max(id), 0) FROM state_transition") { $0.int(0) } ?? 0
        lastReview = try connection.first("SELECT coalesce(max(rowid), 0) FROM review") { $0.int(0) } ?? 0
        var models: [String: Model] = [:]
        try connection.query("SELECT name FROM model WHERE deleted_ms IS NULL") { models[$0.text(0)] = Model() }
        try connection.query(
            """
            SELECT m.name, v.version FROM version v JOIN model m ON m.id = v.model_id
            WHERE v.state = 'production' AND m.deleted_ms IS NULL
            """
        ) { row in models[row.text(0)]?.inProduction.append(row.text(1)) }
        try connection.query(
            """
            SELECT m.name, a.alias, v.version, v.state FROM alias a JOIN model m ON m.id = a.model_id
            JOIN version v ON v.id = a.version_id
            """
        ) { row in models[row.text(0)]?.aliases[row.text(1)] = (row.text(2), row.text(3)) }
        self.models = models
        strays = try connection.all(
            """
            SELECT m.name || '_v' || v.version || ' ' || v.state FROM version v JOIN model m ON m.id = v.model_id
            WHERE v.state <> coalesce((
                SELECT to_state FROM state_transition t WHERE t.version_id = v.id ORDER BY t.id DESC LIMIT 1
            ), 'development')
            """
        ) { $0.text(0) }
    }

    /// Names of rows that are other than they were, by table.
    func changes(since before: WalkCensus) -> [String: Set<String>] {
        var changes: [String: Set<String>] = [:]
        for (table, text) in tables {
            let old: String = before.tables[table] ?? ""
            guard text != old else { continue }
            let rows = Set(text.split(separator: Self.end)).symmetricDifference(old.split(separator: Self.end))
            changes[table] = Set(rows.map { String($0.prefix(while: { $0 != Self.separator })) })
        }
        return changes
    }
}

/// What was added to the log and to the history since a census.
struct WalkNews: Sendable {
    /// Actions of events that tell of something done.
    var done: [String] = []
    var refused: [String] = []
    /// Everything that an event is about, as `type:id`.
    var covered: Set<String> = []
    /// Models that went, and all their versions with them.
    var deleted: [String] = []
    var transitions: [Transition] = []
    /// Approvals whose reviewer had a hand in the version when they gave it.
    var selfApprovals: [String] = []

    struct Transition: Sendable {
        let model: String
        let version: String
        let from: String
        let to: String
        let kind: String
        let revision: Int64
        let approvers: Int64
        /// Approvers that are among the version's authors.
        let ownApprovers: Int64
        /// Whether the event that it names is a success and about the version.
        let isTold: Bool
        /// Where the transition before it led.
        let previous: String
        /// Gates with an approval of the version as it is, by somebody without a hand in it, at most ninety days old.
        let gates: Int64
    }

    /// Whether an event is about the row of that name.
    func tells(of name: String) -> Bool {
        covered.contains(name) || deleted.contains { name.hasPrefix("model_version:\($0)_v") }
    }

    static func take(_ database: SQLiteDatabase, since before: WalkCensus) async throws -> WalkNews {
        try await database.read { connection in try WalkNews(connection, before) }
    }

    private static let authors: String = """
        (SELECT principal_id FROM version_contributor WHERE version_id = v.id UNION SELECT v.created_by)
        """

    private init(_ connection: SQLiteConnection, _ before: WalkCensus) throws {
        try connection.query(
            """
            SELECT action, outcome, object_type || ':' || object_id, model, version FROM audit_event WHERE seq >= ?
            """, [.integer(before.auditSize)]
        ) { row in
            guard row.text(1) == "success" else {
                refused.append(row.text(0))
                return
            }
            done.append(row.text(0))
            covered.insert(row.text(2))
            guard let model = row.optionalText(3) else { return }
            covered.insert("model:" + model)
            if row.text(0) == "delete_model" { deleted.append(model) }
            if let version = row.optionalText(4) { covered.insert("model_version:\(model)_v\(version)") }
        }
        try connection.query(
            """
            SELECT s.object_type || ':' || s.object_id FROM audit_subject s JOIN audit_event e ON e.seq = s.seq
            WHERE s.seq >= ? AND e.outcome = 'success'
            """, [.integer(before.auditSize)]
        ) { row in covered.insert(row.text(0)) }
        transitions = try connection.all(
            """
            SELECT m.name, v.version, t.from_state, t.to_state, t.kind, t.lifecycle_revision,
                json_array_length(t.approvers),
                (SELECT count(*) FROM json_each(t.approvers) j JOIN principal p ON p.subject = j.value
                    WHERE p.id IN \(Self.authors)),
                EXISTS (
                    SELECT 1 FROM audit_event e WHERE e.seq = t.audit_seq AND e.outcome = 'success'
                        AND (e.object_type = 'model_version' AND e.object_id = m.name || '_v' || v.version
                            OR EXISTS (
                                SELECT 1 FROM audit_subject s WHERE s.seq = e.seq AND s.object_type = 'model_version'
                                    AND s.object_id = m.name || '_v' || v.version))),
                coalesce((
                    SELECT p.to_state FROM state_transition p WHERE p.version_id = t.version_id AND p.id < t.id
                    ORDER BY p.id DESC LIMIT 1
                ), 'development'),
                (SELECT count(DISTINCT r.gate) FROM review r WHERE r.version_id = v.id AND r.decision = 'approve'
                    AND r.manifest_digest = v.manifest_digest AND r.evidence_revision = v.evidence_revision
                    AND r.principal_id NOT IN \(Self.authors) AND r.at_ms > t.at_ms - 7776000000)
            FROM state_transition t JOIN version v ON v.id = t.version_id JOIN model m ON m.id = v.model_id
            WHERE t.id > ? ORDER BY t.id
            """, [.integer(before.lastTransition)]
        ) { row in
            Transition(
                model: row.text(0), version: row.text(1), from: row.text(2), to: row.text(3), kind: row.text(4),
                revision: row.int(5), approvers: row.int(6), ownApprovers: row.int(7), isTold: row.int(8) == 1,
                previous: row.text(9), gates: row.int(10))
        }
        selfApprovals = try connection.all(
            """
            SELECT p.subject || ' of ' || m.name || '_v' || v.version FROM review r
            JOIN version v ON v.id = r.version_id JOIN model m ON m.id = v.model_id
            JOIN principal p ON p.id = r.principal_id
            WHERE r.rowid > ? AND r.decision = 'approve' AND r.principal_id IN \(Self.authors)
            """, [.integer(before.lastReview)]
        ) { $0.text(0) }
    }

    /// Subjects that had a hand in a version.
    static func authors(_ database: SQLiteDatabase, _ model: String, _ version: String) async throws -> Set<String> {
        try await database.read { connection in
            Set(
                try connection.all(
                    """
                    SELECT p.subject FROM version v JOIN model m ON m.id = v.model_id
                    JOIN principal p ON p.id IN \(Self.authors) WHERE m.name = ? AND v.version = ?
                    """, [.text(model), .text(version)]
                ) { $0.text(0) })
        }
    }
}
