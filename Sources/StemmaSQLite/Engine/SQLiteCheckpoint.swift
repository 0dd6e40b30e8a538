internal import CSQLite
internal import Dispatch

/// Copies the log into the database beside the writer, on a connection and a queue of its own, so that commits go on
/// meanwhile. What they add in that time is left, little enough for the writer to copy between two commits; only
/// then can the log start anew.
///
/// Sendable without the compiler's proof: the connection is touched on the queue alone.
final class SQLiteCheckpointer: @unchecked Sendable {
    private let path: String
    private let options: SQLiteOptions
    private let queue = DispatchQueue(label: "stemma.sqlite.checkpoint")
    private var connection: SQLiteConnection?

    init(_ path: String, _ options: SQLiteOptions) {
        self.path = path
        self.options = options
    }

    /// Copies what is in the log now, then calls back, on the checkpointer's queue.
    func run(_ whenDone: @escaping @Sendable (Result<Void, SQLiteError>) -> Void) {
        queue.async { whenDone(self.copy()) }
    }

    /// Blocks until what is under way has ended. Not to be called on the checkpointer's queue.
    func wait() { queue.sync {} }

    /// Closes the connection after what is under way.
    func close() async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            queue.async {
                self.connection = nil
                continuation.resume()
            }
        }
    }

    private func copy() -> Result<Void, SQLiteError> {
        do throws(SQLiteError) {
            let connection: SQLiteConnection
            if let open = self.connection {
                connection = open
            } else {
                connection = try SQLiteConnection.open(path, SQLITE_OPEN_READWRITE, options)
                // Whether closing may checkpoint is the writer's decision.
                try connection.configure(SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
                self.connection = connection
            }
            try connection.checkpoint(truncate: false)
            return .success(())
        } catch {
            return .failure(error)
        }
    }
}

extension SQLiteConnection {
    /// Copies the log into the database and syncs it. Without `truncate` it copies what it can without waiting for
    /// anyone; with it, it waits for readers up to the busy timeout, copies all and empties the log file. Throws
    /// `SQLITE_BUSY` if that time did not suffice, and also without `truncate` if another checkpoint is under way.
    func checkpoint(truncate: Bool) throws(SQLiteError) {
        let mode: Int32 = truncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE
        guard sqlite3_wal_checkpoint_v2(pointer, nil, mode, nil, nil) == SQLITE_OK else {
            throw SQLiteError(lastOf: pointer)
        }
    }
}
