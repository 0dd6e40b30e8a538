/// A filter as a tree, checked against its schema: every literal has the type that its field is compared in.
///
/// The logic is SQL's with three values: a comparison with a field that has no value is unknown, and only what is true
/// passes. A field of type `any` whose value is of another type than the literal counts as one without value.
package indirect enum FilterExpression: Sendable, Equatable {
    case comparison(FilterField, FilterRelation, FilterValue)
    /// One of the values, which are not empty and of one type. (`NOT IN` is `.not` of it.)
    case membership(FilterField, [FilterValue])
    /// The text matches the pattern. (`NOT LIKE` is `.not` of it.)
    case pattern(FilterField, FilterPattern)
    /// The field has no value. Never unknown. (`IS NOT NULL` is `.not` of it.)
    case isNull(FilterField)
    case not(FilterExpression)
    /// Two or more, joined by `AND`.
    case all([FilterExpression])
    /// Two or more, joined by `OR`.
    case any([FilterExpression])
}

/// How two values are compared: numbers by magnitude, strings by their UTF-8 bytes, times by moment, versions by
/// precedence, booleans for equality only.
package enum FilterRelation: String, Sendable, CaseIterable {
    case equal = "="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
}

/// A literal of a filter, or a field's value that it is compared with.
package enum FilterValue: Sendable, Equatable {
    case string(String)
    case integer(Int64)
    /// Always finite.
    case double(Double)
    case boolean(Bool)
    /// Milliseconds since 1970-01-01T00:00:00Z.
    case time(Int64)
    case version(SemanticVersion)
}

/// Why a filter or an ordering is refused, and where.
package struct FilterError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Counted from 1 in characters (Unicode scalars).
    package let column: Int
    /// What is wrong there and what would be right, for the client.
    package let message: String

    /// See the members for what the values mean.
    package init(column: Int, _ message: String) {
        self.column = column
        self.message = message
    }

    /// Words for the client with the column in front.
    package var description: String { "column \(column): \(message)" }
}
