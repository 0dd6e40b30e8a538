/// One term of an ordering: a field and its direction.
package struct OrderingTerm: Sendable, Hashable {
    /// What is compared.
    package let field: FilterField
    /// False where the greatest comes first.
    package let isAscending: Bool

    /// See the members.
    package init(field: FilterField, isAscending: Bool) {
        self.field = field
        self.isAscending = isAscending
    }
}

/// How a list is ordered: `metrics.auc_roc desc, created_at`.
package struct Ordering: Sendable, Hashable {
    /// The most significant first; not empty, no field twice.
    package let terms: [OrderingTerm]

    /// The most terms in one ordering.
    package static let termsMax = 4

    /// Reads up to four paths with commas between them, each followed by `asc` (taken where nothing is said) or `desc`.
    /// Throws `FilterError` for syntax, for fields that `fields` does not know, and for one that comes twice.
    package static func parse(_ text: String, fields: FilterSchema) throws(FilterError) -> Ordering {
        var scanner = try FilterScanner(text)
        var terms: [OrderingTerm] = []
        repeat {
            scanner.skipWhiteSpace()
            let column = scanner.column
            let path = try scanner.path()
            guard let field = fields.field(path) else {
                throw FilterError(column: column, "unknown field '\(path)'; known are \(fields.summary)")
            }
            guard !terms.contains(where: { $0.field == field }) else {
                throw FilterError(column: column, "the field '\(path)' comes twice")
            }
            guard terms.count < termsMax else {
                throw FilterError(column: column, "an ordering has at most \(termsMax) fields")
            }
            let isDescending = scanner.takeKeyword("DESC")
            if !isDescending { _ = scanner.takeKeyword("ASC") }
            terms.append(OrderingTerm(field: field, isAscending: !isDescending))
        } while scanner.take(",")
        guard scanner.isAtEnd() else {
            throw FilterError(
                column: scanner.column, "expected asc, desc, a comma or the end, found \(scanner.found())")
        }
        return Ordering(terms: terms)
    }
}
