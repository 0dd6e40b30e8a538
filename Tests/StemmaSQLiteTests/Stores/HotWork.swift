import StemmaDigest
import StemmaRegistry
import Testing

@testable import StemmaSQLite

/// The verbs behind the requests of every day, each once, on a store of some size.
enum HotWork {
    /// The work's statements with their cost, on a new store.
    static func costs(versions count: Int) async throws -> [String: StatementCost] {
        var costs: [String: StatementCost] = [:]
        try await StoreFixture.with { fixture in costs = try await run(fixture.store, versions: count) }
        return costs
    }

    static func run(_ store: SQLiteMetadataStore, versions count: Int) async throws -> [String: StatementCost] {
        try await fill(store, count)
        let now = Timestamp(milliseconds: Int64(count) + 10)
        let writes: [String: StatementCost] = try await store.write(
            { transaction in
                try register(transaction, number: Int64(count) + 1, at: now)
                try tidy(transaction, at: now)
                return try costs(transaction)
            }, committed: nil)
        let reads: [String: StatementCost] = try await store.read { reader in
            try resolve(reader)
            try list(reader)
            try lookBack(reader)
            return try costs(reader)
        }
        return writes.merging(reads) { one, other in one.steps > other.steps ? one : other }
    }

    /// As many empty arguments as the statement has places, or as the highest of numbered ones says.
    static func nulls(for sql: String) -> [SQLiteValue] {
        let numbers: [Int?] = sql.matches(of: /\?([0-9]*)/).map { Int($0.output.1) }
        return Array(repeating: .null, count: numbers.compactMap { $0 }.max() ?? numbers.count)
    }

