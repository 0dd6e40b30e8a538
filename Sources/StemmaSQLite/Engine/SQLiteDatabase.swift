/// The database: one group-committing writer and a capped pool of readers.
///
/// Blocking work runs on Dispatch queues of its own, never on Swift's cooperative threads. Bodies are synchronous; a
/// body gets a connection that is valid until it returns and must not be kept.
package final class SQLiteDatabase: Sendable {
    let path: String
    let options: SQLiteOptions
    private let writer: SQLiteWriter
    private let readers: SQLiteReaderPool
    /// The file's bytes beside SQLite.
    let scan: SQLiteFileScan

    /// Opens the database, creating an empty one of mode 0600 if there is none. Blocks; meant for the start.
    ///
    /// Throws `SQLiteError`, `SQLiteFileError`, and `MigrationError.foreignDatabase` if the file belongs to another
    /// program.
    package init(path: String, options: SQLiteOptions = SQLiteOptions()) throws {
        let connection: SQLiteConnection = try SQLiteConnection.openWriter(path, options)
        if options.checksIntegrity { try connection.checkIntegrity() }
        let writer = SQLiteWriter(connection, path, options)
        self.path = path
        self.options = options
        self.writer = writer
        scan = SQLiteFileScan(path)
        readers = SQLiteReaderPool(path, options) { error in writer.suspend(error) }
    }

    /// Whether writes are taken.
    package var health: SQLiteHealth { writer.health }

    /// Takes no more writes, for good: something outside the database happened after which nobody can tell what the disk
    /// holds. `reason` goes to the log and to `health`.
    package func suspendWrites(_ reason: String) { writer.suspend(.writesSuspended(reason: reason)) }

    /// Takes no more writes because somebody else changed what is stored; no new start ends that.
    package func suspendWrites(tampered what: String) { writer.suspend(.tampered(what: what)) }

    /// How many bodies wait for the writer, not counting those it is running.
    package var waitingWriteCount: Int { writer.waitingCount }

    /// How many bodies wait for a reader, not counting those that run.
    package var waitingReadCount: Int { readers.waitingCount }

    /// Runs a body that reads, in one transaction: it sees one state of the database, with every write that was
    /// answered before. Bodies that find all readers busy wait in order. The body cannot write.
    ///
    /// Throws what the body throws, `SQLiteError`, and `SQLiteUnavailable.closed`.
    package func read<T: Sendable>(_ body: @escaping @Sendable (SQLiteConnection) throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            readers.submit(SQLiteBodyJob(body, committed: nil, continuation))
        }
    }

    /// Runs a body that writes and returns once what it did is durable. A body that throws leaves nothing behind.
    ///
    /// Bodies that wait at the same time share one transaction and one sync, each in a savepoint of its own, and see
    /// what those before them did. A body may run more than once (its earlier runs leave nothing behind), so it must
    /// have no effect but on the database; effects belong into `committed`, which is called once, on the writer's
    /// queue, in the order of the bodies, after the commit and before any caller of the same batch goes on.
    ///
    /// Throws what the body throws; `SQLiteError`, among them `SQLITE_FULL` for all who shared a commit that found no
    /// room; and `SQLiteUnavailable`. After an error of the files' integrity (`SQLiteError.isFatal`) it is unknown
    /// whether the commit is stored, and no more writes are taken.
    @discardableResult
    package func write<T: Sendable>(
        _ body: @escaping @Sendable (SQLiteConnection) throws -> T, committed: (@Sendable (T) -> Void)? = nil
    ) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            writer.submit(SQLiteBodyJob(body, committed: committed, continuation))
        }
    }

    /// Copies the write-ahead log into the database file. With `truncate` it waits for readers and leaves an empty
    /// log, or throws `SQLITE_BUSY` if they did not end within the busy timeout. Writes wait meanwhile.
    ///
    /// The database does this by itself as the log grows; it is for who wants a small log file, or none.
    package func checkpoint(truncate: Bool) async throws {
        try await writer.checkpoint(truncate: truncate)
    }

    /// Checkpoints with an empty log at the end, however often readers are in the way: up to `attempts` busy timeouts.
    func emptyLog(attempts: Int = 5) async throws {
        for attempt in 1...attempts {
            do {
                return try await writer.checkpoint(truncate: true)
            } catch let error as SQLiteError where error.code.primary == .busy && attempt < attempts {
                continue
            }
        }
    }

    /// Rewrites the whole file, without the bytes of what was deleted (`VACUUM`), and empties the log. Writes wait meanwhile.
    func rewrite() async throws {
        try await writer.vacuum()
        try await emptyLog()
    }

    /// Ends what was begun, readers first, copies the log into the database and closes it. Later calls of `read` and
    /// `write` throw `SQLiteUnavailable.closed`.
    package func close() async {
        await readers.close()
        await writer.close()
        scan.close()
    }
}
