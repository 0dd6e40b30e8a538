/// The time limits of one connection as a pure value: it is told what happens and when (monotonic milliseconds), and
/// answers which limit has run out. Input, output, lingering and half-closing are timed side by side.
package struct ConnectionTimer: Sendable {
    /// A limit that has run out.
    package enum Expiry: Sendable, Equatable {
        /// No request for too long.
        case idle
        /// The head took too long.
        case head
        /// The body comes too slowly.
        case body
        /// The client takes no bytes.
        case writeStall
        /// The rest of an unwanted request has been thrown away long enough.
        case linger
        /// The client closed its sending side a while ago.
        case halfClosed
    }

    private enum Input: Sendable {
        case none
        case idle(since: UInt64)
        case head(since: UInt64)
        case body(windowStart: UInt64, bytes: UInt64)
    }

    private var input: Input
    private var blockedSince: UInt64?
    private var lingeringSince: UInt64?
    private var halfClosedSince: UInt64?

    /// A new connection: the first head is awaited from now.
    package init(now: UInt64) { input = .head(since: now) }

    /// Waiting for the next request.
    package mutating func awaitRequest(now: UInt64) { input = .idle(since: now) }

    /// Part of a head has come.
    package mutating func headBegan(now: UInt64) {
        guard case .idle = input else { return }
        input = .head(since: now)
    }

    /// Nothing is expected from the client: the head is complete, or the handler wants no body bytes now.
    package mutating func awaitNothing() { input = .none }

    /// Body bytes are wanted and awaited. Begins a new window unless one is running.
    package mutating func awaitBody(now: UInt64) {
        if case .body = input { return }
        input = .body(windowStart: now, bytes: 0)
    }

    /// Body bytes have come.
    package mutating func bodyReceived(_ count: Int) {
        guard case .body(let windowStart, let bytes) = input else { return }
        input = .body(windowStart: windowStart, bytes: bytes + UInt64(count))
    }

    /// Bytes wait for the client to take them. `progressed`: some were taken just now.
    package mutating func outputBlocked(now: UInt64, progressed: Bool) {
        if blockedSince == nil || progressed { blockedSince = now }
    }

    /// Nothing waits to be sent.
    package mutating func outputFlowing() { blockedSince = nil }

    /// The answer is sent; input is thrown away.
    package mutating func linger(now: UInt64) {
        input = .none
        if lingeringSince == nil { lingeringSince = now }
    }

    /// The client closed its sending side while a handler runs.
    package mutating func halfClosed(now: UInt64) {
        if halfClosedSince == nil { halfClosedSince = now }
    }

    /// The answer is complete: a half-closed client is no longer waited for.
    package mutating func exchangeEnded() { halfClosedSince = nil }

    /// The limit that has run out, if any. The time of the body limit restarts with each window that was fast enough.
    package mutating func expiry(now: UInt64, limits: TimeLimits) -> Expiry? {
        if let since = blockedSince, now >= since + limits.writeStall { return .writeStall }
        if let since = lingeringSince, now >= since + limits.linger { return .linger }
        if let since = halfClosedSince, now >= since + limits.halfCloseGrace {
            halfClosedSince = nil
            return .halfClosed
        }
        switch input {
        case .none: return nil
        case .idle(let since): return now >= since + limits.idle ? .idle : nil
        case .head(let since): return now >= since + limits.head ? .head : nil
        case .body(let windowStart, let bytes):
            let elapsed = now - windowStart
            guard elapsed >= limits.bodyGrace else { return nil }
            guard bytes * 1_000 >= limits.bodyMinimumBytesPerSecond * elapsed else { return .body }
            input = .body(windowStart: now, bytes: 0)
            return nil
        }
    }
}

/// The time limits, in milliseconds but for the rate: what `ServerConfiguration` says of them.
package struct TimeLimits: Sendable {
    /// Between requests.
    package var idle: UInt64
    /// For a whole head.
    package var head: UInt64
    /// The window in which a body has to keep its rate.
    package var bodyGrace: UInt64
    /// The least rate of a body, in bytes a second.
    package var bodyMinimumBytesPerSecond: UInt64
    /// For the client to take any byte of an answer.
    package var writeStall: UInt64
    /// For throwing away what an answered client still sends.
    package var linger: UInt64
    /// For a handler to go on after the client closed its sending side.
    package var halfCloseGrace: UInt64

    /// Takes the limits out of a configuration.
    package init(_ configuration: ServerConfiguration) {
        idle = configuration.idleTimeoutMilliseconds
        head = configuration.headTimeoutMilliseconds
        bodyGrace = configuration.bodyGraceMilliseconds
        bodyMinimumBytesPerSecond = configuration.bodyMinimumBytesPerSecond
        writeStall = configuration.writeStallMilliseconds
        linger = configuration.lingerMilliseconds
        halfCloseGrace = configuration.halfCloseGraceMilliseconds
    }
}
