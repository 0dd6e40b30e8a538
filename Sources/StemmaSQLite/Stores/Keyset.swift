internal import StemmaRegistry

/// The condition that a row comes after the last row of the page before.
///
/// For the terms t1, t2, ... and the key it says: t1 after, or t1 equal and t2 after, and so on. Absent values come
/// last in either direction, so that nothing comes after one, and one comes after every value.
struct Keyset {
    /// One term of an ordering, the key's included.
    struct Term {
        let value: SQLFragment
        let isNullable: Bool
        let isDescending: Bool
    }

    let terms: [Term]

    /// `ORDER BY` over result columns that hold the terms' values, the first of them `firstColumn`, counted from 1.
    func order(firstColumn: Int) -> String {
        var parts: [String] = []
        for (position, term) in terms.enumerated() {
            var part: String = "\(firstColumn + position) \(term.isDescending ? "DESC" : "ASC")"
            // Said only where it matters: with it, SQLite would not use an index for the order.
            if term.isNullable { part += " NULLS LAST" }
            parts.append(part)
        }
        return parts.joined(separator: ", ")
    }

    /// The condition. Throws `invalidCursor` where the values are not those of this ordering.
    func isAfter(_ values: [SortValue]) throws(StemmaError) -> SQLFragment {
        guard values.count == terms.count, !values.isEmpty else {
            throw StemmaError(.invalidCursor, "the cursor belongs to another ordering")
        }
        var result = SQLFragment()
        if let bound = leadingBound(values[0]) {
            result.append(bound)
            result.append(" AND ")
        }
        var alternatives: [SQLFragment] = []
        for (position, term) in terms.enumerated() {
            guard let after = after(term, values[position]) else { continue }
            var parts: [SQLFragment] = []
            for earlier in 0..<position { parts.append(equal(terms[earlier], values[earlier])) }
            parts.append(after)
            var alternative = SQLFragment("(")
            alternative.append(parts, separator: " AND ")
            alternative.append(")")
            alternatives.append(alternative)
        }
        result.append("(")
        result.append(alternatives, separator: " OR ")
        result.append(")")
        return result
    }

    /// Implied by the alternatives, but said apart so that an index can be entered at the right place.
    private func leadingBound(_ value: SortValue) -> SQLFragment? {
        let term: Term = terms[0]
        guard !term.isNullable, value != .null else { return nil }
        return compare(term, term.isDescending ? "<=" : ">=", value)
    }

    private func after(_ term: Term, _ value: SortValue) -> SQLFragment? {
        guard value != .null else { return nil }
        let beyond: SQLFragment = compare(term, term.isDescending ? "<" : ">", value)
        guard term.isNullable else { return beyond }
        var fragment = SQLFragment("(")
        fragment.append(beyond)
        fragment.append(" OR ")
        fragment.append(term.value)
        fragment.append(" IS NULL)")
        return fragment
    }

    private func equal(_ term: Term, _ value: SortValue) -> SQLFragment {
        guard value != .null else {
            var fragment: SQLFragment = term.value
            fragment.append(" IS NULL")
            return fragment
        }
        return compare(term, "=", value)
    }

    private func compare(_ term: Term, _ sign: String, _ value: SortValue) -> SQLFragment {
        var fragment: SQLFragment = term.value
        fragment.append(" \(sign) ?", [SQLiteValue(value)])
        return fragment
    }
}
