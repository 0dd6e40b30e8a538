internal import CSQLite

/// A failure that SQLite reported: what, in which statement. The statement's arguments are never part of it, so
/// that it may be logged.
package struct SQLiteError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The extended result code.
    package let code: SQLiteResultCode
    /// The library's message, or this engine's where the library has none.
    package let message: String
    /// The text of the statement, with its parameters unfilled; nil where there was none.
    package let sql: String?

    /// A failure put together by hand.
    package init(code: SQLiteResultCode, message: String, sql: String? = nil) {
        self.code = code
        self.message = message
        self.sql = sql
    }

    /// The failure that the connection reported last.
    init(lastOf database: OpaquePointer?, sql: String? = nil) {
        guard let database else {
            self.init(code: .outOfMemory, message: "no memory for a connection", sql: sql)
            return
        }
        self.init(
            code: SQLiteResultCode(rawValue: sqlite3_extended_errcode(database)),
            message: String(cString: sqlite3_errmsg(database)), sql: sql)
    }

    package var description: String {
        let place: String = sql.map { " in: \($0)" } ?? ""
        return "SQLite: \(message) [\(code)]\(place)"
    }

    /// What the violated constraint is called, as SQLite names it: `table.column` or `table.a, table.b` for unique
    /// indexes, primary keys and `NOT NULL`; the name after `CONSTRAINT` for a named `CHECK` (the expression for an
    /// unnamed one); `index 'name'` for a unique index over expressions; the text given to `RAISE` in a trigger.
    /// Nil for foreign keys, which SQLite does not name, and for other errors.
    package var constraint: String? {
        guard code.primary == .constraint else { return nil }
        if code == .constraintTrigger { return message }
        let separator: String = " constraint failed: "
        guard let start = message.firstRange(of: separator) else { return nil }
        return String(message[start.upperBound...])
    }

    /// True if a constraint of that name was violated; see `constraint` for how they are called.
    package func isConstraint(named name: String) -> Bool { constraint == name }

    /// True if a unique index, primary key or row id over exactly these columns, written `table.column` in the order
    /// of the index, was violated.
    package func isUnique(on columns: String...) -> Bool {
        isUniqueViolation && constraint == columns.joined(separator: ", ")
    }

    /// True if any unique index, primary key or row id was violated.
    package var isUniqueViolation: Bool {
        code == .constraintUnique || code == .constraintPrimaryKey || code == .constraintRowID
    }

    /// True if a foreign key was violated.
    package var isForeignKeyViolation: Bool { code == .constraintForeignKey }

    /// True if the state of the files is unknown or damaged after this error, so that nothing more may be written.
    package var isFatal: Bool {
        if code == .ioErrorOutOfMemory { return false }
        return switch code.primary {
        case .ioError, .corrupt, .notADatabase, .lockProtocol: true
        default: false
        }
    }
}
