internal import StemmaJSON

/// Pages of a list as it was: rows are put together one by one, in an order that never changes, and asked by the filter.
struct PastLister: Sendable {
    let core: RegistryCore
    /// Names the list (with its parent) in cursors.
    let list: String
    let schema: FilterSchema
    /// Fields that it can be ordered by; the first of them is the position that no other field tells.
    let orderings: [String]
    let defaultOrdering: String
    let asOf: Timestamp

    /// A checked request.
    struct Plan: Sendable {
        let filter: PastFilter
        let field: String
        let isDescending: Bool
        let after: SortValue?
        let limit: Int
        fileprivate let codec: Cursor
        /// Candidates that one page looks at, at most.
        fileprivate let candidatesMax: Int

        /// The page of rows that pass, of what is in a scope, and of one model where one is given. `fetch` answers candidates;
        /// `build` answers nil for a row that does not pass. A page ends early where too many candidates had to be looked at.
        func page(
            _ view: PastView, _ scope: ModelScope, model: Int64? = nil, _ fetch: (PastQuery) throws -> [PastRow],
            _ build: (PastRow) throws -> [UInt8]?
        ) throws -> ListAnswer {
            func candidates(after position: SortValue?, _ limit: Int) throws -> [PastRow] {
                try fetch(
                    PastQuery(
                        moment: view.moment, model: model, isByName: field == "name", isDescending: isDescending,
                        after: position, limit: limit, scope: scope))
            }
            var items: [[UInt8]] = []
            var position: SortValue? = after
            var seen: Int = 0
            while true {
                let rows: [PastRow] = try candidates(after: position, PastLister.batch)
                for (index, row) in rows.enumerated() {
                    position = row.position
                    seen += 1
                    if let item = try build(row) { items.append(item) }
                    let isFull: Bool = items.count == limit || seen == candidatesMax
                    guard isFull else { continue }
                    let isLast: Bool = try index + 1 == rows.count && candidates(after: position, 1).isEmpty
                    return ListAnswer(items: items, nextCursor: isLast ? nil : codec.encode([row.position]))
                }
                if rows.count < PastLister.batch { return ListAnswer(items: items, nextCursor: nil) }
            }
        }
    }

    /// Rows that are fetched at once.
    private static let batch: Int = 200

    /// Throws `validationFailed` for a limit out of range, a moment to come, and an ordering that only the present has;
    /// `invalidFilter`, `invalidCursor`.
    func plan(_ request: ListRequest) throws(StemmaError) -> Plan {
        try PastView.requirePast(asOf, core)
        let limit: Int = try core.policy.limits.listLimit(request.limit)
        let filter: FilterExpression? = try Lister.parseFilter(request.filter, schema)
        let term: OrderingTerm = try ordering(request.orderBy)
        let identity: [String] = [list, request.filter ?? "", request.orderBy ?? "", "as_of", asOf.description]
        let codec = Cursor(key: core.cursorKey, identity: identity.joined(separator: "\u{0}"))
        var after: SortValue?
        if let text = request.cursor {
            guard let position = try codec.decode(text).first else { throw Cursor.refusal }
            after = position
        }
        return Plan(
            filter: PastFilter(filter), field: term.field.path.description, isDescending: !term.isAscending,
            after: after, limit: limit, codec: codec, candidatesMax: core.policy.limits.pastCandidates)
    }

    private func ordering(_ text: String?) throws(StemmaError) -> OrderingTerm {
        let wanted: String = text.flatMap { $0.isEmpty ? nil : $0 } ?? defaultOrdering
        let ordering: Ordering
        do throws(FilterError) {
            ordering = try Ordering.parse(wanted, fields: schema)
        } catch {
            throw Lister.refusal("order_by", error)
        }
        guard ordering.terms.count == 1, let term = ordering.terms.first,
            orderings.contains(term.field.path.description)
        else {
            let known: String = orderings.joined(separator: " or ")
            throw StemmaError.validation([
                ShapeFault(
                    pointer: "?order_by",
                    detail: "must be \(known) alone together with as_of: what else there is was put together from the "
                        + "audit trail, row by row, and has no order before all of it was")
            ])
        }
        return term
    }
}
