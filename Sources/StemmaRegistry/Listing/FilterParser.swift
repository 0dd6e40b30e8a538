/// Reads the filter grammar of lists:
///
///     expression = conjunction { OR conjunction }
///     conjunction = factor { AND factor }
///     factor = NOT factor | "(" expression ")" | test
///     test = path relation literal | path [NOT] IN "(" literal { "," literal } ")"
///          | path [NOT] (LIKE | ILIKE) string | path IS [NOT] NULL
///     relation = "=" | "!=" | "<" | "<=" | ">" | ">="
///
/// Keywords are taken in any case. A quote within a quoted string or name is written twice.
package enum FilterParser {
    /// Tests in one filter.
    package static let comparisonsMax = 64
    /// Values in one `IN` list.
    package static let membersMax = 256
    /// Parentheses and `NOT`s open at once.
    package static let depthMax = 32

    /// The filter's tree. Throws `FilterError` for syntax, for fields that `fields` does not know, for values of the
    /// wrong type, and beyond 8 KiB of text, 64 tests, 256 values in a list or 32 levels.
    package static func parse(_ text: String, fields: FilterSchema) throws(FilterError) -> FilterExpression {
        var run = FilterParserRun(scanner: try FilterScanner(text), fields: fields)
        return try run.filter()
    }
}

/// The recursive descent over one filter.
private struct FilterParserRun {
    var scanner: FilterScanner
    let fields: FilterSchema
    var comparisonCount = 0

    init(scanner: FilterScanner, fields: FilterSchema) {
        self.scanner = scanner
        self.fields = fields
    }

    mutating func filter() throws(FilterError) -> FilterExpression {
        if scanner.isAtEnd() { throw FilterError(column: 1, "the filter is empty") }
        let expression = try expression(depth: 0)
        guard scanner.isAtEnd() else { throw expected("AND, OR or the end") }
        return expression
    }

    private func expected(_ what: String) -> FilterError {
        FilterError(column: scanner.column, "expected \(what), found \(scanner.found())")
    }

    private mutating func expression(depth: Int) throws(FilterError) -> FilterExpression {
        var terms = [try conjunction(depth: depth)]
        while scanner.takeKeyword("OR") { terms.append(try conjunction(depth: depth)) }
        return terms.count == 1 ? terms[0] : .any(terms)
    }

    private mutating func conjunction(depth: Int) throws(FilterError) -> FilterExpression {
        var factors = [try factor(depth: depth)]
        while scanner.takeKeyword("AND") { factors.append(try factor(depth: depth)) }
        return factors.count == 1 ? factors[0] : .all(factors)
    }

    private mutating func factor(depth: Int) throws(FilterError) -> FilterExpression {
        scanner.skipWhiteSpace()
        let start = scanner.column
        let isNegated = scanner.takeKeyword("NOT")
        guard isNegated || scanner.take("(") else { return try test() }
        guard depth < FilterParser.depthMax else {
            throw FilterError(column: start, "the filter is nested deeper than \(FilterParser.depthMax) levels")
        }
        if isNegated { return .not(try factor(depth: depth + 1)) }
        let inner = try expression(depth: depth + 1)
        guard scanner.take(")") else { throw expected("AND, OR or )") }
        return inner
    }

    private mutating func test() throws(FilterError) -> FilterExpression {
        let start = scanner.column
        for keyword in ["AND", "OR", "IN", "LIKE", "ILIKE", "IS"] {
            var ahead = scanner
            if ahead.takeKeyword(keyword) { throw expected("a field's name (a field of that name goes in quotes)") }
        }
        let path = try scanner.path()
        guard let field = fields.field(path) else {
            throw FilterError(column: start, "unknown field '\(path)'; known are \(fields.summary)")
        }
        comparisonCount += 1
        guard comparisonCount <= FilterParser.comparisonsMax else {
            throw FilterError(column: start, "the filter has more than \(FilterParser.comparisonsMax) comparisons")
        }
        if let relation = takeRelation() { return try comparison(field, relation.relation, at: relation.column) }
        if scanner.takeKeyword("IS") {
            let isNegated = scanner.takeKeyword("NOT")
            guard scanner.takeKeyword("NULL") else { throw expected(isNegated ? "NULL" : "NULL or NOT NULL") }
            return isNegated ? .not(.isNull(field)) : .isNull(field)
        }
        let isNegated = scanner.takeKeyword("NOT")
        let positive = try membershipOrPattern(field, isNegated: isNegated)
        return isNegated ? .not(positive) : positive
    }

