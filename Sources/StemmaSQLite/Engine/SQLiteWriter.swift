internal import CSQLite
internal import Dispatch
internal import Synchronization

/// The one connection that writes, on its own serial queue. Bodies that wait at the same time share a transaction.
///
/// Sendable without the compiler's proof: the connection is touched on the queue alone, everything else is behind
/// the lock.
final class SQLiteWriter: @unchecked Sendable {
    private struct State {
        var pending: [SQLiteJob] = []
        var isScheduled: Bool = false
        var unavailable: SQLiteUnavailable?
    }

    private let options: SQLiteOptions
    private let queue = DispatchQueue(label: "stemma.sqlite.writer")
    private let state = Mutex(State())
    private var connection: SQLiteConnection?
    private let log: SQLiteLogLength

    init(_ connection: SQLiteConnection, _ options: SQLiteOptions) {
        self.connection = connection
        self.options = options
        log = SQLiteLogLength(of: connection)
    }

    var health: SQLiteHealth {
        state.withLock { state in
            guard case .writesSuspended(let reason)? = state.unavailable else { return .ok }
            return .writesSuspended(reason: reason)
        }
    }

    /// Lets a job wait for the next transaction, or refuses it at once.
    func submit(_ job: SQLiteJob) {
        let refusal: SQLiteUnavailable? = state.withLock { state in
            if let unavailable = state.unavailable { return unavailable }
            state.pending.append(job)
            if !state.isScheduled {
                state.isScheduled = true
                queue.async { self.runBatch() }
            }
            return nil
        }
        if let refusal { job.resume(throwing: refusal) }
    }

    /// Takes no more writes, for good.
    func suspend(_ error: SQLiteError) {
        state.withLock { state in
            guard state.unavailable == nil else { return }
            state.unavailable = .writesSuspended(reason: "\(error)")
        }
    }

    /// Runs something that is no transaction on the writer's queue, between two of them.
    func perform<T: Sendable>(_ body: @escaping @Sendable (SQLiteConnection) throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            queue.async {
                let refusal: SQLiteUnavailable? = self.state.withLock { $0.unavailable }
                guard refusal == nil, let connection = self.connection else {
                    continuation.resume(throwing: refusal ?? .closed)
                    return
                }
                continuation.resume(with: Result { try body(connection) })
            }
        }
    }

    /// Refuses new jobs, ends those that wait, and closes the connection.
    func close() async {
        let wasClosed: Bool = state.withLock { state in
            defer { if state.unavailable == nil { state.unavailable = .closed } }
            return state.unavailable == .closed
        }
        guard !wasClosed else { return }
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            queue.async {
                while self.runBatch() {}
                self.log.stop()
                self.connection = nil
                continuation.resume()
            }
        }
    }

    /// Runs what waits, up to the limit of a batch, and schedules itself for the rest. Answers whether more waits.
    @discardableResult
    private func runBatch() -> Bool {
        let jobs: [SQLiteJob] = takeBatch()
        if let connection, !jobs.isEmpty { run(jobs, on: connection) }
        return state.withLock { state in
            state.isScheduled = !state.pending.isEmpty
            // Through the queue, so that a checkpoint or a close gets its turn among writes that never end.
            if state.isScheduled { queue.async { self.runBatch() } }
            return state.isScheduled
        }
    }

    private func takeBatch() -> [SQLiteJob] {
        state.withLock { state in
            if state.pending.count <= options.batchCountMax {
                defer { state.pending = [] }
                return state.pending
            }
            defer { state.pending.removeFirst(options.batchCountMax) }
            return Array(state.pending.prefix(options.batchCountMax))
        }
    }

    private func run(_ jobs: [SQLiteJob], on connection: SQLiteConnection) {
        if case .writesSuspended(let reason) = health {
            for job in jobs { job.resume(throwing: SQLiteUnavailable.writesSuspended(reason: reason)) }
            return
        }
        var transaction = SQLiteTransaction(jobs, on: connection, commitFault: options.commitFault)
        let outcomes: [SQLiteTransaction.Outcome] = transaction.run()
        if let fatal = transaction.fatal { giveUp(fatal, connection) }
        // All callbacks come before any caller: whoever is answered finds every effect of the batch in place.
        for (job, outcome) in zip(jobs, outcomes) {
            if case .committed = outcome { job.reportCommit() }
        }
        for (job, outcome) in zip(jobs, outcomes) {
            switch outcome {
            case .committed: job.resume()
            case .failed(let error): job.resume(throwing: error)
            }
        }
        if log.pages >= options.checkpointPages { checkpointPassively(connection) }
    }

    private func checkpointPassively(_ connection: SQLiteConnection) {
        do throws(SQLiteError) {
            try connection.checkpoint(truncate: false)
        } catch {
            if error.isFatal { giveUp(error, connection) }
        }
    }

    private func giveUp(_ error: SQLiteError, _ connection: SQLiteConnection) {
        suspend(error)
        // Closing must not copy a log whose sync failed into the database.
        try? connection.configure(SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
    }
}
