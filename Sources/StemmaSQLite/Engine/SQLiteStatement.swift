internal import CSQLite

/// A prepared statement of one connection.
final class SQLiteStatement {
    /// The text it was prepared from.
    let sql: String
    /// True while someone steps through it: then it cannot serve another caller.
    var isBusy: Bool = false
    /// The cache's clock at the last use.
    var lastUse: UInt64 = 0

    let pointer: OpaquePointer
    private let database: OpaquePointer
    private let parameterCount: Int

    /// Prepares the one statement in `sql`. Throws for wrong SQL, for none, and for more than one.
    init(_ sql: String, on database: OpaquePointer, isPersistent: Bool) throws(SQLiteError) {
        var text: String = sql
        let (code, prepared, rest) = text.withUTF8 { buffer -> (Int32, OpaquePointer?, Bool) in
            var prepared: OpaquePointer?
            var tail: UnsafePointer<CChar>?
            let flags: UInt32 = isPersistent ? UInt32(SQLITE_PREPARE_PERSISTENT) : 0
            let code: Int32 = buffer.withMemoryRebound(to: CChar.self) { characters in
                let code: Int32 = sqlite3_prepare_v3(
                    database, characters.baseAddress, Int32(clamping: characters.count), flags, &prepared, &tail)
                return code
            }
            return (code, prepared, SQLiteStatement.hasMore(after: tail, in: buffer))
        }
        guard code == SQLITE_OK else { throw SQLiteError(lastOf: database, sql: sql) }
        guard let prepared else { throw SQLiteError(code: .misuse, message: "there is no statement", sql: sql) }
        guard !rest else {
            sqlite3_finalize(prepared)
            throw SQLiteError(code: .misuse, message: "there is more than one statement", sql: sql)
        }
        self.sql = sql
        self.database = database
        pointer = prepared
        parameterCount = Int(sqlite3_bind_parameter_count(prepared))
    }

    deinit { sqlite3_finalize(pointer) }

    /// Binds every parameter by position. Text and bytes are copied by SQLite in one step, so that no storage of
    /// Swift's has to stay in place while the statement runs.
    func bind(_ arguments: [SQLiteValue]) throws(SQLiteError) {
        guard arguments.count == parameterCount else {
            let message: String = "\(parameterCount) arguments wanted, \(arguments.count) given"
            throw SQLiteError(code: .range, message: message, sql: sql)
        }
        var position: Int32 = 1
        for argument in arguments {
            guard bind(argument, at: position) == SQLITE_OK else { throw SQLiteError(lastOf: database, sql: sql) }
            position += 1
        }
    }

    private func bind(_ value: SQLiteValue, at position: Int32) -> Int32 {
        switch value {
        case .null:
            return sqlite3_bind_null(pointer, position)
        case .integer(let number):
            return sqlite3_bind_int64(pointer, position, number)
        case .real(let number):
            return sqlite3_bind_double(pointer, position, number)
        case .text(var text):
            return text.withUTF8 { buffer in
                stemma_sqlite3_bind_text(pointer, position, buffer.baseAddress, UInt64(buffer.count))
            }
        case .blob(let bytes):
            return bytes.withUnsafeBytes { buffer in
                stemma_sqlite3_bind_blob(pointer, position, buffer.baseAddress, UInt64(buffer.count))
            }
        }
    }

    /// Binds one integer. Parameters count from 1.
    func bind(_ number: Int64, at position: Int32) throws(SQLiteError) {
        guard sqlite3_bind_int64(pointer, position, number) == SQLITE_OK else {
            throw SQLiteError(lastOf: database, sql: sql)
        }
    }

    /// Binds UTF-8 without a copy: it must stay in place until `reset`.
    func lend(_ text: UnsafeBufferPointer<UInt8>, at position: Int32) throws(SQLiteError) {
        guard stemma_sqlite3_lend_text(pointer, position, text.baseAddress, UInt64(text.count)) == SQLITE_OK else {
            throw SQLiteError(lastOf: database, sql: sql)
        }
    }

    /// Makes it ready for another run with arguments that replace the present ones.
    func rewind() { _ = sqlite3_reset(pointer) }

    /// True if there is a row, false at the end.
    func step() throws(SQLiteError) -> Bool {
        switch sqlite3_step(pointer) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default: throw SQLiteError(lastOf: database, sql: sql)
        }
    }

    /// Makes it ready for the next use and lets go of the memory of its arguments.
    func reset() {
        // The result repeats the last step's failure, which the caller has seen.
        _ = sqlite3_reset(pointer)
        if parameterCount > 0 { _ = sqlite3_clear_bindings(pointer) }
    }

    private static func hasMore(after tail: UnsafePointer<CChar>?, in buffer: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let tail, let start = buffer.baseAddress else { return false }
        let used: Int = UnsafeRawPointer(tail) - UnsafeRawPointer(start)
        let blanks: [UInt8] = [0x20, 0x09, 0x0A, 0x0D, UInt8(ascii: ";")]
        return buffer[used...].contains { !blanks.contains($0) }
    }
}
