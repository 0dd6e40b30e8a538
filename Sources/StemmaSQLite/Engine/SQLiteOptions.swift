/// How a database is opened. The defaults suit a daemon that must stay small: at most 32 MiB of page cache
/// for the writer and 8 MiB for each reader, filled only as pages are used.
package struct SQLiteOptions: Sendable {
    /// The most readers that run at the same time, each with its own connection, opened when first needed.
    package var readerCountMax: Int = 4
    /// How long a connection waits for a lock that another process holds, in milliseconds.
    package var busyTimeoutMilliseconds: Int32 = 5_000
    /// The writer's page cache, in KiB.
    package var writerCacheKiB: Int = 32_768
    /// Each reader's page cache, in KiB.
    package var readerCacheKiB: Int = 8_192
    /// How much of the file is read through a memory map, in bytes. 0 means none: a failing disk then answers with an
    /// error, where a map would end the process with SIGBUS.
    package var mmapBytes: Int64 = 0
    /// Whether deleted content is overwritten with zeros in the file.
    package var secureDelete: SQLiteSecureDelete = .always
    /// The most bodies that share one transaction, and so one sync.
    package var batchCountMax: Int = 256
    /// The most prepared statements a connection keeps.
    package var statementCountMax: Int = 400
    /// The log's length, in pages, from which on it is copied into the database between two commits.
    package var checkpointPages: Int = 4_000
    /// The log file is cut to this many bytes when it starts anew after a checkpoint.
    package var logSizeLimitBytes: Int64 = 64 << 20
    /// Whether `PRAGMA quick_check` runs at the start. Its time grows with the file.
    package var checksIntegrity: Bool = false
    /// For tests: called around every commit; a fault it returns takes the place of the commit or of its result.
    package var commitFault: (@Sendable () -> SQLiteCommitFault?)?

    /// The defaults.
    package init() {}
}

/// What happens to the bytes of deleted rows (`PRAGMA secure_delete`).
package enum SQLiteSecureDelete: String, Sendable {
    /// They stay in the file until the page is used again.
    case never = "OFF"
    /// They are zeroed where the page is written anyway; pages that become free whole keep their bytes.
    case withoutExtraWrites = "FAST"
    /// They are always zeroed.
    case always = "ON"
}

/// A failure of a commit made by a test.
package enum SQLiteCommitFault: Sendable {
    /// Nothing is committed and the error is reported: failed and not stored.
    case insteadOfCommit(SQLiteError)
    /// The commit happens and the error is reported all the same: failed but stored.
    case afterCommit(SQLiteError)
}
