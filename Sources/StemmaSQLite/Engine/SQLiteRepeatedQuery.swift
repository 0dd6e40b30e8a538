/// A query that a body runs again and again: looked up by its text once, where thousands of runs would feel it.
package struct SQLiteRepeatedQuery: ~Copyable {
    private let connection: SQLiteConnection
    private let statement: SQLiteStatement

    init(_ statement: SQLiteStatement, on connection: SQLiteConnection) {
        self.statement = statement
        self.connection = connection
    }

    /// Calls `body` for every row, with the integers bound to the first parameter and, where there is one, the second.
    package func rows(
        _ first: Int64, _ second: Int64? = nil, _ body: (borrowing SQLiteRow) throws -> Void
    ) throws {
        statement.rewind()
        try statement.bind(first, at: 1)
        if let second { try statement.bind(second, at: 2) }
        try connection.finish(statement, body)
    }

    /// The same with two texts.
    package func rows(_ first: String, _ second: String, _ body: (borrowing SQLiteRow) throws -> Void) throws {
        var (first, second): (String, String) = (first, second)
        try first.withUTF8 { first in
            try second.withUTF8 { second in
                // SQLite reads the texts where they are, and forgets them before they go.
                defer { statement.reset() }
                statement.rewind()
                try statement.lend(first, at: 1)
                try statement.lend(second, at: 2)
                try connection.finish(statement, body)
            }
        }
    }
}
