internal import CSQLite

/// A result code of the SQLite C library, extended where the library gave one.
///
/// Source: the SQLite manual, "Result and Error Codes". The low byte is the primary code.
package struct SQLiteResultCode: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The number the library returned.
    package let rawValue: Int32

    /// Wraps the number the library returned.
    package init(rawValue: Int32) { self.rawValue = rawValue }

    /// The class of the code, without what the extended code adds.
    package var primary: SQLiteResultCode { SQLiteResultCode(rawValue: rawValue & 0xFF) }

    /// The library's English name of the code, such as `constraint failed`, and the number.
    package var description: String { "\(String(cString: sqlite3_errstr(rawValue))) (\(rawValue))" }

    /// A statement or its arguments are wrong.
    package static let error = SQLiteResultCode(rawValue: SQLITE_ERROR)
    /// Another connection holds the lock past the busy timeout.
    package static let busy = SQLiteResultCode(rawValue: SQLITE_BUSY)
    /// A table of this connection is in use.
    package static let locked = SQLiteResultCode(rawValue: SQLITE_LOCKED)
    /// Memory ran out.
    package static let outOfMemory = SQLiteResultCode(rawValue: SQLITE_NOMEM)
    /// A write was tried on what may only be read.
    package static let readOnly = SQLiteResultCode(rawValue: SQLITE_READONLY)
    /// The operating system reported a failure of reading, writing or syncing.
    package static let ioError = SQLiteResultCode(rawValue: SQLITE_IOERR)
    /// Syncing a file failed: what is on the disk is unknown from here on.
    package static let ioErrorSync = SQLiteResultCode(rawValue: SQLITE_IOERR | (4 << 8))
    /// Memory ran out below the file layer.
    package static let ioErrorOutOfMemory = SQLiteResultCode(rawValue: SQLITE_IOERR | (12 << 8))
    /// The database file is damaged.
    package static let corrupt = SQLiteResultCode(rawValue: SQLITE_CORRUPT)
    /// The disk, or the database's page limit, is full.
    package static let full = SQLiteResultCode(rawValue: SQLITE_FULL)
    /// The file could not be opened.
    package static let cannotOpen = SQLiteResultCode(rawValue: SQLITE_CANTOPEN)
    /// The locking protocol failed.
    package static let lockProtocol = SQLiteResultCode(rawValue: SQLITE_PROTOCOL)
    /// A text or blob is longer than the library's limit.
    package static let tooBig = SQLiteResultCode(rawValue: SQLITE_TOOBIG)
    /// A constraint refused the change; see `SQLiteError.constraint`.
    package static let constraint = SQLiteResultCode(rawValue: SQLITE_CONSTRAINT)
    /// The interface was used wrongly.
    package static let misuse = SQLiteResultCode(rawValue: SQLITE_MISUSE)
    /// A parameter or column position does not exist.
    package static let range = SQLiteResultCode(rawValue: SQLITE_RANGE)
    /// The file is no SQLite database.
    package static let notADatabase = SQLiteResultCode(rawValue: SQLITE_NOTADB)
    /// A `CHECK` constraint.
    package static let constraintCheck = SQLiteResultCode(rawValue: SQLITE_CONSTRAINT | (1 << 8))
    /// A foreign key.
    package static let constraintForeignKey = SQLiteResultCode(rawValue: SQLITE_CONSTRAINT | (3 << 8))
    /// A `NOT NULL` constraint.
    package static let constraintNotNull = SQLiteResultCode(rawValue: SQLITE_CONSTRAINT | (5 << 8))
    /// A primary key.
    package static let constraintPrimaryKey = SQLiteResultCode(rawValue: SQLITE_CONSTRAINT | (6 << 8))
    /// `RAISE` in a trigger.
    package static let constraintTrigger = SQLiteResultCode(rawValue: SQLITE_CONSTRAINT | (7 << 8))
    /// A unique index.
    package static let constraintUnique = SQLiteResultCode(rawValue: SQLITE_CONSTRAINT | (8 << 8))
    /// A row id that exists.
    package static let constraintRowID = SQLiteResultCode(rawValue: SQLITE_CONSTRAINT | (10 << 8))
    /// A value of the wrong type in a `STRICT` table.
    package static let constraintDataType = SQLiteResultCode(rawValue: SQLITE_CONSTRAINT | (12 << 8))

    /// True for codes that match the pattern exactly or whose primary code it is, so that
    /// `case .constraint` in a `switch` catches every kind of constraint.
    package static func ~= (pattern: SQLiteResultCode, code: SQLiteResultCode) -> Bool {
        pattern == code || pattern == code.primary
    }
}
