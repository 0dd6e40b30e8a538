internal import CSQLite

/// The SQLite library that the process runs with.
package enum SQLiteLibrary {
    /// E.g. `3.40.1`.
    package static var version: String { String(cString: sqlite3_libversion()) }
}
