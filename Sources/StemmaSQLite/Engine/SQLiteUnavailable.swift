/// Why the database takes no work.
package enum SQLiteUnavailable: Error, Sendable, Hashable, CustomStringConvertible {
    /// `SQLiteDatabase.close` was called.
    case closed
    /// A commit, a sync or a checkpoint failed so that the state of the files is unknown. Only a new start, which
    /// runs SQLite's recovery, can tell what is stored.
    case writesSuspended(reason: String)
    /// Somebody else changed what is stored. A new start finds the same.
    case tampered(what: String)

    package var description: String {
        switch self {
        case .closed: "the database is closed"
        case .writesSuspended(let reason): "writes are suspended: \(reason)"
        case .tampered(let what): "writes are suspended: what is stored was tampered with: \(what)"
        }
    }
}

/// Whether the database takes writes.
package enum SQLiteHealth: Sendable, Hashable {
    /// Reads and writes are taken.
    case ok
    /// Writes are refused until the process starts anew; reads go on.
    case writesSuspended(reason: String)
    /// Writes are refused, whoever starts it anew, until what is stored is as it was; reads go on.
    case tampered(what: String)
}
