/// A field of a filter or an ordering as SQL reads it: a fixed expression for a name from a fixed table.
struct SQLField {
    /// Where the value comes from.
    enum Source {
        /// An expression over the listed row.
        case expression(String)
        /// At most one row of what follows `FROM`; the expression is read from it.
        case lookup(String, from: SQLFragment)
        /// Any number of rows of what follows `FROM`, up to its `WHERE` clause and with it.
        case members(String, from: SQLFragment)
    }

    /// What is compared with what.
    enum Content {
        case text
        case number
        /// Milliseconds.
        case time
        /// Semantic versions: their text, beside the precedence that comparisons use.
        case version(text: String)
        /// Decided by each row: text, number or a boolean as `SQLiteValue(attribute:)` writes it.
        case scalar
    }

    let source: Source
    let content: Content
    /// True where some rows have no value.
    let isNullable: Bool

    init(_ source: Source, _ content: Content, isNullable: Bool) {
        self.source = source
        self.content = content
        self.isNullable = isNullable
    }

    /// A column, or an expression over columns, that always has a value.
    static func column(_ expression: String, _ content: Content) -> SQLField {
        SQLField(.expression(expression), content, isNullable: false)
    }

    /// A column, or an expression over columns, that may be `NULL`.
    static func optional(_ expression: String, _ content: Content) -> SQLField {
        SQLField(.expression(expression), content, isNullable: true)
    }

    /// The value as one expression, for orderings; nil where a row may have several.
    var value: SQLFragment? {
        switch source {
        case .expression(let sql):
            return SQLFragment(sql)
        case .lookup(let sql, let from):
            var fragment = SQLFragment("(SELECT \(sql) FROM ")
            fragment.append(from)
            fragment.append(")")
            return fragment
        case .members:
            return nil
        }
    }
}

/// The fields of one kind of row by name.
struct SQLFieldTable {
    /// The field of a full name such as `state` or `metrics.auc_roc`; nil where there is none.
    let field: @Sendable (String) -> SQLField?
}
