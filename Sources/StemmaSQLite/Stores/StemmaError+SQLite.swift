internal import StemmaRegistry

extension StemmaError {
    /// What a failure of the store means to the registry. Anything that is not the store's own passes unchanged.
    static func translating(_ error: any Error) -> any Error {
        switch error {
        case let error as SQLiteError: StemmaError(error)
        case let error as SQLiteUnavailable: StemmaError(error)
        case let error as SQLiteFileError: StemmaError(.internalError, storeFailed, cause: error.description)
        default: error
        }
    }

    private static let storeFailed: String = "the metadata store failed"

    /// By result code, never by message text; the message goes to the log only.
    init(_ error: SQLiteError) {
        switch error.code.primary {
        case .full:
            self.init(
                .insufficientStorage, "the disk is full: nothing was stored; free space and repeat the request",
                cause: error.description)
        case .busy, .locked:
            self.init(
                .overloaded, "another process holds the database; repeat the request in a moment",
                cause: error.description)
        default:
            self.init(.internalError, StemmaError.storeFailed, cause: error.description)
        }
    }

    init(_ error: SQLiteUnavailable) {
        switch error {
        case .closed:
            self.init(.shuttingDown, "the daemon is shutting down", cause: error.description)
        case .writesSuspended(let reason):
            self.init(
                .writesSuspended,
                "the daemon takes no writes until it is restarted, because it cannot tell what the disk holds",
                cause: reason)
        case .tampered(let what):
            self.init(
                .auditTampered,
                "the audit log does not verify, so that the daemon takes no writes; a restart does not help: the data "
                    + "directory has to be looked into, or to be restored from a backup that verifies",
                cause: what)
        }
    }
}
