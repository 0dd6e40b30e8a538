/// One transaction for many bodies: each in its savepoint, one commit for all.
///
/// When SQLite gives up the whole transaction because of one body (a full disk does that), the others are run again
/// in a new one: bodies must bear to be run more than once.
struct SQLiteTransaction {
    /// How a job ended.
    enum Outcome {
        case committed
        case failed(any Error)
    }

    private enum Attempt {
        /// Every job has its outcome.
        case ended
        /// The job at the index cost the others their transaction.
        case lost(culprit: Int)
    }

    private let connection: SQLiteConnection
    private let commitFault: (@Sendable () -> SQLiteCommitFault?)?
    private let jobs: [SQLiteJob]
    private var outcomes: [Outcome?]
    /// The error after which nothing more may be written, if one came.
    private(set) var fatal: SQLiteError?

    init(
        _ jobs: [SQLiteJob], on connection: SQLiteConnection, commitFault: (@Sendable () -> SQLiteCommitFault?)?
    ) {
        self.jobs = jobs
        self.connection = connection
        self.commitFault = commitFault
        outcomes = Array(repeating: nil, count: jobs.count)
    }

    /// Runs all jobs and commits. Answers an outcome for each.
    mutating func run() -> [Outcome] {
        var remaining: [Int] = Array(jobs.indices)
        while !remaining.isEmpty {
            guard case .lost(let culprit) = attempt(remaining) else { break }
            // What the others saw is undone with the transaction, so also those that had failed run again.
            remaining.removeAll { $0 == culprit }
        }
        return outcomes.map { outcome in
            guard let outcome else { preconditionFailure("every job ends") }
            return outcome
        }
    }

    private mutating func attempt(_ indices: [Int]) -> Attempt {
        do throws(SQLiteError) {
            try connection.execute("BEGIN IMMEDIATE")
        } catch {
            fatal = fatal ?? connection.damage
            fail(indices, error)
            return .ended
        }
        for index in indices {
            // A body that is alone needs no savepoint: its failure may take the whole transaction.
            runBody(index, inSavepoint: indices.count > 1)
            if fatal != nil {
                rollBack()
                fail(indices, SQLiteUnavailable.writesSuspended(reason: fatal.map { "\($0)" } ?? ""))
                return .ended
            }
            if !connection.isInTransaction { return .lost(culprit: index) }
        }
        finish(indices)
        return .ended
    }

    private mutating func runBody(_ index: Int, inSavepoint: Bool) {
        do {
            if inSavepoint { try connection.execute("SAVEPOINT body") }
            try connection.withoutCommit { try jobs[index].run(connection) }
            guard connection.isInTransaction else {
                throw SQLiteError(code: .error, message: "the body ended the transaction")
            }
            guard !connection.hasDeferredViolations else {
                throw SQLiteError(code: .constraintForeignKey, message: "FOREIGN KEY constraint failed")
            }
            if inSavepoint { try connection.execute("RELEASE body") }
            outcomes[index] = .committed
        } catch {
            outcomes[index] = .failed(error)
            if inSavepoint, connection.isInTransaction { undoSavepoint() }
        }
        fatal = fatal ?? connection.damage
    }

    /// Takes back what the body in the savepoint did, or, where that fails, the whole transaction.
    private mutating func undoSavepoint() {
        do throws(SQLiteError) {
            try connection.execute("ROLLBACK TO body")
            try connection.execute("RELEASE body")
        } catch {
            rollBack()
        }
    }

    private mutating func finish(_ indices: [Int]) {
        let winners: [Int] = indices.filter { if case .committed? = outcomes[$0] { true } else { false } }
        guard !winners.isEmpty else {
            rollBack()
            return
        }
        do throws(SQLiteError) {
            try commit()
        } catch {
            // After these nothing is stored and all is well but for the commit; after any other, who knows.
            let isUnderstood: Bool =
                switch error.code {
                case .full, .busy, .constraint: true
                default: false
                }
            if !isUnderstood { fatal = fatal ?? error }
            rollBack()
            fail(winners, error)
        }
    }

    private func commit() throws(SQLiteError) {
        switch commitFault?() {
        case nil:
            try connection.execute("COMMIT")
        case .insteadOfCommit(let error):
            throw error
        case .afterCommit(let error):
            try connection.execute("COMMIT")
            throw error
        }
    }

    private mutating func rollBack() {
        guard connection.isInTransaction else { return }
        do throws(SQLiteError) {
            try connection.execute("ROLLBACK")
        } catch {
            // A transaction that stays open would swallow all that follow.
            if connection.isInTransaction { fatal = fatal ?? error }
        }
    }

    private mutating func fail(_ indices: [Int], _ error: any Error) {
        for index in indices { outcomes[index] = .failed(error) }
    }
}
