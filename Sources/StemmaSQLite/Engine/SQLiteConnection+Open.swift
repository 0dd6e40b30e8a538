internal import CSQLite

/// The mark of this program's databases, `STMA` in ASCII, kept in the file's header.
package let stemmaApplicationID: Int64 = 0x5354_4D41

/// Settings of the library as a whole, made before its first use. Refused, and not needed, if someone came first.
private let librarySettings: Int32 = stemma_sqlite3_disable_memory_statistics()

extension SQLiteConnection {
    /// The connection that writes, creating the file if there is none. Throws `SQLiteError`, `SQLiteFileError`, and
    /// `MigrationError.foreignDatabase` if the file belongs to another program.
    static func openWriter(_ path: String, _ options: SQLiteOptions) throws -> SQLiteConnection {
        _ = try SQLiteFile.createPrivate(path)
        let connection: SQLiteConnection = try open(path, SQLITE_OPEN_READWRITE, options)
        let schemaSize: Int64 = try connection.pragma("PRAGMA page_count")
        let applicationID: Int64 = try connection.pragma("PRAGMA application_id")
        guard schemaSize == 0 || applicationID == stemmaApplicationID else {
            throw MigrationError.foreignDatabase(applicationID: applicationID)
        }
        if schemaSize == 0 { try connection.executeScript("PRAGMA application_id = \(stemmaApplicationID)") }
        let mode: String? = try connection.first("PRAGMA journal_mode = WAL") { $0.text(0) }
        guard mode == "wal" else {
            throw SQLiteError(code: .cannotOpen, message: "the file system of \(path) cannot hold a write-ahead log")
        }
        // The log is copied into the database by the writer, between two commits, where failures are seen; the
        // library's own way drops them.
        try connection.executeScript(
            """
            PRAGMA synchronous = FULL;
            PRAGMA wal_autocheckpoint = 0;
            PRAGMA journal_size_limit = \(options.logSizeLimitBytes);
            PRAGMA secure_delete = \(options.secureDelete.rawValue);
            PRAGMA cache_size = -\(options.writerCacheKiB);
            """)
        // After the pragmas, since `wal_autocheckpoint` takes the same hook.
        connection.watchCommits()
        return connection
    }

    /// A connection that only reads. The file must exist.
    static func openReader(_ path: String, _ options: SQLiteOptions) throws(SQLiteError) -> SQLiteConnection {
        let connection: SQLiteConnection = try open(path, SQLITE_OPEN_READONLY, options)
        try connection.executeScript("PRAGMA query_only = ON; PRAGMA cache_size = -\(options.readerCacheKiB);")
        return connection
    }

    /// Opens a connection with the settings that all have in common.
    static func open(_ path: String, _ mode: Int32, _ options: SQLiteOptions) throws(SQLiteError) -> SQLiteConnection {
        _ = librarySettings
        var database: OpaquePointer?
        // The library of Debian takes what begins with `file:` as a URI.
        let name: String = path.hasPrefix("file:") ? "./" + path : path
        let flags: Int32 = mode | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        guard sqlite3_open_v2(name, &database, flags, nil) == SQLITE_OK, let database else {
            let error: SQLiteError = SQLiteError(lastOf: database)
            sqlite3_close_v2(database)
            throw SQLiteError(code: error.code, message: "\(path): \(error.message)")
        }
        let connection = SQLiteConnection(owning: database, statementCacheCapacity: options.statementCountMax)
        sqlite3_busy_timeout(database, options.busyTimeoutMilliseconds)
        // Statements must not be able to damage the file, and a doctored schema must not be able to run code:
        // the SQLite manual, "Defense Against The Dark Arts". Double quotes are for names only.
        try connection.configure(SQLITE_DBCONFIG_DEFENSIVE, 1)
        try connection.configure(SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0)
        try connection.configure(SQLITE_DBCONFIG_DQS_DML, 0)
        try connection.configure(SQLITE_DBCONFIG_DQS_DDL, 0)
        try connection.configure(SQLITE_DBCONFIG_ENABLE_FKEY, 1)
        try connection.executeScript(
            "PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY; PRAGMA mmap_size = \(options.mmapBytes);")
        return connection
    }

    /// Sets a switch of the connection.
    func configure(_ option: Int32, _ value: Int32) throws(SQLiteError) {
        guard stemma_sqlite3_db_config_int(pointer, option, value, nil) == SQLITE_OK else {
            throw SQLiteError(lastOf: pointer)
        }
    }

    /// The number a pragma answers; 0 if it answers nothing.
    func pragma(_ sql: String) throws -> Int64 { try first(sql) { $0.int(0) } ?? 0 }

    /// Throws `SQLITE_CORRUPT` with the first finding if the file is damaged.
    func checkIntegrity() throws {
        let finding: String? = try first("PRAGMA quick_check(1)") { $0.text(0) }
        guard finding == "ok" else {
            throw SQLiteError(code: .corrupt, message: finding ?? "the integrity check answered nothing")
        }
    }
}
