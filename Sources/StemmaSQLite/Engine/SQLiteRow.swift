internal import CSQLite

/// The current row of a running statement. It is valid only inside the closure it is passed to, which is why it
/// cannot be copied. Columns are counted from 0; a column that does not exist is a programmer error.
package struct SQLiteRow: ~Copyable {
    private let statement: OpaquePointer

    init(statement: OpaquePointer) { self.statement = statement }

    /// How many columns the row has.
    package var count: Int { Int(sqlite3_data_count(statement)) }

    /// True if the column is `NULL`.
    package func isNull(_ column: Int) -> Bool { type(column) == SQLITE_NULL }

    /// The column as an integer; 0 for `NULL`.
    package func int(_ column: Int) -> Int64 { sqlite3_column_int64(statement, index(column)) }

    /// The column as an integer; nil for `NULL`.
    package func optionalInt(_ column: Int) -> Int64? { isNull(column) ? nil : int(column) }

    /// The column as a floating-point number; 0 for `NULL`.
    package func double(_ column: Int) -> Double { sqlite3_column_double(statement, index(column)) }

    /// The column as a floating-point number; nil for `NULL`.
    package func optionalDouble(_ column: Int) -> Double? { isNull(column) ? nil : double(column) }

    /// The column as text; empty for `NULL`.
    package func text(_ column: Int) -> String {
        let position: Int32 = index(column)
        guard let start = sqlite3_column_text(statement, position) else { return "" }
        let length: Int = Int(sqlite3_column_bytes(statement, position))
        return String(decoding: UnsafeBufferPointer(start: start, count: length), as: UTF8.self)
    }

    /// The column as text; nil for `NULL`.
    package func optionalText(_ column: Int) -> String? { isNull(column) ? nil : text(column) }

    /// The bytes of a blob, or the UTF-8 of a text; empty for `NULL`.
    package func bytes(_ column: Int) -> [UInt8] { withBytes(column) { Array($0) } }

    /// The bytes of a blob, or the UTF-8 of a text; nil for `NULL`.
    package func optionalBytes(_ column: Int) -> [UInt8]? { isNull(column) ? nil : bytes(column) }

    /// Lends the bytes of a blob, or the UTF-8 of a text, without a copy. The buffer ends with the closure.
    package func withBytes<T>(_ column: Int, _ body: (UnsafeRawBufferPointer) throws -> T) rethrows -> T {
        let position: Int32 = index(column)
        // The order matters: the bytes first, since asking for them may convert a number to text.
        let start: UnsafeRawPointer? = sqlite3_column_blob(statement, position)
        let length: Int = Int(sqlite3_column_bytes(statement, position))
        return try body(UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : length))
    }

    /// The column in its own storage class.
    package func value(_ column: Int) -> SQLiteValue {
        switch type(column) {
        case SQLITE_INTEGER: .integer(int(column))
        case SQLITE_FLOAT: .real(double(column))
        case SQLITE_TEXT: .text(text(column))
        case SQLITE_BLOB: .blob(bytes(column))
        default: .null
        }
    }

    private func type(_ column: Int) -> Int32 { sqlite3_column_type(statement, index(column)) }

    private func index(_ column: Int) -> Int32 {
        assert(column >= 0 && column < count, "the row has no column \(column)")
        return Int32(truncatingIfNeeded: column)
    }
}