    private mutating func takeRelation() -> (relation: FilterRelation, column: Int)? {
        scanner.skipWhiteSpace()
        let column = scanner.column
        return scanner.takeRelation().map { ($0, column) }
    }

    private mutating func comparison(
        _ field: FilterField, _ relation: FilterRelation, at column: Int
    ) throws(FilterError) -> FilterExpression {
        let value = try value(for: field)
        if case .boolean = value, relation != .equal, relation != .notEqual {
            throw FilterError(column: column, "true and false are compared with = and != only")
        }
        return .comparison(field, relation, value)
    }

    private mutating func membershipOrPattern(
        _ field: FilterField, isNegated: Bool
    ) throws(FilterError) -> FilterExpression {
        scanner.skipWhiteSpace()
        let column = scanner.column
        if scanner.takeKeyword("IN") { return .membership(field, try members(of: field)) }
        let isCaseSensitive = scanner.takeKeyword("LIKE")
        guard isCaseSensitive || scanner.takeKeyword("ILIKE") else {
            throw expected(isNegated ? "IN, LIKE or ILIKE" : "an operator (= != < <= > >= IN LIKE ILIKE IS)")
        }
        guard [.string, .version, .any].contains(field.type) else {
            throw FilterError(column: column, "LIKE is for text, and '\(field.path)' is a \(field.type.rawValue)")
        }
        scanner.skipWhiteSpace()
        let patternColumn = scanner.column
        guard case .string(let text) = try scanner.literal() else {
            throw FilterError(column: patternColumn, "a pattern is a text in quotes")
        }
        guard let pattern = FilterPattern(text, isCaseSensitive: isCaseSensitive) else {
            throw FilterError(
                column: patternColumn, "the pattern ends in a single backslash; write \\\\ for the character itself")
        }
        return .pattern(field, pattern)
    }

    private mutating func members(of field: FilterField) throws(FilterError) -> [FilterValue] {
        guard scanner.take("(") else { throw expected("( after IN") }
        var members: [FilterValue] = []
        repeat {
            scanner.skipWhiteSpace()
            let column = scanner.column
            let member = try value(for: field)
            if let first = members.first, !Self.areOfOneType(first, member) {
                throw FilterError(column: column, "the values of an IN list must be of one type")
            }
            members.append(member)
            guard members.count <= FilterParser.membersMax else {
                throw FilterError(column: column, "an IN list has at most \(FilterParser.membersMax) values")
            }
        } while scanner.take(",")
        guard scanner.take(")") else { throw expected(", or )") }
        return members
    }

    private static func areOfOneType(_ left: FilterValue, _ right: FilterValue) -> Bool {
        FilterRelation.equal.holds(left, right) != nil
    }

    /// Takes a literal and turns it into what the field is compared in.
    private mutating func value(for field: FilterField) throws(FilterError) -> FilterValue {
        scanner.skipWhiteSpace()
        let column = scanner.column
        let literal = try scanner.literal()
        switch (field.type, literal) {
        case (.any, _), (.string, .string), (.boolean, .boolean), (.number, .integer), (.number, .double):
            return literal
        case (.time, .string(let text)):
            if let time = FilterTime.milliseconds(text) { return .time(time) }
        case (.version, .string(let text)):
            if let version = SemanticVersion(text) { return .version(version) }
        default: break
        }
        throw FilterError(column: column, "'\(field.path)' is compared with \(Self.words(for: field.type))")
    }

    private static func words(for type: FilterType) -> String {
        switch type {
        case .string: "a text in quotes"
        case .number: "a number"
        case .boolean: "true or false"
        case .time: "a time in quotes, such as '2024-01-15T10:30:00Z' or '2024-01-15'"
        case .version: "a whole version in quotes, such as '2.1.3'"
        case .any: "a text in quotes, a number, true or false"
        }
    }
}
