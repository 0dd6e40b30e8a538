internal import Synchronization

/// Requests over some connections, one after another on each, on a thread of its own until it is told to stop: what goes on
/// while something else is measured.
final class SteadyLoad<State: Sendable> {
    private final class Switch: Sendable {
        let isOff = Atomic<Bool>(false)
    }

    private let off: Switch
    private let work: Background<(AnswerLog, State)>

    /// `next` writes a request into the empty array and answers a tag for it; `examine` is shown the body of every
    /// successful answer with that tag. Both run on the load's thread and have the state to themselves.
    init(
        port: UInt16, connections: Int, _ state: State, next: @escaping @Sendable (inout State, inout [UInt8]) -> Int,
        examine: @escaping @Sendable (inout State, UnsafeRawBufferPointer, Int) -> Void = { _, _, _ in }
    ) {
        let off = Switch()
        self.off = off
        work = Background {
            var state: State = state
            var ends: [UInt64] = []
            let outcome: LoadGenerator.Outcome = try LoadGenerator(port: port, connections: connections).run {
                request in
                off.isOff.load(ordering: .relaxed) ? nil : next(&state, &request)
            } examine: { body, tag in
                examine(&state, body, tag)
            } succeeded: { _ in
                ends.append(Clock.now)
            }
            return (AnswerLog(ends: ends, outcome), state)
        }
    }

    /// Whether it ended although nobody stopped it.
    var hasFailed: Bool { work.hasEnded }

    /// Ends it; answers what it met and the state it ended with. Throws `BenchError` where the server stopped answering.
    func stop() throws -> (log: AnswerLog, state: State) {
        off.isOff.store(true, ordering: .relaxed)
        let (log, state) = try work.wait()
        return (log, state)
    }
}

/// A span of monotonic time, as `Clock.now` tells it.
struct Window {
    let start: UInt64
    let end: UInt64

    var seconds: Double { Double(end - start) / 1e9 }

    /// The time that `body` takes.
    static func of(_ body: () throws -> Void) rethrows -> Window {
        let start: UInt64 = Clock.now
        try body()
        return Window(start: start, end: Clock.now)
    }
}

/// When the answers of a load came and how long they took.
struct AnswerLog: Sendable {
    /// In the order in which they came.
    private let ends: [UInt64]
    /// In microseconds, in the same order.
    private let latencies: [Double]
    /// Answers that were no success, by status.
    let refused: [Int: Int]
    let isCutOff: Bool

    init(ends: [UInt64], _ outcome: LoadGenerator.Outcome) {
        self.ends = ends
        latencies = outcome.latencies
        refused = outcome.refused
        isCutOff = outcome.isCutOff
    }

    var count: Int { ends.count }

    /// Throws `BenchError` unless every request succeeded.
    func expectSuccess() throws {
        guard refused.isEmpty, !isCutOff, !ends.isEmpty else {
            throw BenchError("load failed: \(ends.count) answered, refused \(refused), cut off: \(isCutOff)")
        }
    }

    /// Answers per second that came in a window.
    func rate(in window: Window) -> Double {
        Double(position(of: window.end) - position(of: window.start)) / window.seconds
    }

    /// The longest that a request took of those that were under way at some moment of the window, in microseconds.
    func slowest(in window: Window) -> Double {
        var slowest: Double = 0
        for index in position(of: window.start)..<ends.count {
            let latency: Double = latencies[index]
            if Double(ends[index]) - latency * 1_000 <= Double(window.end) { slowest = max(slowest, latency) }
        }
        return slowest
    }

    /// The given share of the requests that ended in the window took no longer than this, in microseconds.
    func latency(in window: Window, _ share: Double) -> Double {
        Statistics.percentile(Array(latencies[position(of: window.start)..<position(of: window.end)]), share)
    }

    /// How many answers came before that moment.
    private func position(of moment: UInt64) -> Int {
        var (low, high): (Int, Int) = (0, ends.count)
        while low < high {
            let middle: Int = (low + high) / 2
            if ends[middle] < moment { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
