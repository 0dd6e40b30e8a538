package import StemmaRegistry

/// The metadata store on SQLite: one writer that gathers what waits into one commit, and a pool of readers.
///
/// Keeps the promises of `MetadataStore`; how, is told at `SQLiteDatabase`.
package final class SQLiteMetadataStore: MetadataStore {
    /// The database underneath, for checkpoints and backups.
    package let database: SQLiteDatabase
    /// What the migrations did when the store was opened.
    package let migration: SQLiteMigrator.Report

    /// Opens the database at `path`, creating it where there is none, after bringing its schema up to date; a database
    /// that holds something is copied aside before it is changed. Blocks; meant for the start.
    ///
    /// Throws `MigrationError` for a database that this program cannot use, `SQLiteError` and `SQLiteFileError`.
    package init(
        path: String, options: SQLiteOptions = SQLiteOptions(), environment: Environment
    ) throws {
        migration = try SQLiteMigrator().migrate(
            path: path, nowMilliseconds: environment.now().milliseconds, options: options)
        database = try SQLiteDatabase(path: path, options: options)
    }

    package func read<T: Sendable>(
        _ body: @escaping @Sendable (any MetadataReader) throws -> T
    ) async throws -> T {
        do {
            return try await database.read { connection in try body(SQLiteSession(connection: connection)) }
        } catch {
            throw StemmaError.translating(error)
        }
    }

    package func write<T: Sendable>(
        _ body: @escaping @Sendable (any MetadataTransaction) throws -> T, committed: (@Sendable (T) -> Void)?
    ) async throws -> T {
        do {
            return try await database.write(
                { connection in try body(SQLiteSession(connection: connection)) }, committed: committed)
        } catch {
            throw StemmaError.translating(error)
        }
    }

    package func expunge(_ text: ErasureText, rewriteBytes: Int64) async throws -> Int {
        do {
            try await database.emptyLog()
            let count: Int = try await residue(of: text)
            guard count > 0, try database.scan.size() <= rewriteBytes else { return count }
            try await database.rewrite()
            return try await residue(of: text)
        } catch {
            throw StemmaError.translating(error)
        }
    }

    private func residue(of text: ErasureText) async throws -> Int {
        // The overlap shows what stands before a text that begins in it. Whatever lies in it whole counts
        // twice, which does no harm: none is what is hoped for.
        try await database.scan.sum(overlap: text.overlap) { text.count(in: $0) }
    }

    package var writesSuspendedReason: String? {
        switch database.health {
        case .ok: nil
        case .writesSuspended(let reason): reason
        case .tampered(let what): "audit_tampered: \(what)"
        }
    }

    /// Ends what was begun and closes the database; later calls are refused with `shuttingDown`.
    package func close() async { await database.close() }
}
