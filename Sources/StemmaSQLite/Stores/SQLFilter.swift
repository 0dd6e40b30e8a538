internal import StemmaRegistry

/// Translates a filter into a condition with bound parameters; `FilterExpression.matches` says what it must mean.
///
/// SQL has the same logic of three values, so `AND`, `OR` and `NOT` are taken over. What needs care is that SQLite
/// compares values of different types, which here must be unknown.
struct SQLFilter {
    private let fields: SQLFieldTable

    init(_ fields: @escaping SQLFieldTable) { self.fields = fields }

    /// The condition. Throws `invalidFilter` for a field that the table does not have.
    func compile(_ expression: FilterExpression) throws(StemmaError) -> SQLFragment {
        try compile(expression, isNegated: false).condition
    }

    /// A condition with how deep its parentheses go.
    private struct Compiled {
        let condition: SQLFragment
        let depth: Int
    }

    private func compile(_ expression: FilterExpression, isNegated: Bool) throws(StemmaError) -> Compiled {
        switch expression {
        case .not(let inner): return try compile(inner, isNegated: !isNegated)
        case .all(let parts): return try join(parts, isNegated ? " OR " : " AND ", isNegated: isNegated)
        case .any(let parts): return try join(parts, isNegated ? " AND " : " OR ", isNegated: isNegated)
        case .comparison, .membership, .pattern, .isNull:
            let test: SQLFragment = try test(expression)
            guard isNegated else { return Compiled(condition: test, depth: 0) }
            var negation = SQLFragment("NOT (")
            negation.append(test)
            negation.append(")")
            return Compiled(condition: negation, depth: 0)
        }
    }

    /// SQLite's parser keeps what is open on a stack of 100 places. With negations carried down to the tests and the
    /// deepest part first, a level of nesting takes one place instead of three.
    private func join(
        _ parts: [FilterExpression], _ word: String, isNegated: Bool
    ) throws(StemmaError) -> Compiled {
        var compiled: [Compiled] = []
        for part in parts { compiled.append(try compile(part, isNegated: isNegated)) }
        compiled.sort { $0.depth > $1.depth }
        var condition = SQLFragment("(")
        condition.append(compiled.map(\.condition), separator: word)
        condition.append(")")
        return Compiled(condition: condition, depth: (compiled.first?.depth ?? 0) + 1)
    }

    private func test(_ expression: FilterExpression) throws(StemmaError) -> SQLFragment {
        switch expression {
        case .comparison(let name, let relation, let literal):
            let field: SQLField = try field(name)
            if case .members(let value, let from) = field.source, relation == .notEqual {
                // True where no member equals it, also where there is none.
                return SQLFilter.exists(
                    SQLFilter.comparison(value, field.content, .equal, literal), from, isNegated: true)
            }
            return SQLFilter.apply(field) { SQLFilter.comparison($0, field.content, relation, literal) }
        case .membership(let name, let literals):
            let field: SQLField = try field(name)
            return SQLFilter.apply(field) { SQLFilter.membership($0, field.content, literals) }
        case .pattern(let name, let pattern):
            let field: SQLField = try field(name)
            return SQLFilter.apply(field) { SQLFilter.match($0, field.content, pattern) }
        case .isNull(let name):
            return SQLFilter.absence(try field(name))
        case .not, .all, .any:
            preconditionFailure("not a test")
        }
    }

    private func field(_ name: FilterField) throws(StemmaError) -> SQLField {
        guard let field = try fields(name) else {
            throw StemmaError(.invalidFilter, "rows cannot be filtered by \(name.path)")
        }
        return field
    }

    /// The test of the field's value, made where that value is.
    private static func apply(_ field: SQLField, _ test: (String) -> SQLFragment) -> SQLFragment {
        switch field.source {
        case .expression(let value): test(value)
        case .lookup(let value, let from): SQLField.select(test(value), from)
        case .members(let value, let from): exists(test(value), from, isNegated: false)
        }
    }

    private static func exists(_ test: SQLFragment, _ from: SQLFragment, isNegated: Bool) -> SQLFragment {
        var condition = SQLFragment("\(isNegated ? "NOT " : "")EXISTS (SELECT 1 FROM ")
        condition.append(from)
        condition.append(" AND ")
        condition.append(test)
        condition.append(")")
        return condition
    }

    private static func absence(_ field: SQLField) -> SQLFragment {
        if case .members(_, let from) = field.source { return exists(SQLFragment("TRUE"), from, isNegated: true) }
        var condition: SQLFragment = field.value ?? SQLFragment("NULL")
        condition.append(" IS NULL")
        return condition
    }
}
