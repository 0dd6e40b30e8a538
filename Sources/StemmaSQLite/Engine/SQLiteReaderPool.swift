internal import Dispatch
internal import Synchronization

/// A capped pool of connections that read, each on its own serial queue. Bodies that find all of them busy wait in
/// the order they came.
///
/// Sendable without the compiler's proof: everything is behind the lock, and each reader is held by one job at a time.
final class SQLiteReaderPool: @unchecked Sendable {
    private struct State {
        var idle: [SQLiteReader] = []
        var readerCount: Int = 0
        var waiting: [SQLiteJob] = []
        /// The first of `waiting` that still waits: taking from the front of an array would move all the others.
        var waitingStart: Int = 0
        var isClosed: Bool = false
        var whenIdle: CheckedContinuation<Void, Never>?

        mutating func nextWaiting() -> SQLiteJob? {
            guard waitingStart < waiting.count else { return nil }
            let job: SQLiteJob = waiting[waitingStart]
            waitingStart += 1
            if waitingStart == waiting.count || waitingStart >= 1_024 {
                waiting.removeFirst(waitingStart)
                waitingStart = 0
            }
            return job
        }
    }

    private enum Turn {
        case now(SQLiteReader)
        case later
        case never
    }

    private let path: String
    private let options: SQLiteOptions
    private let state = Mutex(State())
    private let reportDamage: @Sendable (SQLiteError) -> Void

    /// `reportDamage` hears of errors that mean the file is damaged.
    init(_ path: String, _ options: SQLiteOptions, reportDamage: @escaping @Sendable (SQLiteError) -> Void) {
        self.path = path
        self.options = options
        self.reportDamage = reportDamage
    }

    /// How many jobs wait for a reader.
    var waitingCount: Int { state.withLock { $0.waiting.count - $0.waitingStart } }

    /// Runs a job on the next free reader.
    func submit(_ job: SQLiteJob) {
        let turn: Turn = state.withLock { state in
            if state.isClosed { return .never }
            // The last one that became idle has the warmest cache, and the others can stay unopened.
            if let reader = state.idle.popLast() { return .now(reader) }
            if state.readerCount < options.readerCountMax {
                state.readerCount += 1
                return .now(SQLiteReader(number: state.readerCount))
            }
            state.waiting.append(job)
            return .later
        }
        switch turn {
        case .now(let reader): reader.queue.async { self.run(job, on: reader) }
        case .later: break
        case .never: job.resume(throwing: SQLiteUnavailable.closed)
        }
    }

    /// Refuses new jobs, waits for those that came before, and closes the connections.
    func close() async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let isIdle: Bool = state.withLock { state in
                let wasClosed: Bool = state.isClosed
                state.isClosed = true
                if wasClosed || state.idle.count == state.readerCount { return true }
                state.whenIdle = continuation
                return false
            }
            if isIdle { continuation.resume() }
        }
        state.withLock { state in
            state.idle.removeAll()
            state.readerCount = 0
        }
    }

    private func run(_ job: SQLiteJob, on reader: SQLiteReader) {
        let result: Result<Void, any Error> = Result { try reader.run(job, path, options) }
        if let damage = reader.damage { reportDamage(damage) }
        switch result {
        case .success: job.resume()
        case .failure(let error): job.resume(throwing: error)
        }
        let (next, whenIdle) = state.withLock { state -> (SQLiteJob?, CheckedContinuation<Void, Never>?) in
            if let next = state.nextWaiting() { return (next, nil) }
            state.idle.append(reader)
            guard state.isClosed, state.idle.count == state.readerCount else { return (nil, nil) }
            defer { state.whenIdle = nil }
            return (nil, state.whenIdle)
        }
        if let next { reader.queue.async { self.run(next, on: reader) } }
        whenIdle?.resume()
    }
}

/// A connection that reads, opened at its first job, and its queue.
final class SQLiteReader: @unchecked Sendable {
    let queue: DispatchQueue
    private var connection: SQLiteConnection?

    init(number: Int) { queue = DispatchQueue(label: "stemma.sqlite.reader.\(number)") }

    /// The error that says the files cannot be trusted, if one came.
    var damage: SQLiteError? { connection?.damage }

    /// Runs the job's body in one transaction, so that it sees one state of the database.
    func run(_ job: SQLiteJob, _ path: String, _ options: SQLiteOptions) throws {
        let connection: SQLiteConnection = try self.connection ?? SQLiteConnection.openReader(path, options)
        self.connection = connection
        try connection.execute("BEGIN")
        // Nothing was written, so ending the transaction cannot fail in a way that matters.
        defer { if connection.isInTransaction { _ = try? connection.execute("COMMIT") } }
        try job.run(connection)
    }
}