    /// Releases 1.0.0 to 1.`count`.0 of model 1, each with a file, attributes and an event, beside as many other models.
    private static func fill(_ store: SQLiteMetadataStore, _ count: Int) async throws {
        let numbers: String = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
        let keys: [[UInt8]] = try (1...count).map { try #require(SemanticVersion("1.\($0).0")).precedenceKey }
        try await store.database.write { connection in
            try connection.execute("INSERT INTO principal VALUES (1, 'p', 'ada', 0, NULL)")
            try connection.execute(
                numbers + """
                     INSERT INTO model SELECT i, 'model ' || i, NULL, NULL, NULL, NULL, '{}', '{}', i, 1, i, 1, 0, 0, NULL
                    FROM n
                    """, [.integer(Int64(count))])
            try connection.execute(
                "UPDATE model SET registrations = ?, version_count = ? WHERE id = 1",
                [.integer(Int64(count)), .integer(Int64(count))])
            try connection.execute("INSERT INTO blob VALUES (zeroblob(32), 5, 'unknown', 0)")
            for (position, key) in keys.enumerated() {
                let number: Int64 = Int64(position) + 1
                try connection.execute(
                    """
                    INSERT INTO version (id, model_id, number, version, precedence, prerelease, status, state, tags,
                        metrics, document, request_digest, size_bytes, created_ms, created_by, updated_ms, revision)
                    VALUES (?, 1, ?, ?, ?, 0, 'ready', 'development', '{}', '{}', '{}', zeroblob(32), 5, ?, 1, 0, 1)
                    """,
                    [.integer(number), .integer(number), .text("1.\(number).0"), .blob(key), .integer(number)])
            }
            let all: [SQLiteValue] = [.integer(Int64(count))]
            for statement in [
                " INSERT INTO version_attribute SELECT i, 'framework', 'torch' FROM n",
                " INSERT INTO artifact SELECT i, 'model.bin', zeroblob(32), 'text/plain' FROM n",
                " INSERT INTO alias SELECT i, 'production', i, 0, 1, 1 FROM n",
                " INSERT INTO idempotency SELECT 1, 'key ' || i, zeroblob(32), 'created', '/', NULL, x'', i FROM n",
                """
                 INSERT INTO audit_event SELECT i - 1, i, x'', zeroblob(32), 0, 'version.registered', 'success', 1,
                    'alias', 'model 1@production', 'model 1', NULL FROM n
                """,
                " INSERT INTO token SELECT 't' || i, 1, randomblob(32), '[]', '[]', i, NULL, NULL, NULL FROM n",
            ] {
                try connection.execute(numbers + statement, all)
            }
        }
    }

    private static func register(
        _ transaction: any MetadataTransaction, number: Int64, at now: Timestamp
    ) throws {
        let digest = SHA256Hasher.digest([1])
        let ada = try transaction.ensurePrincipal(subject: "ada", pseudonym: "q", at: now).id
        _ = try transaction.model(named: "model 1")
        _ = try transaction.highestReleaseEverTaken(model: 1)
        _ = try transaction.previousRelease(model: 1, before: nil)
        _ = try transaction.idempotentAnswer(principal: ada, key: "key 7")
        let taken: Int64 = try transaction.takeRegistrationNumber(model: 1)
        let version = try #require(SemanticVersion("1.\(number).0"))
        let id: Int64 = try transaction.insertVersion(
            NewVersion(
                modelID: 1, number: taken, version: version, status: .ready, state: .development, description: nil,
                tags: Array("{}".utf8), metrics: Array("{}".utf8), document: Array("{}".utf8), requestDigest: digest,
                artifactsDigest: digest, manifestDigest: digest, sizeBytes: 1, created: now, createdBy: ada,
                expires: nil))
        let attributes: [(field: String, value: AttributeValue)] = (0..<25).map { ("metrics.m\($0)", .number(0.5)) }
        try transaction.setAttributes(version: id, attributes)
        try transaction.putBlob(digest, sizeBytes: 1, format: "unknown", at: now)
        try transaction.putBlobUploader(digest, principal: ada)
        for path in ["a", "b"] {
            try transaction.putArtifact(version: id, path: path, digest: digest, mediaType: "a/b")
        }
        try transaction.addToVersionCount(model: 1, 1, at: now)
        try transaction.putAlias(model: 1, alias: "production", version: id, at: now, by: ada)
        try transaction.updateVersion(
            id, description: "x", tags: Array("{}".utf8), metrics: Array("{}".utf8), at: now)
        try transaction.insertMetricRevision(version: id, metric: "m0", value: 1, previous: 0.5, at: now, by: ada)
        let values = [PrivateValue(field: "actor.subject", salt: [1], value: Array("\"ada\"".utf8), principalID: ada)]
        try transaction.appendAuditEvent(
            sequence: try transaction.auditSize(), at: max(now, try transaction.lastAuditEvent()?.time ?? now),
            leaf: [1],
            leafHash: digest, retainUntil: now, action: "version.registered", outcome: "success", principal: ada,
            resource: .version(model: "model 1", version: version.text), privateValues: values)
        try transaction.putIdempotentAnswer(
            IdempotencyRecord(
                principalID: ada, key: "k", fingerprint: digest, outcome: "created", resource: "/", etag: nil, body: [],
                created: now))
    }

    private static func tidy(_ transaction: any MetadataTransaction, at now: Timestamp) throws {
        _ = try transaction.removeIdempotentAnswers(before: Timestamp(milliseconds: 50), limit: 10)
        _ = try transaction.expiredDrafts(at: now, limit: 10)
        _ = try transaction.expiredUploads(at: now, limit: 10)
    }

    private static func resolve(_ reader: any MetadataReader) throws {
        _ = try reader.model(named: "model 1")
        _ = try reader.latestVersion(model: 1)
        _ = try reader.newestVersion(model: 1, in: try #require(VersionRange("^1.0")))
        _ = try reader.newestVersion(model: 1, in: try #require(VersionRange("~1.7")))
        let key: [UInt8] = try #require(SemanticVersion("1.7.0")).precedenceKey
        _ = try reader.version(model: 1, precedence: key)
        _ = try reader.previousRelease(model: 1, before: key)
        _ = try reader.alias(model: 1, named: "production")
        _ = try reader.aliases(model: 1)
        _ = try reader.metricRevisions(version: 7)
        _ = try reader.artifacts(version: 7)
        _ = try reader.artifact(version: 7, path: "model.bin")
        let digest = try #require(Digest(bytes: [UInt8](repeating: 0, count: 32)))
        _ = try reader.blob(digest)
        _ = try reader.isBlobVisible(digest, to: 1, scope: .everything)
        _ = try reader.token(id: "t7")
        _ = try reader.tokens(after: nil, limit: 5)
        _ = try reader.tokens(after: "t7", limit: 5)
        _ = try reader.auditEvent(sequence: 7)
        _ = try reader.auditSize()
        _ = try reader.lastAuditEvent()
        _ = try reader.aliasEvents(model: "model 1", alias: "production", before: nil, limit: 5)
    }

    /// The first page and one from the middle of each list in its default order.
    /// What is asked of the past for every row that an answer has.
    private static func lookBack(_ reader: any MetadataReader) throws {
        _ = try reader.lineageEntityEvents(LineageNodeID(.dataset, "orders"))
        _ = try reader.hasEvents("ingest_lineage_events", in: 5..<60)
        _ = try reader.firstLineageEdge(of: 1, after: Timestamp(milliseconds: 5), at: Timestamp(milliseconds: 60))
    }

    private static func list(_ reader: any MetadataReader) throws {
        let models: ListQuery = try query(.models, "name", nil)
        _ = try reader.models(models)
        _ = try reader.models(try query(.models, "name", [.text("model 5"), .integer(5)]))
        _ = try reader.models(try query(.models, "created_at desc", nil))
        _ = try reader.versions(model: 1, try query(.versions, "number desc", nil))
        _ = try reader.versions(model: 1, try query(.versions, "number desc", [.integer(60), .integer(60)]))
        _ = try reader.versions(model: 1, try query(.versions, "version desc", nil))
        _ = try reader.versions(model: nil, try query(.versions, "created_at desc", nil))
        _ = try reader.versions(model: nil, try query(.versions, "created_at desc", [.integer(60), .integer(60)]))
        let range = AuditRange(from: Timestamp(milliseconds: 40), to: Timestamp(milliseconds: 80))
        _ = try reader.auditEvents(try query(.audit, "sequence", nil), range: AuditRange())
        _ = try reader.auditEvents(try query(.audit, "sequence desc", nil), range: AuditRange())
        _ = try reader.auditEvents(try query(.audit, "sequence", [.integer(50), .integer(50)]), range: AuditRange())
        _ = try reader.auditEvents(try query(.audit, "sequence", nil), range: range)
        for narrowed in [
            AuditRange(model: "model 1"), AuditRange(principal: 1), AuditRange(action: "version.registered"),
        ] {
            _ = try reader.auditEvents(try query(.audit, "sequence", nil), range: narrowed)
        }
    }

    private static func query(_ schema: FilterSchema, _ order: String, _ after: [SortValue]?) throws -> ListQuery {
        ListQuery(
            filter: nil, ordering: try Ordering.parse(order, fields: schema), after: after, limit: 5, scope: .everything
        )
    }

    /// The statements that the connection keeps, but for those that filled it.
    private static func costs(_ reader: any MetadataReader) throws -> [String: StatementCost] {
        let session = try #require(reader as? SQLiteSession)
        var costs: [String: StatementCost] = [:]
        try session.connection.query("SELECT sql, nstep, nsort FROM sqlite_stmt WHERE run > 0") { row in
            let sql: String = row.text(0)
            guard !sql.contains("n (i)"), !sql.contains("sqlite_stmt"), !sql.contains("zeroblob(32)"),
                ["SELECT", "INSERT", "UPDATE", "DELETE"].contains(String(sql.prefix(6)))
            else { return }
            costs[sql] = StatementCost(steps: row.int(1), sorts: row.int(2))
        }
        return costs
    }
}
