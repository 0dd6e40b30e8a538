/// One page of a list as services ask stores for it.
///
/// Rows come in the order of `ordering`, then by the row's key (descending where the first term descends), so that the
/// order is total; a row whose sort value is absent comes last in either direction.
package struct ListQuery: Sendable {
    package let filter: FilterExpression?
    package let ordering: Ordering
    /// The sort values and key of the last row of the page before; nil for the first page.
    package let after: [SortValue]?
    /// Rows wanted, at least 1.
    package let limit: Int
    /// Only models whose name this covers.
    package let scope: ModelScope

    package init(filter: FilterExpression?, ordering: Ordering, after: [SortValue]?, limit: Int, scope: ModelScope) {
        self.filter = filter
        self.ordering = ordering
        self.after = after
        self.limit = limit
        self.scope = scope
    }
}

/// A value that rows are ordered by, as a store read it.
package enum SortValue: Sendable, Equatable {
    case null
    case integer(Int64)
    case number(Double)
    case text(String)
    case bytes([UInt8])
}

/// Rows and where to go on.
package struct Page<Row: Sendable>: Sendable {
    package let rows: [Row]
    /// For `ListQuery.after` of the next page; nil on the last one.
    package let next: [SortValue]?

    package init(rows: [Row], next: [SortValue]?) {
        self.rows = rows
        self.next = next
    }
}
