/// A value of one of SQLite's five storage classes: an argument of a statement or a column of a row.
package enum SQLiteValue: Sendable, Hashable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case blob([UInt8])

    /// `NULL` for nil.
    package init(_ value: Int64?) { self = value.map { .integer($0) } ?? .null }

    /// `NULL` for nil.
    package init(_ value: Int?) { self = value.map { .integer(Int64($0)) } ?? .null }

    /// 0 or 1; `NULL` for nil.
    package init(_ value: Bool?) { self = value.map { .integer($0 ? 1 : 0) } ?? .null }

    /// `NULL` for nil. SQLite stores a NaN as `NULL` too.
    package init(_ value: Double?) { self = value.map { .real($0) } ?? .null }

    /// `NULL` for nil.
    package init(_ value: String?) { self = value.map { .text($0) } ?? .null }

    /// A blob; `NULL` for nil.
    package init(_ value: [UInt8]?) { self = value.map { .blob($0) } ?? .null }
}

extension SQLiteValue: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByStringLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByNilLiteral
{
    package init(integerLiteral value: Int64) { self = .integer(value) }

    package init(floatLiteral value: Double) { self = .real(value) }

    package init(stringLiteral value: String) { self = .text(value) }

    package init(booleanLiteral value: Bool) { self = .integer(value ? 1 : 0) }

    package init(nilLiteral: ()) { self = .null }
}
