internal import CSQLite

/// SQLite as somebody would use it by hand, for yardsticks.
final class BareSQLite {
    private var database: OpaquePointer?

    /// Opens the database at that path, making it where there is none. Throws `BenchError`.
    init(_ path: String) throws {
        try check(sqlite3_open(path, &database))
        try execute("PRAGMA journal_mode=WAL")
        try execute("PRAGMA synchronous=FULL")
    }

    deinit { sqlite3_close_v2(database) }

    func execute(_ sql: String) throws { try check(sqlite3_exec(database, sql, nil, nil, nil)) }

    /// Lends a prepared statement.
    func prepare<T>(_ sql: String, _ body: (Statement) throws -> T) throws -> T {
        var pointer: OpaquePointer?
        try check(sqlite3_prepare_v2(database, sql, -1, &pointer, nil))
        defer { sqlite3_finalize(pointer) }
        return try body(Statement(pointer: pointer))
    }

    /// A prepared statement.
    struct Statement {
        fileprivate let pointer: OpaquePointer?

        /// Runs it with these integers and answers how many rows it gave.
        @discardableResult
        func run(_ arguments: [Int], text: String? = nil) throws -> Int {
            for (index, argument) in arguments.enumerated() {
                sqlite3_bind_int64(pointer, Int32(index + 1), Int64(argument))
            }
            if let text { stemma_sqlite3_bind_text(pointer, Int32(arguments.count + 1), text, UInt64(text.utf8.count)) }
            var rows = 0
            while true {
                switch sqlite3_step(pointer) {
                case SQLITE_ROW:
                    rows += 1
                    // As a caller would: every column is looked at.
                    for column in 0..<sqlite3_column_count(pointer) { _ = sqlite3_column_text(pointer, column) }
                case SQLITE_DONE:
                    sqlite3_reset(pointer)
                    return rows
                default:
                    throw BenchError("bare SQLite: a statement failed")
                }
            }
        }
    }

    private func check(_ code: Int32) throws {
        guard code == SQLITE_OK else { throw BenchError("bare SQLite: \(String(cString: sqlite3_errstr(code)))") }
    }
}
