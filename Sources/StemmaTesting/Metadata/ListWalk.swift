internal import StemmaRegistry

/// Whole lists, page by page.
enum ListWalk {
    static func query(
        _ schema: FilterSchema, _ order: String, filter: FilterExpression? = nil, after: [SortValue]? = nil,
        limit: Int, scope: ModelScope = .everything
    ) throws -> ListQuery {
        ListQuery(
            filter: filter, ordering: try Ordering.parse(order, fields: schema), after: after, limit: limit,
            scope: scope)
    }

    static func models(
        _ store: any MetadataStore, _ order: String, filter: FilterExpression? = nil, limit: Int,
        scope: ModelScope = .everything
    ) async throws -> [[ModelRecord]] {
        try await pages { after in
            let query: ListQuery = try query(
                .models, order, filter: filter, after: after, limit: limit, scope: scope)
            return try await store.read { try $0.models(query) }
        }
    }

    static func versions(
        _ store: any MetadataStore, _ model: Int64?, _ order: String, filter: FilterExpression? = nil, limit: Int,
        scope: ModelScope = .everything
    ) async throws -> [[VersionRecord]] {
        try await pages { after in
            let query: ListQuery = try query(
                .versions, order, filter: filter, after: after, limit: limit, scope: scope)
            return try await store.read { try $0.versions(model: model, query) }
        }
    }

    static func events(
        _ store: any MetadataStore, _ order: String, filter: FilterExpression? = nil,
        range: AuditRange = AuditRange(), limit: Int, scope: ModelScope = .everything
    ) async throws -> [[AuditRecord]] {
        try await pages { after in
            let query: ListQuery = try query(
                .audit, order, filter: filter, after: after, limit: limit, scope: scope)
            return try await store.read { try $0.auditEvents(query, range: range) }
        }
    }

    /// Pages until one says that it is the last. An empty list has no page.
    private static func pages<Row: Sendable>(_ page: ([SortValue]?) async throws -> Page<Row>) async throws -> [[Row]] {
        var pages: [[Row]] = []
        var after: [SortValue]?
        repeat {
            let found: Page<Row> = try await page(after)
            if !found.rows.isEmpty { pages.append(found.rows) }
            after = found.next
            try expect(pages.count < 10_000, "the pages do not end")
        } while after != nil
        return pages
    }
}
