import StemmaDigest
import StemmaJSON
import StemmaTesting

/// Examines the files of a data directory whose daemon has ended: every row, every event, every blob.
struct StoredCheck {
    private let folder: String
    private let database: DatabaseReader
    private var problems: [String] = []

    /// Everything that is wrong. With a ledger of a finished workload also whether each request has exactly its events.
    static func problems(_ folder: String, _ ledger: Ledger? = nil) throws -> [String] {
        var check = try StoredCheck(folder: folder, database: DatabaseReader(folder + "/registry.sqlite"))
        try check.checkDatabase()
        try check.checkLog()
        try check.checkRowsHaveEvents()
        try check.checkVersions()
        try check.checkLifecycle()
        try check.checkBlobs()
        try check.checkStaging()
        try check.checkOtherFiles()
        if let ledger { try check.checkEvents(of: ledger) }
        return check.problems
    }

    private init(folder: String, database: DatabaseReader) {
        self.folder = folder
        self.database = database
    }

    private mutating func require(_ holds: Bool, _ text: @autoclosure () -> String) {
        if !holds { problems.append(text()) }
    }

    private mutating func checkDatabase() throws {
        let findings: [String] = try database.texts("PRAGMA integrity_check")
        require(findings == ["ok"], "integrity_check: \(findings)")
        let violations = try database.rows("PRAGMA foreign_key_check")
        require(violations.isEmpty, "foreign_key_check: \(violations)")
    }

    /// The log has no gap, every leaf its hash (RFC 6962, section 2.1), and says what the columns repeat.
    private mutating func checkLog() throws {
        let events = try database.rows(
            "SELECT seq, leaf, leaf_hash, action, outcome, object_id FROM audit_event ORDER BY seq")
        for (index, event) in events.enumerated() {
            let leaf: [UInt8] = event[1]?.bytes ?? []
            let hash: [UInt8] = Array(SHA256Hasher.digest([0] + leaf).bytes)
            let json: JSONValue = WireReply(status: 0, fields: [], body: leaf).json
            require(event[0]?.integer == Int64(index), "the log has a gap at \(index)")
            require(event[2]?.bytes == hash, "event \(index) has a wrong leaf_hash")
            require(
                json["seq"]?.integer == Int64(index) && json["action"]?.string == event[3]?.text
                    && json["outcome"]?.string == event[4]?.text && json["object"]?["id"]?.string == event[5]?.text,
                "the leaf of event \(index) disagrees with its columns")
        }
    }

    /// What exists was made by as many events as there are rows, and the other way round.
    private mutating func checkRowsHaveEvents() throws {
        let pairs: [(String, String)] = [
            ("register_model", "SELECT count(*) FROM model"), ("register_version", "SELECT count(*) FROM version"),
            ("delete_version", "SELECT count(*) FROM version WHERE deleted_ms IS NOT NULL"),
            ("publish_version", "SELECT count(*) FROM version WHERE version = '1.1.0' AND status = 'ready'"),
            ("put_blob", "SELECT count(*) FROM blob_uploader"), ("put_blob", "SELECT count(*) FROM blob"),
            ("create_token", "SELECT count(*) FROM token"),
            ("revoke_token", "SELECT count(*) FROM token WHERE revoked_ms IS NOT NULL"),
            ("create_upload", "SELECT count(*) FROM upload"),
            ("promote_version", "SELECT count(*) FROM state_transition WHERE kind = 'requested'"),
            (
                "promote_version",
                "SELECT count(DISTINCT audit_seq) FROM state_transition WHERE to_state = 'production' AND kind = 'requested'"
            ),
            ("rollback_version", "SELECT count(*) FROM state_transition WHERE kind = 'restored'"),
            ("put_lifecycle", "SELECT count(*) - 1 FROM lifecycle_revision"),
            ("complete_upload", "SELECT count(*) FROM upload WHERE digest IS NOT NULL"),
        ]
        for (action, rows) in pairs {
            let sql: String = "SELECT count(*) FROM audit_event WHERE outcome = 'success' AND action = '\(action)'"
            let (events, found) = (try database.integer(sql), try database.integer(rows))
            require(events == found, "\(events) events \(action), but \(found) rows by \(rows)")
        }
    }

    /// No version is half there: its files, attributes and digests fit its document, its model counts it.
    private mutating func checkVersions() throws {
        let versions = try database.rows(
            """
            SELECT id, version, document, status, manifest_digest, size_bytes,
                (SELECT count(*) FROM version_attribute WHERE version_id = version.id),
                (SELECT coalesce(sum(blob.size_bytes), 0) FROM artifact JOIN blob USING (digest) WHERE version_id = version.id),
                deleted_ms
            FROM version
            """)
        for row in versions {
            let version: String = row[1]?.text ?? ""
            let document: JSONValue = WireReply(status: 0, fields: [], body: row[2]?.bytes ?? []).json
            let promised: [String] = (document["artifacts"]?.array ?? []).compactMap { $0["digest"]?.string }
            let kept: [String] = try database.texts(
                "SELECT 'sha256:' || lower(hex(digest)) FROM artifact WHERE version_id = \(row[0]?.integer ?? 0)")
            require(document["artifacts"] != nil, "\(version) has no artifacts in its document: \(document)")
            require(promised.sorted() == kept.sorted(), "\(version) has the files \(kept), not \(promised)")
            require((row[6]?.integer ?? 0 > 0) == (row[8] == nil), "\(version) has \(row[6]?.integer ?? 0) attributes")
            require(row[5] == row[7], "\(version) has the size \(row[5]?.integer ?? 0), not \(row[7]?.integer ?? 0)")
            require(
                (row[3]?.text == "ready") == (row[4] != nil), "\(version) is \(row[3]?.text ?? ""), but half published")
        }
        let wrong: [String] = try database.texts(
            """
            SELECT name FROM model WHERE registrations <> (SELECT count(*) FROM version WHERE model_id = model.id)
                OR version_count <> (SELECT count(*) FROM version
                    WHERE model_id = model.id AND status = 'ready' AND deleted_ms IS NULL)
                OR registrations <> (SELECT coalesce(max(number), 0) FROM version WHERE model_id = model.id)
            """)
        require(wrong.isEmpty, "the counts of \(wrong) are wrong")
    }

