internal import CEpoll
internal import Glibc
internal import Synchronization

/// What other threads tell an event loop.
enum LoopMessage: Sendable {
    case accepted(AcceptedSocket)
    /// A handler's answer.
    case respond(ConnectionToken, HTTPResponse)
    /// A piece of a streamed answer; answered with whether more is wanted, as soon as more is.
    case piece(ConnectionToken, [UInt8], CheckedContinuation<Bool, Never>)
    /// The end of a streamed answer; `isComplete` is false where the producer failed.
    case streamEnded(ConnectionToken, isComplete: Bool)
    /// The handler wants body bytes.
    case bodyWanted(ConnectionToken)
    /// Finish what is running, then stop; cut what is left at the deadline (monotonic milliseconds).
    case drain(deadlineMilliseconds: UInt64)
    case metrics(CheckedContinuation<LoopMetrics, Never>)
}

/// Names a connection of one loop. The generation tells a descriptor's successive connections apart.
struct ConnectionToken: Sendable, Equatable {
    let raw: UInt64

    @inline(__always)
    init(raw: UInt64) { self.raw = raw }

    @inline(__always)
    init(descriptor: Int32, generation: UInt32) {
        raw = UInt64(generation) << 32 | UInt64(UInt32(bitPattern: descriptor))
    }

    @inline(__always)
    var slot: Int { Int(raw & 0xFFFF_FFFF) }
}

/// A connection on its way from the accepting loop to the serving one.
struct AcceptedSocket: Sendable {
    let descriptor: Int32
    let peer: PeerAddress
    let tls: TLSContext?
}

/// The messages that wait for a loop, and the descriptor that wakes it.
final class Mailbox: Sendable {
    private struct State {
        var messages: [LoopMessage] = []
        var isClosed = false
    }

    private let state = Mutex(State())
    /// Readable when messages wait.
    let descriptor: Int32

    /// Throws `ListenError.system`.
    init() throws {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        guard descriptor >= 0 else { throw SystemCall.failure("eventfd", "event loop") }
    }

    deinit { Glibc.close(descriptor) }

    /// Leaves a message. False where the loop has ended: the message was dropped.
    @discardableResult
    func post(_ message: LoopMessage) -> Bool {
        let (accepted, wasEmpty) = state.withLock { state in
            guard !state.isClosed else { return (false, false) }
            state.messages.append(message)
            return (true, state.messages.count == 1)
        }
        if wasEmpty { _ = eventfd_write(descriptor, 1) }
        return accepted
    }

    var isEmpty: Bool { state.withLock { $0.messages.isEmpty } }

    /// Takes all messages.
    func take() -> [LoopMessage] {
        var count: eventfd_t = 0
        _ = eventfd_read(descriptor, &count)
        return state.withLock { state in
            guard !state.messages.isEmpty else { return [] }
            let taken = state.messages
            state.messages = []
            return taken
        }
    }

    /// Refuses further messages and takes the last ones.
    func close() -> [LoopMessage] {
        state.withLock { state in
            state.isClosed = true
            let taken = state.messages
            state.messages = []
            return taken
        }
    }

    /// Offers a piece of a streamed answer and waits until the next one is wanted. False where the client is gone.
    func deliver(_ token: ConnectionToken, _ piece: [UInt8]) async -> Bool {
        await withCheckedContinuation { continuation in
            if !post(.piece(token, piece, continuation)) { continuation.resume(returning: false) }
        }
    }
}
