internal import CSQLite

/// One SQLite connection, used by one queue at a time.
///
/// A body that gets one may run any statement but those that begin, end or nest a transaction: the database does that
/// around the body.
package final class SQLiteConnection {
    let pointer: OpaquePointer
    /// The first error after which the files cannot be trusted, whatever the body made of it.
    private(set) var damage: SQLiteError?
    /// Whether a `COMMIT` is obeyed; otherwise it rolls back. See `watchCommits`.
    var mayCommit: Bool = true
    /// The length of the write-ahead log after the last commit, in pages. See `watchCommits`.
    var logPageCount: Int = 0
    private var cache: SQLiteStatementCache

    /// Takes over an open connection.
    init(owning pointer: OpaquePointer, statementCacheCapacity: Int) {
        self.pointer = pointer
        cache = SQLiteStatementCache(capacity: statementCacheCapacity)
    }

    deinit {
        cache.removeAll()
        sqlite3_close_v2(pointer)
    }

    /// The row id of the last row inserted.
    package var lastInsertedRowID: Int64 { sqlite3_last_insert_rowid(pointer) }

    /// How many rows the last `INSERT`, `UPDATE` or `DELETE` changed.
    package var changedRows: Int { Int(sqlite3_changes64(pointer)) }

    /// How many prepared statements are kept.
    package var cachedStatementCount: Int { cache.count }

    /// True while a transaction is open.
    package var isInTransaction: Bool { sqlite3_get_autocommit(pointer) == 0 }

    /// True if a foreign key whose check is deferred to the commit is violated now.
    var hasDeferredViolations: Bool {
        var current: Int32 = 0
        var highest: Int32 = 0
        _ = sqlite3_db_status(pointer, SQLITE_DBSTATUS_DEFERRED_FKS, &current, &highest, 0)
        return current != 0
    }

    /// Runs one statement to its end, ignoring its rows. `arguments` bind by position. Answers how many rows it
    /// inserted, updated or deleted (0 for other statements).
    @discardableResult
    package func execute(_ sql: String, _ arguments: [SQLiteValue] = []) throws(SQLiteError) -> Int {
        let statement: SQLiteStatement = try begin(sql, arguments)
        defer { end(statement) }
        let before: Int64 = sqlite3_total_changes64(pointer)
        while try step(statement) {}
        return sqlite3_total_changes64(pointer) == before ? 0 : changedRows
    }

    /// Runs several statements, separated by semicolons, that take no arguments. None of them is cached.
    package func executeScript(_ sql: String) throws(SQLiteError) {
        var message: UnsafeMutablePointer<CChar>?
        guard sqlite3_exec(pointer, sql, nil, nil, &message) == SQLITE_OK else {
            sqlite3_free(message)
            throw noted(SQLiteError(lastOf: pointer, sql: sql))
        }
    }

    /// Calls `body` for every row. Throws what SQLite or the body reports.
    package func query(
        _ sql: String, _ arguments: [SQLiteValue] = [], _ body: (borrowing SQLiteRow) throws -> Void
    ) throws {
        let statement: SQLiteStatement = try begin(sql, arguments)
        defer { end(statement) }
        try finish(statement, body)
    }

    /// The first row, decoded; nil if there is none.
    package func first<T>(
        _ sql: String, _ arguments: [SQLiteValue] = [], _ decode: (borrowing SQLiteRow) throws -> T
    ) throws -> T? {
        let statement: SQLiteStatement = try begin(sql, arguments)
        defer { end(statement) }
        guard try step(statement) else { return nil }
        return try decode(SQLiteRow(statement: statement.pointer))
    }

    /// All rows, decoded, in the order of the statement.
    package func all<T>(
        _ sql: String, _ arguments: [SQLiteValue] = [], _ decode: (borrowing SQLiteRow) throws -> T
    ) throws -> [T] {
        var rows: [T] = []
        try query(sql, arguments) { row in rows.append(try decode(row)) }
        return rows
    }

    /// Lends a query to a body that runs it many times.
    package func repeating<T>(_ sql: String, _ body: (borrowing SQLiteRepeatedQuery) throws -> T) throws -> T {
        let statement: SQLiteStatement = try prepared(sql)
        statement.isBusy = true
        defer { end(statement) }
        return try body(SQLiteRepeatedQuery(statement, on: self))
    }

    /// Steps through the rows of a statement whose arguments are bound.
    func finish(_ statement: SQLiteStatement, _ body: (borrowing SQLiteRow) throws -> Void) throws {
        while try step(statement) { try body(SQLiteRow(statement: statement.pointer)) }
    }

    /// A statement ready to step, marked busy. A statement that is already being stepped through (a query inside the
    /// closure of the same query) gets a second one for the time.
    private func begin(_ sql: String, _ arguments: [SQLiteValue]) throws(SQLiteError) -> SQLiteStatement {
        let statement: SQLiteStatement = try prepared(sql)
        do {
            try statement.bind(arguments)
        } catch {
            statement.reset()
            throw error
        }
        statement.isBusy = true
        return statement
    }

    private func prepared(_ sql: String) throws(SQLiteError) -> SQLiteStatement {
        if let cached = cache.idleStatement(sql) { return cached }
        do {
            let statement = try SQLiteStatement(sql, on: pointer, isPersistent: true)
            cache.insert(statement)
            return statement
        } catch {
            throw noted(error)
        }
    }

    private func step(_ statement: SQLiteStatement) throws(SQLiteError) -> Bool {
        do {
            return try statement.step()
        } catch {
            throw noted(error)
        }
    }

    private func noted(_ error: SQLiteError) -> SQLiteError {
        if error.isFatal { damage = damage ?? error }
        return error
    }

    private func end(_ statement: SQLiteStatement) {
        statement.reset()
        statement.isBusy = false
    }
}
