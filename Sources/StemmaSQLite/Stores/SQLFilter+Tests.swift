internal import StemmaRegistry

/// The tests of single values. Each is unknown (`NULL`) where the value is absent or not of the literal's type.
extension SQLFilter {
    /// A literal as it is bound, and the storage classes of the values that it may be compared with.
    private struct Literal {
        let argument: SQLiteValue
        let types: String
    }

    static func comparison(
        _ value: String, _ content: SQLField.Content, _ relation: FilterRelation, _ literal: FilterValue
    ) -> SQLFragment {
        guard let literal = bound(literal, for: content) else { return SQLFragment("NULL") }
        let test = SQLFragment("\(value) \(relation.rawValue) ?", [literal.argument])
        return guarded(test, value, content, literal.types)
    }

    static func membership(
        _ value: String, _ content: SQLField.Content, _ literals: [FilterValue]
    ) -> SQLFragment {
        let bound: [Literal] = literals.compactMap { SQLFilter.bound($0, for: content) }
        guard let first = bound.first, bound.count == literals.count, bound.allSatisfy({ $0.types == first.types })
        else { return SQLFragment("NULL") }
        let places: String = bound.map { _ in "?" }.joined(separator: ", ")
        let test = SQLFragment("\(value) IN (\(places))", bound.map(\.argument))
        return guarded(test, value, content, first.types)
    }

    static func match(_ value: String, _ content: SQLField.Content, _ pattern: FilterPattern) -> SQLFragment {
        let text: String
        switch content {
        case .text, .scalar: text = value
        case .version(let written): text = written
        case .number, .time: return SQLFragment("NULL")
        }
        // SQLite's LIKE takes a to z and A to Z for the same, its GLOB does not.
        let test: SQLFragment =
            pattern.isCaseSensitive
            ? SQLFragment("\(text) GLOB ?", [.text(GlobPattern.from(pattern))])
            : SQLFragment("\(text) LIKE ? ESCAPE '\\'", [.text(pattern.text)])
        return guarded(test, text, content, SQLFilter.textTypes)
    }

    /// Nil where the literal is of a type that the content never has.
    private static func bound(_ literal: FilterValue, for content: SQLField.Content) -> Literal? {
        switch (literal, content) {
        case (.string(let text), .text), (.string(let text), .scalar):
            Literal(argument: .text(text), types: textTypes)
        case (.integer(let number), .number), (.integer(let number), .scalar):
            Literal(argument: .integer(number), types: numberTypes)
        case (.double(let number), .number), (.double(let number), .scalar):
            Literal(argument: .real(number), types: numberTypes)
        case (.boolean(let flag), .scalar):
            Literal(argument: SQLiteValue(attribute: flag), types: "('blob')")
        case (.time(let milliseconds), .time):
            Literal(argument: .integer(milliseconds), types: numberTypes)
        case (.version(let version), .version):
            Literal(argument: .blob(version.precedenceKey), types: "('blob')")
        default: nil
        }
    }

    private static let textTypes: String = "('text')"
    private static let numberTypes: String = "('integer', 'real')"

    /// Only values whose type each row decides need to be asked for it.
    private static func guarded(
        _ test: SQLFragment, _ value: String, _ content: SQLField.Content, _ types: String
    ) -> SQLFragment {
        guard case .scalar = content else { return test }
        var condition = SQLFragment("CASE WHEN typeof(\(value)) IN \(types) THEN ")
        condition.append(test)
        condition.append(" END")
        return condition
    }
}
