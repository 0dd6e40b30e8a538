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
        var isClosed: Bool = false
    }

    private let options: SQLiteOptions
    private let queue = DispatchQueue(label: "stemma.sqlite.writer")
    private let state = Mutex(State())
    private var connection: SQLiteConnection?
    private let checkpointer: SQLiteCheckpointer
    private var isCheckpointing: Bool = false
    private var checkpointPagesDone: Int = 0

    init(_ connection: SQLiteConnection, _ path: String, _ options: SQLiteOptions) {
        checkpointer = SQLiteCheckpointer(path, options)
        self.connection = connection
        self.options = options
    }

    var health: SQLiteHealth {
        state.withLock { state in
            switch state.unavailable {
            case .writesSuspended(let reason): .writesSuspended(reason: reason)
            case .tampered(let what): .tampered(what: what)
            case .closed, nil: .ok
            }
        }
    }

    var waitingCount: Int { state.withLock { $0.pending.count } }

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
    func suspend(_ error: SQLiteError) { suspend(.writesSuspended(reason: "\(error)")) }

    /// As above, with what is to be said of it.
    func suspend(_ unavailable: SQLiteUnavailable) {
        state.withLock { state in
            guard state.unavailable == nil else { return }
            state.unavailable = unavailable
        }
    }

    /// Checkpoints between two transactions; see `SQLiteConnection.checkpoint`.
    func checkpoint(truncate: Bool) async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            queue.async { continuation.resume(with: Result { try self.checkpointNow(truncate: truncate) }) }
        }
    }

    /// Rewrites the database between two transactions.
    func vacuum() async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            queue.async { continuation.resume(with: Result { try self.vacuumNow() }) }
        }
    }

    private func vacuumNow() throws {
        let refusal: SQLiteUnavailable? = state.withLock { $0.unavailable }
        guard refusal == nil, let connection else { throw refusal ?? .closed }
        checkpointer.wait()
        do throws(SQLiteError) {
            // As a transaction of its own, which is no commit of the registry's: nothing that anybody was answered changes.
            connection.mayCommit = true
            try connection.executeScript("VACUUM")
        } catch {
            if error.isFatal { giveUp(error, connection) }
            throw error
        }
    }

    /// Refuses new jobs, ends those that wait, and closes the connection.
    func close() async {
        let wasClosed: Bool = state.withLock { state in
            defer {
                state.isClosed = true
                state.unavailable = state.unavailable ?? .closed
            }
            return state.isClosed
        }
        guard !wasClosed else { return }
        await onQueue {
            while self.runBatch() {}
            // None starts any more, so the one under way is the last.
            self.isCheckpointing = true
        }
        await checkpointer.close()
        await onQueue { self.connection = nil }
    }

    private func onQueue(_ body: @escaping @Sendable () -> Void) async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            queue.async {
                body()
                continuation.resume()
            }
        }
    }

    private func checkpointNow(truncate: Bool) throws {
        let refusal: SQLiteUnavailable? = state.withLock { $0.unavailable }
        guard refusal == nil, let connection else { throw refusal ?? .closed }
        // Two checkpoints at a time would refuse each other. A new one starts on this queue only.
        checkpointer.wait()
        do throws(SQLiteError) {
            try connection.checkpoint(truncate: truncate)
        } catch {
            if error.isFatal { giveUp(error, connection) }
            throw error
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
        // What waited when the database was closed is still done.
        if let refusal = state.withLock({ $0.unavailable }), refusal != .closed {
            for job in jobs { job.resume(throwing: refusal) }
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
        checkpointIfDue(connection)
    }

    /// Starts a checkpoint once the log is long enough, and finishes it on this queue.
    private func checkpointIfDue(_ connection: SQLiteConnection) {
        // After the log has started anew it counts from the beginning.
        if connection.logPageCount < checkpointPagesDone { checkpointPagesDone = 0 }
        guard !isCheckpointing, connection.logPageCount - checkpointPagesDone >= options.checkpointPages else { return }
        isCheckpointing = true
        checkpointer.run { result in self.queue.async { self.finishCheckpoint(result) } }
    }

    private func finishCheckpoint(_ result: Result<Void, SQLiteError>) {
        isCheckpointing = false
        guard let connection else { return }
        // If a reader holds the log, it stays as long as it is; then try again when it has grown as much again.
        checkpointPagesDone = connection.logPageCount
        do throws(SQLiteError) {
            try result.get()
            try connection.checkpoint(truncate: false)
        } catch {
            // Others (another process's checkpoint, no memory) pass.
            if error.isFatal { giveUp(error, connection) }
        }
    }

    private func giveUp(_ error: SQLiteError, _ connection: SQLiteConnection) {
        suspend(error)
        // Closing must not copy a log whose sync failed into the database.
        try? connection.configure(SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
    }
}
