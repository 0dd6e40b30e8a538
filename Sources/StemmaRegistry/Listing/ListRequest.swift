/// What a client asks of a list, as sent.
package struct ListRequest: Sendable {
    /// Rows wanted; nil for the default.
    package let limit: Int?
    package let cursor: String?
    package let filter: String?
    package let orderBy: String?

    package init(limit: Int? = nil, cursor: String? = nil, filter: String? = nil, orderBy: String? = nil) {
        self.limit = limit
        self.cursor = cursor
        self.filter = filter
        self.orderBy = orderBy
    }
}

/// One page: representations and where to go on.
package struct ListAnswer: Sendable {
    /// JSON texts.
    package let items: [[UInt8]]
    package let nextCursor: String?

    package init(items: [[UInt8]], nextCursor: String?) {
        self.items = items
        self.nextCursor = nextCursor
    }
}