    /// A promotion is there with all that belongs to it, or not at all.
    private mutating func checkLifecycle() throws {
        let strays: [String] = try database.texts(
            """
            SELECT v.version FROM version v LEFT JOIN alias a ON a.version_id = v.id AND a.alias = 'production'
            WHERE (v.state = 'production') <> (a.alias IS NOT NULL)
            """)
        require(strays.isEmpty, "state and alias disagree on being in production: \(strays)")
        let unmoved: [String] = try database.texts(
            """
            SELECT version FROM version v WHERE state <> coalesce(
                (SELECT to_state FROM state_transition WHERE version_id = v.id ORDER BY id DESC LIMIT 1), 'development')
            """)
        require(unmoved.isEmpty, "the state of \(unmoved) is not that of the last transition")
        let unaudited: [String] = try database.texts(
            """
            SELECT t.id || '' FROM state_transition t LEFT JOIN audit_event e ON e.seq = t.audit_seq
            WHERE e.action IS NULL OR e.action NOT IN ('promote_version', 'transition_version', 'rollback_version')
            """)
        require(unaudited.isEmpty, "transitions without their event: \(unaudited)")
    }

    /// Every row has its file, and every file the digest that it is named by.
    private mutating func checkBlobs() throws {
        var sizes: [String: Int64] = [:]
        for path in FileAccess.files(below: folder + "/blobs/sha256") {
            let name: String = String(path.split(separator: "/").last ?? "")
            let bytes: [UInt8] = try FileAccess.read(path)
            require(digest(of: bytes) == "sha256:" + name, "\(path) has the digest \(digest(of: bytes))")
            require(path.hasSuffix("/\(name.prefix(2))/\(name.dropFirst(2).prefix(2))/\(name)"), "\(path) is misplaced")
            sizes[name] = Int64(bytes.count)
        }
        for row in try database.rows("SELECT lower(hex(digest)), size_bytes FROM blob") {
            let name: String = row[0]?.text ?? ""
            require(sizes[name] == row[1]?.integer, "the file of blob \(name) has \(sizes[name] ?? -1) bytes")
        }
    }

    /// Nothing is left in staging but uploads that can be continued.
    private mutating func checkStaging() throws {
        let open: Set<String> = Set(try database.texts("SELECT id FROM upload WHERE digest IS NULL"))
        for path in FileAccess.files(below: folder + "/blobs/staging") {
            let name: Substring = path.split(separator: "/").last ?? ""
            require(open.contains(String(name.prefix { $0 != "." })), "staging keeps \(name), which no upload owns")
        }
    }

    private mutating func checkOtherFiles() throws {
        require(FileAccess.mode(folder + "/admin.token") == 0o600, "admin.token has another mode than 0600")
        let left: [String] = FileAccess.files(below: folder).filter {
            $0.hasSuffix(".partial") || $0.hasSuffix("-journal")
        }
        require(left.isEmpty, "left over: \(left)")
    }

    /// Each request that was acknowledged once has its events, each repeated one no more than it may, nobody else any.
    private mutating func checkEvents(of ledger: Ledger) throws {
        var counts: [String: [String: Int]] = [:]
        let rows = try database.rows(
            """
            SELECT action, value FROM audit_event LEFT JOIN audit_private
                ON audit_private.seq = audit_event.seq AND field = 'request_id' WHERE outcome = 'success'
            """)
        var unowned: [String] = []
        for row in rows {
            let id: String? = row[1].flatMap { WireReply(status: 0, fields: [], body: $0.bytes).json.string }
            if let id {
                counts[id, default: [:]][row[0]?.text ?? "", default: 0] += 1
            } else {
                unowned.append(row[0]?.text ?? "")
            }
        }
        require(unowned == ["create_token"], "events without a request: \(unowned)")
        let steps: [Step] = Array(Workload.stages.joined())
        for step in steps {
            let tries: [Ledger.Try] = ledger.tries[step.name] ?? []
            for action in step.events {
                let perTry: [Int] = tries.map { counts[$0.requestID]?[action] ?? 0 }
                require(step.allows(perTry), "\(step.name) made \(perTry) events \(action) in its tries")
            }
            for item in tries {
                let others: [String] = (counts[item.requestID] ?? [:]).keys.filter { !step.events.contains($0) }
                require(others.isEmpty, "\(item.requestID) made the events \(others)")
                counts[item.requestID] = nil
            }
        }
        require(counts.isEmpty, "events of requests that should make none: \(counts)")
    }
}

extension Step {
    /// Whether so many events of one action may come of the tries of this step, of which the last one succeeded.
    func allows(_ perTry: [Int]) -> Bool {
        let total: Int = perTry.reduce(0, +)
        guard perTry.allSatisfy({ $0 <= 1 }) else { return false }
        switch repetition {
        case .once, .removal: return total == 1
        case .idempotent: return total >= 1
        case .independent: return perTry.last == 1
        }
    }
}
