import StemmaSQLite
import Testing

/// Migrations: fresh, upgraded, refused, failed.
@Suite struct SQLiteMigratorTests {
    typealias Source = (name: String, sql: [UInt8])

    private static let first: Source = ("m0001_a", Array("CREATE TABLE a (x INTEGER PRIMARY KEY) STRICT;".utf8))
    private static let second: Source = (
        "m0002_b",
        Array(
            """
            -- Rebuilds the table that another one refers to.
            CREATE TABLE b (x INTEGER NOT NULL REFERENCES a (x)) STRICT;
            INSERT INTO b SELECT x FROM a;
            CREATE TABLE a_new (x INTEGER PRIMARY KEY, y TEXT) STRICT;
            INSERT INTO a_new SELECT x, 'old' FROM a;
            DROP TABLE a;
            ALTER TABLE a_new RENAME TO a;
            """.utf8)
    )
    private static let third: Source = ("m0003_c", Array("CREATE TABLE c (x INTEGER) STRICT".utf8))

    let folder: EngineFolder
    let path: String

    init() throws {
        folder = try EngineFolder()
        path = folder.file("a.db")
    }

    @discardableResult
    private func migrate(_ sources: [Source], at milliseconds: Int64 = 1) throws -> SQLiteMigrator.Report {
        try SQLiteMigrator(sources).migrate(path: path, nowMilliseconds: milliseconds)
    }

    /// The names of the tables and what the migration table holds.
    private func state(_ path: String) async throws -> [String] {
        let database: SQLiteDatabase = try SQLiteDatabase(path: path)
        let state: [String] = try await database.read { connection in
            let tables: [String] = try connection.all(
                "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name"
            ) { $0.text(0) }
            guard tables.contains("schema_migration") else { return tables }
            return try tables
                + connection.all("SELECT name, length(checksum), applied_ms FROM schema_migration ORDER BY name") {
                    "\($0.text(0)) \($0.int(1)) \($0.int(2))"
                }
        }
        await database.close()
        return state
    }

    @Test func aFreshDatabaseNeedsNoBackup() async throws {
        let migrator = SQLiteMigrator([Self.first, Self.second])
        #expect(try migrator.pending(path: path) == ["m0001_a", "m0002_b"])
        #expect(folder.names().isEmpty)
        let report: SQLiteMigrator.Report = try migrate([Self.first, Self.second], at: 77)
        #expect(report.applied == ["m0001_a", "m0002_b"] && report.backupPath == nil)
        #expect(try migrator.pending(path: path).isEmpty)
        #expect(folder.names() == ["a.db"])
        #expect(fileMode(path) == 0o600)
        #expect(try await state(path) == ["a", "b", "schema_migration", "m0001_a 32 77", "m0002_b 32 77"])
        #expect(try migrate([Self.first, Self.second]).applied.isEmpty)
    }

    @Test func anUpgradeKeepsACopyOfWhatWas() async throws {
        try migrate([Self.first])
        let database: SQLiteDatabase = try SQLiteDatabase(path: path)
        try await database.write { try $0.execute("INSERT INTO a VALUES (5)") }
        await database.close()
        let sources: [Source] = [Self.first, Self.second, Self.third]
        #expect(try SQLiteMigrator(sources).pending(path: path) == ["m0002_b", "m0003_c"])
        let report: SQLiteMigrator.Report = try migrate(sources, at: 2)
        #expect(report.applied == ["m0002_b", "m0003_c"])
        let backup: String = path + ".before-m0003_c"
        #expect(report.backupPath == backup)
        #expect(fileMode(backup) == 0o600)
        #expect(folder.names() == ["a.db", "a.db.before-m0003_c"])
        #expect(try await state(backup) == ["a", "schema_migration", "m0001_a 32 1"])
        let now: [String] = try await state(path)
        #expect(now == ["a", "b", "c", "schema_migration", "m0001_a 32 1", "m0002_b 32 2", "m0003_c 32 2"])
    }

    @Test func aDatabaseOfANewerProgramIsRefused() async throws {
        try migrate([Self.first, Self.second, Self.third])
        let expected = MigrationError.newerSchema(names: ["m0002_b", "m0003_c"])
        #expect(throws: expected) { try migrate([Self.first]) }
        #expect(throws: expected) { try SQLiteMigrator([Self.first]).pending(path: path) }
    }

    @Test func aChangedMigrationIsRefused() async throws {
        try migrate([Self.first])
        let changed: Source = (Self.first.name, Self.first.sql + [0x20])
        #expect(throws: MigrationError.changed(name: "m0001_a")) { try migrate([changed, Self.second]) }
        #expect(try await state(path) == ["a", "schema_migration", "m0001_a 32 1"])
    }

    @Test func aGapIsRefused() throws {
        try migrate([Self.first, Self.third])
        #expect(throws: MigrationError.outOfOrder(name: "m0002_b")) {
            try migrate([Self.first, Self.second, Self.third])
        }
    }

    @Test(arguments: [
        "CREATE TABLE d (x INTEGER) STRICT; INSERT INTO nowhere VALUES (1)",
        "CREATE TABLE d (x INTEGER) STRICT; COMMIT; CREATE TABLE e (x INTEGER) STRICT; ROLLBACK",
        "CREATE TABLE d (x INTEGER REFERENCES a (x)) STRICT; INSERT INTO d VALUES (99)",
        "CREATE TABLE d (x",
    ])
    func aFailingMigrationChangesNothing(_ sql: String) async throws {
        try migrate([Self.first])
        let before: [String] = try await state(path)
        let bad: Source = ("m0003_bad", Array(sql.utf8))
        let error = #expect(throws: MigrationError.self) { try migrate([Self.first, Self.second, bad]) }
        guard case .failed("m0003_bad", let message)? = error else {
            Issue.record("unexpected: \(String(describing: error))")
            return
        }
        #expect(!message.isEmpty)
        #expect(try await state(path) == before)
        #expect(try migrate([Self.first, Self.second]).applied == ["m0002_b"])
    }

    @Test func anotherProgramsDatabaseIsRefused() async throws {
        let database: SQLiteDatabase = try SQLiteDatabase(path: path)
        try await database.write { try $0.executeScript("CREATE TABLE z (x); PRAGMA application_id = 0") }
        await database.close()
        let expected = MigrationError.foreignDatabase(applicationID: 0)
        #expect(throws: expected) { try migrate([Self.first]) }
        #expect(throws: expected) { try SQLiteMigrator([Self.first]).pending(path: path) }
    }

    @Test func theProgramsOwnHistoryApplies() throws {
        let report: SQLiteMigrator.Report = try SQLiteMigrator().migrate(path: path, nowMilliseconds: 0)
        #expect(report.applied.first == "m0001_registry")
        #expect(try SQLiteMigrator().pending(path: path).isEmpty)
    }
}
