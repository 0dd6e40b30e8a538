internal import StemmaJSON

extension FilterExpression {
    /// The verdict on one item, nil for unknown. `lookup` answers a field's value, or nil where it has none (absent,
    /// null, or no scalar). This is the reference for every translation of filters into a query language.
    package func matches(_ lookup: (FieldPath) -> FilterValue?) -> Bool? {
        switch self {
        case .comparison(let field, let relation, let literal):
            return lookup(field.path).flatMap { relation.holds($0, literal) }
        case .membership(let field, let literals):
            guard let value = lookup(field.path) else { return nil }
            return Self.disjunction(literals) { FilterRelation.equal.holds(value, $0) }
        case .pattern(let field, let pattern):
            switch lookup(field.path) {
            case .string(let text): return pattern.matches(text)
            case .version(let version): return pattern.matches(version.text)
            default: return nil
            }
        case .isNull(let field): return lookup(field.path) == nil
        case .not(let inner): return inner.matches(lookup).map { !$0 }
        case .all(let inner): return Self.disjunction(inner) { $0.matches(lookup).map { !$0 } }.map { !$0 }
        case .any(let inner): return Self.disjunction(inner) { $0.matches(lookup) }
        }
    }

    /// True where one is true, else unknown where one is unknown, else false.
    private static func disjunction<Element>(_ elements: [Element], _ verdict: (Element) -> Bool?) -> Bool? {
        var result: Bool? = false
        for element in elements {
            switch verdict(element) {
            case true?: return true
            case nil: result = nil
            case false?: break
            }
        }
        return result
    }
}

extension FilterRelation {
    /// The comparison of two values, nil where their types differ.
    package func holds(_ left: FilterValue, _ right: FilterValue) -> Bool? {
        switch (left, right) {
        case (.string(let a), .string(let b)):
            ordered(isLess: ExactText.precedes(a, b), isSame: ExactText.areSame(a, b))
        case (.boolean(let a), .boolean(let b)): ordered(isLess: !a && b, isSame: a == b)
        case (.time(let a), .time(let b)): ordered(isLess: a < b, isSame: a == b)
        case (.version(let a), .version(let b)): ordered(isLess: a.precedes(b), isSame: a.isSamePrecedence(as: b))
        case (.integer(let a), .integer(let b)): ordered(isLess: a < b, isSame: a == b)
        case (.double(let a), .double(let b)): ordered(isLess: a < b, isSame: a == b)
        // The library compares an integer with a double exactly, without rounding either.
        case (.integer(let a), .double(let b)): ordered(isLess: Self.isLess(a, b), isSame: Int64(exactly: b) == a)
        case (.double(let a), .integer(let b)): ordered(isLess: Self.isLess(a, b), isSame: Int64(exactly: a) == b)
        default: nil
        }
    }

    private func ordered(isLess: Bool, isSame: Bool) -> Bool {
        switch self {
        case .equal: isSame
        case .notEqual: !isSame
        case .less: isLess
        case .lessOrEqual: isLess || isSame
        case .greater: !isLess && !isSame
        case .greaterOrEqual: !isLess
        }
    }

    /// Exact comparison of an integer with a finite double.
    private static func isLess(_ integer: Int64, _ double: Double) -> Bool {
        if double >= 0x1p63 { return true }
        if double < -0x1p63 { return false }
        // Rounding up keeps "below" exact: integer < double holds when and only when integer < ceiling(double).
        let ceiling = double.rounded(.up)
        return ceiling >= 0x1p63 || integer < Int64(ceiling)
    }

    private static func isLess(_ double: Double, _ integer: Int64) -> Bool {
        if double >= 0x1p63 { return false }
        if double < -0x1p63 { return true }
        return Int64(double.rounded(.down)) < integer
    }
}
