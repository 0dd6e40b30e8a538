internal import CSQLite

extension SQLiteConnection {
    /// Makes SQLite ask `mayCommit` before every commit and tell `logPageCount` after it. The second takes the place
    /// of the library's own checkpoints.
    func watchCommits() {
        // Unretained: the connection closes its handle before it goes away, and no commit comes after that.
        let context: UnsafeMutableRawPointer = Unmanaged.passUnretained(self).toOpaque()
        _ = sqlite3_commit_hook(
            pointer,
            { context in
                guard let context else { return 0 }
                return Unmanaged<SQLiteConnection>.fromOpaque(context).takeUnretainedValue().mayCommit ? 0 : 1
            }, context)
        _ = sqlite3_wal_hook(
            pointer,
            { context, _, _, pages in
                guard let context else { return SQLITE_OK }
                Unmanaged<SQLiteConnection>.fromOpaque(context).takeUnretainedValue().logPageCount = Int(pages)
                return SQLITE_OK
            }, context)
    }

    /// Runs what must not end the transaction it is in: a `COMMIT` inside rolls back instead.
    func withoutCommit<T>(_ body: () throws -> T) rethrows -> T {
        mayCommit = false
        defer { mayCommit = true }
        return try body()
    }
}
