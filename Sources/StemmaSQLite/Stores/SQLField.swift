internal import StemmaRegistry

/// A field of a filter or an ordering as SQL reads it: fixed text for a name from a fixed table.
struct SQLField {
    /// Where the value comes from.
    enum Source {
        /// An expression over the listed row.
        case expression(String)
        /// An expression over at most one row of what follows `FROM`.
        case lookup(String, from: SQLFragment)
        /// An expression over each of any number of rows of what follows `FROM`, which has a `WHERE` clause.
        case members(String, from: SQLFragment)
    }

    /// What the value is. Values that are `NULL` are left out of this.
    enum Content {
        case text
        case number
        /// Milliseconds.
        case time
        /// The bytes of a precedence, beside an expression for the version's text.
        case version(text: String)
        /// Each row decides: text, a number, or a boolean as `SQLiteValue(attribute:)` writes it.
        case scalar
    }

    let source: Source
    let content: Content
    /// True where some rows have no value.
    let isNullable: Bool
    /// What rises with the value from row to row and has an index, which the value has not: rows that are ordered by the value
    /// alone are read by this.
    var rank: String?

    /// A column, or an expression over columns, that always has a value.
    static func column(_ expression: String, _ content: Content) -> SQLField {
        SQLField(source: .expression(expression), content: content, isNullable: false)
    }

    /// The same, where `rank` gives rows the same order.
    static func column(_ expression: String, _ content: Content, rank: String) -> SQLField {
        SQLField(source: .expression(expression), content: content, isNullable: false, rank: rank)
    }

    /// A column, or an expression over columns, that may be `NULL`.
    static func optional(_ expression: String, _ content: Content) -> SQLField {
        SQLField(source: .expression(expression), content: content, isNullable: true)
    }

    /// A value in another table, where there is a row for it.
    static func lookup(_ expression: String, from: SQLFragment, _ content: Content) -> SQLField {
        SQLField(source: .lookup(expression, from: from), content: content, isNullable: true)
    }

    /// The value as one expression; nil where a row may have several.
    var value: SQLFragment? {
        switch source {
        case .expression(let sql): return SQLFragment(sql)
        case .lookup(let sql, let from): return SQLField.select(SQLFragment(sql), from)
        case .members: return nil
        }
    }

    /// `(SELECT what FROM from)`.
    static func select(_ what: SQLFragment, _ from: SQLFragment) -> SQLFragment {
        var fragment = SQLFragment("(SELECT ")
        fragment.append(what)
        fragment.append(" FROM ")
        fragment.append(from)
        fragment.append(")")
        return fragment
    }
}

/// The fields of one kind of row: one for every field of its `FilterSchema`. Throws `invalidFilter` where a member of
/// a family cannot be looked up.
typealias SQLFieldTable = @Sendable (FilterField) throws(StemmaError) -> SQLField?
