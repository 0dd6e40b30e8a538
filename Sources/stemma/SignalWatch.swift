internal import Dispatch
internal import Glibc

/// Turns the signals that concern a daemon into requests, in the order they come.
struct SignalWatch {
    enum Request: Sendable, Equatable {
        /// SIGHUP.
        case reload
        /// SIGTERM or SIGINT, by name; comes once.
        case stop(signal: String)
    }

    let requests: AsyncStream<Request>
    private let sources: [any DispatchSourceSignal]

    /// Watches from now on. A second signal to stop ends the process at once, with the status that shells give to a
    /// process ended by that signal.
    init() {
        let (stream, continuation) = AsyncStream.makeStream(of: Request.self)
        requests = stream
        let queue = DispatchQueue(label: "stemma.signals")
        let count = StopCount()
        sources =
            [(SIGTERM, "SIGTERM"), (SIGINT, "SIGINT")].map { number, name in
                SignalWatch.source(number, queue) {
                    guard count.isFirst() else { _exit(128 + number) }
                    continuation.yield(.stop(signal: name))
                }
            } + [SignalWatch.source(SIGHUP, queue) { continuation.yield(.reload) }]
    }

    private static func source(
        _ number: Int32, _ queue: DispatchQueue, _ handler: @escaping @Sendable () -> Void
    ) -> any DispatchSourceSignal {
        let source: any DispatchSourceSignal = DispatchSource.makeSignalSource(signal: number, queue: queue)
        source.setEventHandler(handler: handler)
        source.activate()
        return source
    }
}

/// Counts requests to stop; used on one queue.
private final class StopCount: @unchecked Sendable {
    private var count: Int = 0

    func isFirst() -> Bool {
        count += 1
        return count == 1
    }
}
