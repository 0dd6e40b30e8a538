internal import StemmaJSON

/// Turns a list request into a checked query and the page into an answer with a cursor.
struct Lister: Sendable {
    let core: RegistryCore
    /// Names the list (with its parent) in cursors, so that one list's cursor does not open another.
    let list: String
    let schema: FilterSchema
    let defaultOrdering: String

    /// Throws `validationFailed` for a limit out of range, `invalidFilter` with the column, `invalidCursor`.
    func list(
        _ request: ListRequest, _ principal: Principal,
        _ fetch: @escaping @Sendable (any MetadataReader, ListQuery) throws -> Page<[UInt8]>
    ) async throws -> ListAnswer {
        let page = try await self.fetch(request, principal, fetch)
        return ListAnswer(items: page.rows, nextCursor: page.cursor)
    }

    /// The same for rows of any kind.
    func fetch<Row: Sendable>(
        _ request: ListRequest, _ principal: Principal,
        _ fetch: @escaping @Sendable (any MetadataReader, ListQuery) throws -> Page<Row>
    ) async throws -> (rows: [Row], cursor: String?) {
        let prepared = try prepare(request, principal)
        let page: Page<Row> = try await core.store.read { reader in try fetch(reader, prepared.query) }
        return (page.rows, page.next.map { prepared.codec.encode($0) })
    }

    private func prepare(
        _ request: ListRequest, _ principal: Principal
    ) throws(StemmaError) -> (query: ListQuery, codec: Cursor) {
        let limit: Int = try core.policy.limits.listLimit(request.limit)
        let filter: FilterExpression? = try Lister.parseFilter(request.filter, schema)
        let ordering: Ordering = try parseOrdering(request.orderBy)
        let identity: String = [list, request.filter ?? "", request.orderBy ?? ""].joined(separator: "\u{0}")
        let codec = Cursor(key: core.cursorKey, identity: identity)
        var after: [SortValue]?
        if let text = request.cursor { after = try codec.decode(text) }
        return (
            ListQuery(filter: filter, ordering: ordering, after: after, limit: limit, scope: principal.scope), codec
        )
    }

    static func parseFilter(_ text: String?, _ schema: FilterSchema) throws(StemmaError) -> FilterExpression? {
        guard let text, !text.isEmpty else { return nil }
        do throws(FilterError) {
            return try FilterParser.parse(text, fields: schema)
        } catch {
            throw Lister.refusal("filter", error)
        }
    }

    private func parseOrdering(_ text: String?) throws(StemmaError) -> Ordering {
        let wanted: String = text.flatMap { $0.isEmpty ? nil : $0 } ?? defaultOrdering
        do throws(FilterError) {
            return try Ordering.parse(wanted, fields: schema)
        } catch {
            throw Lister.refusal("order_by", error)
        }
    }

    static func refusal(_ parameter: String, _ error: FilterError) -> StemmaError {
        StemmaError(
            .invalidFilter, "\(parameter), column \(error.column): \(error.message)",
            faults: [StemmaError.Fault(pointer: "?\(parameter)", detail: "column \(error.column): \(error.message)")],
            members: ["column": .integer(Int64(error.column))])
    }
}
