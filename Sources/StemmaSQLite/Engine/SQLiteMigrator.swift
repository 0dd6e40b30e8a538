internal import CSQLite
internal import StemmaDigest
internal import StemmaMigrations

/// Brings a database to the schema of this program: applies the migrations it lacks, all in one transaction.
///
/// What was applied is recorded by name with the SHA-256 of its text, so that a database made by a newer program, or
/// by a program whose history was rewritten, is refused instead of misread.
package struct SQLiteMigrator {
    /// What a run did.
    package struct Report: Sendable, Hashable {
        /// The names of the migrations it applied, in order.
        package let applied: [String]
        /// The copy of the database as it was before, if there was something to lose.
        package let backupPath: String?
    }

    private struct Migration {
        let name: String
        let sql: [UInt8]
        let checksum: [UInt8]
    }

    private let migrations: [Migration]

    /// A migrator for a history of named SQL texts, oldest first: by default the program's own.
    package init(_ migrations: [(name: String, sql: [UInt8])] = Migrations.all) {
        self.migrations = migrations.map { name, sql in
            Migration(name: name, sql: sql, checksum: SHA256Hasher.digest(sql).bytes)
        }
    }

    /// The names of the migrations that the database at `path` lacks; all of them if there is no file. Changes
    /// nothing. Blocks.
    ///
    /// Throws `SQLiteError`, and `MigrationError` for a database this program cannot use.
    package func pending(path: String, options: SQLiteOptions = SQLiteOptions()) throws -> [String] {
        guard SQLiteFile.exists(path) else { return migrations.map(\.name) }
        // Not read-only, so that closing it can take the log's files away again.
        let connection: SQLiteConnection = try SQLiteConnection.open(path, SQLITE_OPEN_READWRITE, options)
        try connection.executeScript("PRAGMA query_only = ON")
        let applicationID: Int64 = try connection.pragma("PRAGMA application_id")
        let isEmpty: Bool = try connection.pragma("PRAGMA page_count") == 0
        guard isEmpty || applicationID == stemmaApplicationID else {
            throw MigrationError.foreignDatabase(applicationID: applicationID)
        }
        return try pending(connection).map(\.name)
    }

    /// Applies what the database at `path` lacks, creating the file if there is none. Blocks; meant for the start,
    /// before the database is opened for work.
    ///
    /// A database that holds something is first copied to `<path>.before-<name of the last migration>`. All
    /// migrations are applied in one transaction with foreign keys unenforced, as rebuilding a table needs, and every
    /// foreign key is checked before the commit. `nowMilliseconds` is recorded as the time, in Unix milliseconds.
    ///
    /// Throws `MigrationError`, `SQLiteError` and `SQLiteFileError`; the database is then as it was.
    package func migrate(
        path: String, nowMilliseconds: Int64, options: SQLiteOptions = SQLiteOptions()
    ) throws -> Report {
        let connection: SQLiteConnection = try SQLiteConnection.openWriter(path, options)
        guard try !pending(connection).isEmpty else { return Report(applied: [], backupPath: nil) }
        try connection.configure(SQLITE_DBCONFIG_ENABLE_FKEY, 0)
        // From here on no one else writes, so the copy is exactly what the migrations will change.
        try connection.execute("BEGIN IMMEDIATE")
        defer { if connection.isInTransaction { _ = try? connection.execute("ROLLBACK") } }
        let missing: ArraySlice<Migration> = try pending(connection)
        guard let last = missing.last else { return Report(applied: [], backupPath: nil) }
        let isEmpty: Bool = try connection.pragma("SELECT count(*) FROM sqlite_schema") == 0
        let backupPath: String? = isEmpty ? nil : "\(path).before-\(last.name)"
        if let backupPath { try SQLiteBackup.copy(path, to: backupPath, replacing: true, options) }
        for migration in missing { try apply(migration, nowMilliseconds, connection) }
        try checkForeignKeys(connection, last.name)
        try connection.execute("COMMIT")
        return Report(applied: missing.map(\.name), backupPath: backupPath)
    }

    /// What is missing, after a check that what is there is this program's own.
    private func pending(_ connection: SQLiteConnection) throws -> ArraySlice<Migration> {
        let hasTable: Bool =
            try connection.pragma("SELECT count(*) FROM sqlite_schema WHERE name = 'schema_migration'") == 1
        guard hasTable else { return migrations[...] }
        var applied: [String: [UInt8]] = [:]
        try connection.query("SELECT name, checksum FROM schema_migration") { row in
            applied[row.text(0)] = row.bytes(1)
        }
        let known: Set<String> = Set(migrations.map(\.name))
        let unknown: [String] = applied.keys.filter { !known.contains($0) }.sorted()
        guard unknown.isEmpty else { throw MigrationError.newerSchema(names: unknown) }
        for migration in migrations {
            guard let checksum = applied[migration.name] else { continue }
            guard checksum == migration.checksum else { throw MigrationError.changed(name: migration.name) }
        }
        // All applied ones are known, so they are the first ones unless one of the first is missing.
        if let gap = migrations.prefix(applied.count).first(where: { applied[$0.name] == nil }) {
            throw MigrationError.outOfOrder(name: gap.name)
        }
        return migrations[applied.count...]
    }

    private func apply(_ migration: Migration, _ nowMilliseconds: Int64, _ connection: SQLiteConnection) throws {
        do {
            let script: String = String(decoding: migration.sql, as: UTF8.self)
            try connection.withoutCommit { try connection.executeScript(script) }
        } catch let error as SQLiteError {
            throw MigrationError.failed(name: migration.name, message: error.message)
        }
        guard connection.isInTransaction else {
            throw MigrationError.failed(name: migration.name, message: "it ends the transaction")
        }
        try connection.executeScript(
            """
            CREATE TABLE IF NOT EXISTS schema_migration (
                name TEXT PRIMARY KEY,
                checksum BLOB NOT NULL,
                applied_ms INTEGER NOT NULL
            ) STRICT
            """)
        try connection.execute(
            "INSERT INTO schema_migration (name, checksum, applied_ms) VALUES (?, ?, ?)",
            [.text(migration.name), .blob(migration.checksum), .integer(nowMilliseconds)])
    }

    private func checkForeignKeys(_ connection: SQLiteConnection, _ name: String) throws {
        let table: String? = try connection.first("PRAGMA foreign_key_check") { $0.text(0) }
        if let table {
            throw MigrationError.failed(name: name, message: "a foreign key of table \(table) is violated")
        }
    }
}
