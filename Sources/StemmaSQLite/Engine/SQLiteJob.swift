/// A body that waits for its turn, and who waits for it.
///
/// Sendable without the compiler's proof: a job is handed from its caller to one queue through a lock and is touched
/// by that queue alone until it resumes the caller.
class SQLiteJob: @unchecked Sendable {
    /// Runs the body and keeps what it returns, or throws what it throws.
    func run(_ connection: SQLiteConnection) throws { preconditionFailure("a job has a body") }

    /// Calls back about the commit of the last run.
    func reportCommit() {}

    /// Lets the caller go on with what the last run returned.
    func resume() { preconditionFailure("a job has a caller") }

    /// Lets the caller go on with an error.
    func resume(throwing error: any Error) { preconditionFailure("a job has a caller") }
}

/// A job whose body returns a `T`.
final class SQLiteBodyJob<T: Sendable>: SQLiteJob, @unchecked Sendable {
    private let body: @Sendable (SQLiteConnection) throws -> T
    private let committed: (@Sendable (T) -> Void)?
    private let continuation: CheckedContinuation<T, any Error>
    private var result: T?

    init(
        _ body: @escaping @Sendable (SQLiteConnection) throws -> T, committed: (@Sendable (T) -> Void)?,
        _ continuation: CheckedContinuation<T, any Error>
    ) {
        self.body = body
        self.committed = committed
        self.continuation = continuation
    }

    override func run(_ connection: SQLiteConnection) throws { result = try body(connection) }

    override func reportCommit() {
        guard let committed, let result else { return }
        committed(result)
    }

    override func resume() {
        guard let result else { preconditionFailure("the body has run") }
        continuation.resume(returning: result)
    }

    override func resume(throwing error: any Error) { continuation.resume(throwing: error) }
}
