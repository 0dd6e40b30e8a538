internal import StemmaDigest
internal import StemmaRegistry

/// The registry's values as columns hold them: times as milliseconds, digests as 32 bytes, enumerations by name.
extension SQLiteRow {
    func timestamp(_ column: Int) -> Timestamp { Timestamp(milliseconds: int(column)) }

    func optionalTimestamp(_ column: Int) -> Timestamp? { optionalInt(column).map { Timestamp(milliseconds: $0) } }

    func digest(_ column: Int) throws(StemmaError) -> Digest {
        guard let digest = withBytes(column, { Digest(bytes: $0) }) else {
            throw StemmaError.damagedRow("column \(column) holds no digest")
        }
        return digest
    }

    func optionalDigest(_ column: Int) throws(StemmaError) -> Digest? {
        isNull(column) ? nil : try digest(column)
    }

    /// A value that is stored by its raw text.
    func named<T: RawRepresentable<String>>(_ column: Int, as type: T.Type = T.self) throws(StemmaError) -> T {
        guard let value = T(rawValue: text(column)) else {
            throw StemmaError.damagedRow("column \(column) holds no \(T.self)")
        }
        return value
    }

    /// A column that rows are ordered by.
    func sortValue(_ column: Int) -> SortValue {
        switch value(column) {
        case .null: .null
        case .integer(let number): .integer(number)
        case .real(let number): .number(number)
        case .text(let text): .text(text)
        case .blob(let bytes): .bytes(bytes)
        }
    }
}

extension SQLiteValue {
    init(_ moment: Timestamp) { self = .integer(moment.milliseconds) }

    init(_ moment: Timestamp?) { self = moment.map { .integer($0.milliseconds) } ?? .null }

    init(_ digest: Digest) { self = .blob(digest.bytes) }

    init(_ digest: Digest?) { self = digest.map { .blob($0.bytes) } ?? .null }

    init(_ value: SortValue) {
        switch value {
        case .null: self = .null
        case .integer(let number): self = .integer(number)
        case .number(let number): self = .real(number)
        case .text(let text): self = .text(text)
        case .bytes(let bytes): self = .blob(bytes)
        }
    }

    /// JSON text, which the caller vouches to be UTF-8.
    static func json(_ bytes: [UInt8]) -> SQLiteValue { .text(String(decoding: bytes, as: UTF8.self)) }
}

extension StemmaError {
    /// A row that this program cannot have written.
    static func damagedRow(_ what: String) -> StemmaError {
        StemmaError(.internalError, "a stored record cannot be read", cause: "damaged row: \(what)")
    }
}
