import CSQLite
import Glibc

/// Plain reading of a database file that no daemon has open, by the C library itself.
final class DatabaseReader {
    /// A column's value: integers as such, everything else as its bytes; nil for NULL.
    enum Value: Hashable {
        case integer(Int64)
        case bytes([UInt8])

        var integer: Int64 { if case .integer(let value) = self { value } else { -1 } }
        var bytes: [UInt8] { if case .bytes(let value) = self { value } else { [] } }
        var text: String { String(decoding: bytes, as: UTF8.self) }
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private var database: OpaquePointer?

    init(_ path: String) throws {
        guard sqlite3_open_v2(path, &database, SQLITE_OPEN_READWRITE, nil) == SQLITE_OK else {
            throw Failure(description: "\(path) cannot be opened")
        }
    }

    deinit { sqlite3_close_v2(database) }

    /// All rows of a query.
    func rows(_ sql: String) throws -> [[Value?]] {
        var statement: OpaquePointer?
        defer { sqlite3_finalize(statement) }
        guard sqlite3_prepare_v2(database, sql, -1, &statement, nil) == SQLITE_OK else { throw failure(sql) }
        var rows: [[Value?]] = []
        while true {
            switch sqlite3_step(statement) {
            case SQLITE_ROW: rows.append((0..<sqlite3_column_count(statement)).map { value(statement, $0) })
            case SQLITE_DONE: return rows
            default: throw failure(sql)
            }
        }
    }

    /// The first column of all rows, as text; NULL is left out.
    func texts(_ sql: String) throws -> [String] { try rows(sql).compactMap { $0[0]?.text } }

    /// The number that a query answers.
    func integer(_ sql: String) throws -> Int64 { try rows(sql).first?[0]?.integer ?? 0 }

    private func value(_ statement: OpaquePointer?, _ column: Int32) -> Value? {
        switch sqlite3_column_type(statement, column) {
        case SQLITE_NULL: return nil
        case SQLITE_INTEGER: return .integer(sqlite3_column_int64(statement, column))
        default:
            guard let start = sqlite3_column_blob(statement, column) else { return .bytes([]) }
            let count: Int = Int(sqlite3_column_bytes(statement, column))
            return .bytes(Array(UnsafeRawBufferPointer(start: start, count: count)))
        }
    }

    private func failure(_ sql: String) -> Failure {
        Failure(description: "\(String(cString: sqlite3_errmsg(database))) in: \(sql)")
    }
}
