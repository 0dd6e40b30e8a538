internal import StemmaRegistry

/// The statement that finds the keys of one page. Rows are read by key afterwards: a sort then moves a few values for
/// each candidate instead of whole documents, and a row is decoded in one place only.
struct ListStatement {
    private let table: String
    private let key: String
    private let fields: SQLFieldTable
    private let query: ListQuery
    private var conditions: [SQLFragment] = []

    /// Rows of `table` (what follows `FROM`) by `key`, a column that is never `NULL`.
    init(table: String, key: String, fields: @escaping SQLFieldTable, _ query: ListQuery) {
        self.table = table
        self.key = key
        self.fields = fields
        self.query = query
    }

    /// Adds a condition that every row must meet.
    mutating func require(_ sql: String, _ arguments: [SQLiteValue] = []) {
        conditions.append(SQLFragment(sql, arguments))
    }

    /// Adds the condition that the scope covers the name in that column, or that the alternative holds.
    mutating func require(scope: ModelScope, name column: String, or alternative: SQLFragment? = nil) {
        guard !scope.isUnlimited else { return }
        var condition = SQLFragment("(")
        condition.append(scope: scope, name: column)
        if let alternative { condition.append([SQLFragment(), alternative], separator: " OR ") }
        condition.append(")")
        conditions.append(condition)
    }

    /// The whole statement. Its first result column is the key, then come the sort values with the key as the last.
    /// Throws `invalidFilter` for what the fields cannot do and `invalidCursor` for values of another ordering.
    func compiled() throws -> SQLFragment {
        let keyset: Keyset = try keyset()
        var statement = SQLFragment("SELECT \(key), ")
        statement.append(keyset.terms.map(\.value), separator: ", ")
        statement.append(" FROM \(table)")
        var all: [SQLFragment] = conditions
        if let filter = query.filter { all.append(try SQLFilter(fields).compile(filter)) }
        if let after = query.after { all.append(try keyset.isAfter(after)) }
        if !all.isEmpty { statement.append(" WHERE ") }
        statement.append(all, separator: " AND ")
        // One row more than wanted tells whether there is a next page.
        statement.append(
            " ORDER BY \(keyset.order(firstColumn: 2)) LIMIT ?", [SQLiteValue(query.limit + 1)])
        return statement
    }

    /// How many rows the page is to have.
    var limit: Int { query.limit }

    private func keyset() throws(StemmaError) -> Keyset {
        var terms: [Keyset.Term] = []
        for term in query.ordering.terms {
            guard let field = try fields(term.field), let value = field.value else {
                throw StemmaError(.invalidFilter, "rows cannot be ordered by \(term.field.path)")
            }
            // Among equals another term would decide; alone it is the key, which a rank agrees with.
            let rank: String? = query.ordering.terms.count == 1 ? field.rank : nil
            terms.append(
                Keyset.Term(
                    value: rank.map { SQLFragment($0) } ?? value, isNullable: field.isNullable,
                    isDescending: !term.isAscending))
        }
        let isDescending: Bool = terms.first?.isDescending ?? false
        terms.append(Keyset.Term(value: SQLFragment(key), isNullable: false, isDescending: isDescending))
        return Keyset(terms: terms)
    }
}

extension SQLiteSession {
    /// The page's rows, each read by `load`.
    func page<Row: Sendable>(_ list: ListStatement, _ load: (Int64) throws -> Row?) throws -> Page<Row> {
        let statement: SQLFragment = try list.compiled()
        var keys: [Int64] = []
        var last: [SortValue] = []
        var hasMore: Bool = false
        try connection.query(statement.sql, statement.arguments) { row in
            guard keys.count < list.limit else {
                hasMore = true
                return
            }
            keys.append(row.int(0))
            guard keys.count == list.limit else { return }
            for column in 1..<row.count { last.append(row.sortValue(column)) }
        }
        return Page(rows: try keys.compactMap(load), next: hasMore ? last : nil)
    }
}
