internal import CSQLite

/// How long the write-ahead log is, as the connection that writes it reports at every commit.
///
/// Sendable without the compiler's proof: SQLite calls back on the queue of the connection, which is also the queue
/// that asks.
final class SQLiteLogLength: @unchecked Sendable {
    private let storage: UnsafeMutablePointer<Int32>
    private weak var connection: SQLiteConnection?

    /// Starts to listen to the connection's commits. This takes the place of the library's own checkpoints.
    init(of connection: SQLiteConnection) {
        storage = .allocate(capacity: 1)
        storage.initialize(to: 0)
        self.connection = connection
        _ = sqlite3_wal_hook(
            connection.pointer,
            { context, _, _, pages in
                context?.assumingMemoryBound(to: Int32.self).pointee = pages
                return SQLITE_OK
            }, storage)
    }

    deinit {
        stop()
        storage.deallocate()
    }

    /// The log's length after the last commit, in pages.
    var pages: Int { Int(storage.pointee) }

    /// Listens no more.
    func stop() {
        guard let connection else { return }
        _ = sqlite3_wal_hook(connection.pointer, nil, nil)
        self.connection = nil
    }
}

extension SQLiteConnection {
    /// Copies the log into the database and syncs it. Without `truncate` it copies what it can without waiting for
    /// anyone; with it, it waits for readers up to the busy timeout, copies all and empties the log file. Throws
    /// `SQLITE_BUSY` if that time did not suffice.
    func checkpoint(truncate: Bool) throws(SQLiteError) {
        let mode: Int32 = truncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE
        guard sqlite3_wal_checkpoint_v2(pointer, nil, mode, nil, nil) == SQLITE_OK else {
            throw SQLiteError(lastOf: pointer)
        }
    }
}
