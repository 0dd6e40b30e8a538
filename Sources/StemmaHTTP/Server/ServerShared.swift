internal import Synchronization

/// What all event loops of a server have in common: immutable, or safe to use from any thread.
final class ServerShared: Sendable {
    let configuration: ServerConfiguration
    let settings: ParserSettings
    let router: Router
    let errorRenderer: ErrorRenderer
    let log: ServerLog
    let metrics: ServerMetrics
    let limiter: ConnectionLimiter
    let timeLimits: TimeLimits
    /// Lower-case names; empty for any.
    let allowedHosts: [[UInt8]]

    init(
        configuration: ServerConfiguration, router: Router, errorRenderer: @escaping ErrorRenderer, log: ServerLog,
        metrics: ServerMetrics
    ) {
        self.configuration = configuration
        self.router = router
        self.errorRenderer = errorRenderer
        self.log = log
        self.metrics = metrics
        settings = ParserSettings(
            targetMaxBytes: configuration.requestTargetMaxBytes, headMaxBytes: configuration.headMaxBytes,
            headMaxFields: configuration.headMaxFields, inlineBypassFields: configuration.inlineBypassFields)
        timeLimits = TimeLimits(configuration)
        limiter = ConnectionLimiter(
            totalMax: configuration.connectionsMax, perAddressMax: configuration.connectionsPerAddressMax)
        allowedHosts = configuration.allowedHosts.map { Array($0.lowercased().utf8) }
    }

    /// Whether requests for this Host value are answered here.
    func allows(host value: UnsafeRawBufferPointer) -> Bool {
        if allowedHosts.isEmpty { return true }
        guard !value.isEmpty else { return false }
        let host = HostRules.host(of: value)
        return allowedHosts.contains { allowed in
            allowed.withUnsafeBytes { ByteScan.equalsIgnoringCase($0, host) }
        }
    }
}

/// Lets a task wait until all event loops have ended.
final class LoopLatch: Sendable {
    private struct State {
        var running: Int
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>

    init(running: Int) { state = Mutex(State(running: running)) }

    func loopEnded() {
        let waiters = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            state.running -= 1
            guard state.running == 0 else { return [] }
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    func wait() async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if state.running > 0 { state.waiters.append(continuation) }
                return state.running <= 0
            }
            if isOver { continuation.resume() }
        }
    }
}
