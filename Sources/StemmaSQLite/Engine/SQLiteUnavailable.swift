/// Why the database takes no work.
package enum SQLiteUnavailable: Error, Sendable, Hashable, CustomStringConvertible {
    /// `SQLiteDatabase.close` was called.
    case closed
    /// A commit, a sync or a checkpoint failed so that the state of the files is unknown. Only a new start, which
    /// runs SQLite's recovery, can tell what is stored.
    case writesSuspended(reason: String)

    package var description: String {
        switch self {
        case .closed: "the database is closed"
        case .writesSuspended(let reason): "writes are suspended: \(reason)"
        }
    }
}

/// Whether the database takes writes.
package enum SQLiteHealth: Sendable, Hashable {
    /// Reads and writes are taken.
    case ok
    /// Writes are refused until the process starts anew; reads go on.
    case writesSuspended(reason: String)
}
