/// A query that a body runs again and again: looked up by its text once, where thousands of runs would feel it.
package struct SQLiteRepeatedQuery: ~Copyable {
    private let run: (Int64, Int64?, (borrowing SQLiteRow) throws -> Void) throws -> Void

    init(run: @escaping (Int64, Int64?, (borrowing SQLiteRow) throws -> Void) throws -> Void) { self.run = run }

    /// Calls `body` for every row, with the integers bound to the first parameter and, where there is one, the second.
    package func rows(
        _ first: Int64, _ second: Int64? = nil, _ body: (borrowing SQLiteRow) throws -> Void
    ) throws {
        try run(first, second, body)
    }
}
