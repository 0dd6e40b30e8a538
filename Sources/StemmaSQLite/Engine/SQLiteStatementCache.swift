/// The prepared statements of one connection by their text, bounded: the least recently used one goes first.
struct SQLiteStatementCache {
    private let capacity: Int
    private var statements: [String: SQLiteStatement] = [:]
    private var clock: UInt64 = 0

    /// A cache of at most `capacity` statements.
    init(capacity: Int) { self.capacity = max(capacity, 1) }

    /// How many statements it holds.
    var count: Int { statements.count }

    /// The statement of that text, unless there is none or someone is stepping through it.
    mutating func idleStatement(_ sql: String) -> SQLiteStatement? {
        guard let statement = statements[sql], !statement.isBusy else { return nil }
        clock += 1
        statement.lastUse = clock
        return statement
    }

    /// Keeps a new statement, unless one of the same text is there already.
    mutating func insert(_ statement: SQLiteStatement) {
        guard statements[statement.sql] == nil else { return }
        if statements.count >= capacity { removeOldest() }
        clock += 1
        statement.lastUse = clock
        statements[statement.sql] = statement
    }

    /// Lets go of all statements.
    mutating func removeAll() { statements.removeAll() }

    private mutating func removeOldest() {
        // A scan, since it happens only when there are more texts than the cache has room for, which prepared
        // statements with constant texts never reach.
        let oldest: SQLiteStatement? = statements.values.lazy.filter { !$0.isBusy }.min { $0.lastUse < $1.lastUse }
        if let oldest { statements[oldest.sql] = nil }
    }
}
