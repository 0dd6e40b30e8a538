internal import StemmaRegistry

/// A piece of SQL with the values of its parameters, in order. Text that came from outside is only ever a value.
struct SQLFragment {
    private(set) var sql: String
    private(set) var arguments: [SQLiteValue]

    init(_ sql: String = "", _ arguments: [SQLiteValue] = []) {
        self.sql = sql
        self.arguments = arguments
    }

    var isEmpty: Bool { sql.isEmpty }

    mutating func append(_ sql: String, _ arguments: [SQLiteValue] = []) {
        self.sql += sql
        self.arguments += arguments
    }

    mutating func append(_ other: SQLFragment) { append(other.sql, other.arguments) }

    /// Appends fragments with `separator` between them.
    mutating func append(_ fragments: [SQLFragment], separator: String) {
        for (position, fragment) in fragments.enumerated() {
            if position > 0 { sql += separator }
            append(fragment)
        }
    }

    /// Appends the condition that the scope covers the name in that column; nothing where it covers every name, and a
    /// condition that is never met where it covers none.
    mutating func append(scope: ModelScope, name column: String) {
        guard !scope.isUnlimited else { return }
        guard !scope.patterns.isEmpty else { return append("FALSE") }
        // With one pattern SQLite may enter an index at the pattern's beginning. With several it would collect and sort
        // all matches before the first is answered, which the plus sign keeps it from.
        let operand: String = scope.patterns.count == 1 ? column : "+\(column)"
        let patterns: [SQLFragment] = scope.patterns.map { pattern in
            SQLFragment("\(operand) GLOB ?", [.text(GlobPattern.fromScope(pattern))])
        }
        append("(")
        append(patterns, separator: " OR ")
        append(")")
    }
}
