internal import CSQLite

/// The yardstick for registrations: a loop of one-row transactions with nothing around it, WAL and `synchronous=FULL`.
final class BareTransactions {
    private var database: OpaquePointer?
    private var statement: OpaquePointer?

    /// A new database at that path. Throws `BenchError`.
    init(_ path: String) throws {
        try check(sqlite3_open(path, &database))
        for text in [
            "PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL",
            "CREATE TABLE row (id INTEGER PRIMARY KEY, text TEXT)",
        ] {
            try check(sqlite3_exec(database, text, nil, nil, nil))
        }
        let insert =
            "INSERT INTO row (text) VALUES ('sixty-four bytes of text stand for whatever one row may have in it')"
        try check(sqlite3_prepare_v2(database, insert, -1, &statement, nil))
    }

    deinit {
        sqlite3_finalize(statement)
        sqlite3_close(database)
    }

    /// Transactions per second over about that time.
    func run(seconds: Double) throws -> Double {
        let start: UInt64 = Clock.now
        var count = 0
        while Clock.seconds(since: start) < seconds {
            guard sqlite3_step(statement) == SQLITE_DONE else { try check(sqlite3_errcode(database)); break }
            sqlite3_reset(statement)
            count += 1
        }
        return Double(count) / Clock.seconds(since: start)
    }

    private func check(_ code: Int32) throws {
        guard code == SQLITE_OK else { throw BenchError("bare SQLite: \(String(cString: sqlite3_errstr(code)))") }
    }
}
