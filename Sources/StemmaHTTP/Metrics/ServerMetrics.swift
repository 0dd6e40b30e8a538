internal import Synchronization

/// Counts of a server: what each route answered, how fast, and what is open now.
///
/// Each socket thread counts for itself without locks; `snapshot` asks every one of them and adds up.
package final class ServerMetrics: Sendable {
    /// Upper bounds of the latency buckets in microseconds; one more bucket takes what is above.
    package static let bucketBoundsMicroseconds: [UInt64] = [
        50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000,
        2_500_000, 5_000_000, 10_000_000,
    ]

    /// The answers of one route with one method and status.
    package struct Series: Sendable, Equatable {
        /// Empty for requests that no pattern fits or whose request line was not readable.
        package let routePattern: String
        /// In capitals; empty where the request line was not readable.
        package let method: String
        /// The answer's status; 499 where the client went away before there was one.
        package let status: Int
        /// How many requests.
        package internal(set) var requests: UInt64
        /// Requests by latency: one count for each bound, not cumulative, and a last one for what is above.
        package internal(set) var buckets: [UInt64]
        /// The sum of their latencies.
        package internal(set) var totalMicroseconds: UInt64
        /// Body bytes received.
        package internal(set) var bytesIn: UInt64
        /// Bytes sent, heads included.
        package internal(set) var bytesOut: UInt64
    }

    /// All counts at one moment.
    package struct Snapshot: Sendable, Equatable {
        /// Sorted by pattern, method, status.
        package internal(set) var series: [Series] = []
        /// Connections that are open now.
        package internal(set) var openConnections = 0
        /// Connections taken since the start.
        package internal(set) var acceptedConnections: UInt64 = 0
        /// Connections refused because of a limit.
        package internal(set) var refusedConnections: UInt64 = 0
        /// Requests whose answer is not finished.
        package internal(set) var inFlightRequests = 0
    }

    private struct State {
        var mailboxes: [Mailbox] = []
        var finished: [LoopMetrics] = []
        var router: Router?
    }

    private let state = Mutex(State())

    /// Nothing counted; given to a server, which counts into it.
    package init() {}

    /// The counts of all threads up to now.
    package func snapshot() async -> Snapshot {
        let (mailboxes, finished, router) = state.withLock { ($0.mailboxes, $0.finished, $0.router) }
        var all = finished
        for mailbox in mailboxes {
            let answered = await withCheckedContinuation { (continuation: CheckedContinuation<LoopMetrics, Never>) in
                if !mailbox.post(.metrics(continuation)) { continuation.resume(returning: LoopMetrics()) }
            }
            all.append(answered)
        }
        return Self.merged(all, router: router)
    }

    func attach(_ mailboxes: [Mailbox], router: Router) {
        state.withLock { state in
            state.mailboxes = mailboxes
            state.router = router
        }
    }

    /// Keeps a thread's counts when it ends.
    func detach(_ mailbox: Mailbox, last: LoopMetrics) {
        state.withLock { state in
            state.mailboxes.removeAll { $0 === mailbox }
            state.finished.append(last)
        }
    }

    private static func merged(_ parts: [LoopMetrics], router: Router?) -> Snapshot {
        var snapshot = Snapshot()
        var series: [LoopMetrics.Key: Series] = [:]
        for part in parts {
            snapshot.openConnections += part.openConnections
            snapshot.acceptedConnections += part.acceptedConnections
            snapshot.refusedConnections += part.refusedConnections
            snapshot.inFlightRequests += part.inFlightRequests
            for (key, index) in part.indices { part.add(index, to: &series[key, default: empty(key, router)]) }
        }
        snapshot.series = series.values.sorted {
            ($0.routePattern, $0.method, $0.status) < ($1.routePattern, $1.method, $1.status)
        }
        return snapshot
    }

    private static func empty(_ key: LoopMetrics.Key, _ router: Router?) -> Series {
        let pattern = key.route >= 0 ? router?.routes[Int(key.route)].pattern ?? "" : ""
        let method = key.method >= 0 ? HTTPMethod.allCases[Int(key.method)].rawValue : ""
        return Series(
            routePattern: pattern, method: method, status: Int(key.status), requests: 0,
            buckets: [UInt64](repeating: 0, count: bucketBoundsMicroseconds.count + 1), totalMicroseconds: 0,
            bytesIn: 0,
            bytesOut: 0)
    }
}
