internal import CSQLite
internal import Dispatch

/// Copies a live database into a file of its own with SQLite's online backup interface.
enum SQLiteBackup {
    /// The pages copied in one step.
    private static let stepPages: Int32 = 4_096

    /// Writes the state of the database at `path` at this moment to a new file `target`: mode 0600, complete and
    /// durable when this returns. Writers go on meanwhile; the log keeps what they write until the copy is done.
    /// Blocks.
    ///
    /// Throws `SQLiteError` and `SQLiteFileError`; with `EEXIST` if `target` exists and `replacing` is false. A
    /// failure leaves no file.
    static func copy(_ path: String, to target: String, replacing: Bool, _ options: SQLiteOptions) throws {
        guard replacing || !SQLiteFile.exists(target) else { throw SQLiteFileError.exists(target) }
        let partial: String = target + ".partial"
        // What an interrupted copy left.
        try removeAll(partial)
        guard try SQLiteFile.createPrivate(partial) else { throw SQLiteFileError.exists(partial) }
        do {
            try fill(partial, from: path, options)
            try SQLiteFile.sync(partial)
            try SQLiteFile.rename(partial, to: target)
        } catch {
            try? removeAll(partial)
            throw error
        }
    }

    private static func fill(_ partial: String, from path: String, _ options: SQLiteOptions) throws {
        let source: SQLiteConnection = try SQLiteConnection.openReader(path, options)
        // One read transaction around all steps pins the state: other connections' writes neither show in the copy
        // nor make it start anew.
        try source.execute("BEGIN")
        _ = try source.pragma("SELECT count(*) FROM sqlite_schema")
        let copy: SQLiteConnection = try SQLiteConnection.open(partial, SQLITE_OPEN_READWRITE, options)
        try step(from: source, to: copy)
        try source.execute("COMMIT")
    }

    private static func step(from source: SQLiteConnection, to copy: SQLiteConnection) throws(SQLiteError) {
        guard let backup = sqlite3_backup_init(copy.pointer, "main", source.pointer, "main") else {
            throw SQLiteError(lastOf: copy.pointer)
        }
        var code: Int32 = SQLITE_OK
        while code == SQLITE_OK { code = sqlite3_backup_step(backup, stepPages) }
        let finish: Int32 = sqlite3_backup_finish(backup)
        guard code == SQLITE_DONE, finish == SQLITE_OK else {
            // A lock that someone else holds on the new file makes `step` fail without leaving it in the connection.
            let failed: Int32 = code == SQLITE_DONE ? finish : code
            let result = SQLiteResultCode(rawValue: failed)
            throw SQLiteError(code: result, message: "the copy failed: \(result)")
        }
    }

    private static func removeAll(_ path: String) throws(SQLiteFileError) {
        for suffix in ["-journal", "-wal", "-shm", ""] { try SQLiteFile.remove(path + suffix) }
    }
}

extension SQLiteDatabase {
    /// Writes the state of the database at this moment to a new file: a database of its own, mode 0600, complete and
    /// durable when this returns. Reads and writes go on meanwhile, but the write-ahead log cannot start anew until
    /// the copy is done.
    ///
    /// Throws `SQLiteError` and `SQLiteFileError`, the latter also if there is a file of that name. A failure leaves
    /// no file.
    package func backup(to target: String) async throws {
        let path: String = path
        let options: SQLiteOptions = options
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            DispatchQueue(label: "stemma.sqlite.backup").async {
                continuation.resume(
                    with: Result { try SQLiteBackup.copy(path, to: target, replacing: false, options) })
            }
        }
    }
}
