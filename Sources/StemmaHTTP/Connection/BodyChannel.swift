internal import Synchronization

/// Carries a request's body from the socket thread to the handler's task, with back-pressure: the socket thread stops
/// reading when `highWaterBytes` wait, and is asked to go on when half of that is left.
final class BodyChannel: Sendable {
    private enum End: Sendable {
        case finished
        case failed(any Error)
    }

    private struct State {
        var pieces: [[UInt8]] = []
        var first = 0
        var buffered = 0
        var isWanted = false
        var end: End?
        var waiter: CheckedContinuation<[UInt8]?, any Error>?

        mutating func pop() -> [UInt8]? {
            guard first < pieces.count else { return nil }
            let piece = pieces[first]
            pieces[first] = []
            first += 1
            if first == pieces.count {
                pieces.removeAll(keepingCapacity: true)
                first = 0
            }
            buffered -= piece.count
            return piece
        }
    }

    private let state = Mutex(State())
    private let mailbox: Mailbox
    private let token: ConnectionToken
    private let highWaterBytes: Int

    init(mailbox: Mailbox, token: ConnectionToken, highWaterBytes: Int) {
        self.mailbox = mailbox
        self.token = token
        self.highWaterBytes = highWaterBytes
    }

    // MARK: The handler's side

    /// The next piece, nil at the end. Throws `HTTPError` where the body breaks off, and `CancellationError`.
    func next() async throws -> [UInt8]? {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in wait(continuation) }
        } onCancel: {
            fail(CancellationError())
        }
    }

    private func wait(_ continuation: CheckedContinuation<[UInt8]?, any Error>) {
        var result: Result<[UInt8]?, any Error>?
        var asks = false
        state.withLock { state in
            if let piece = state.pop() {
                result = .success(piece)
            } else if let end = state.end {
                result =
                    switch end {
                    case .finished: .success(nil)
                    case .failed(let error): .failure(error)
                    }
            } else {
                state.waiter = continuation
            }
            if state.end == nil, !state.isWanted, state.buffered <= highWaterBytes / 2 {
                state.isWanted = true
                asks = true
            }
        }
        if asks { mailbox.post(.bodyWanted(token)) }
        if let result { continuation.resume(with: result) }
    }

    // MARK: The socket thread's side

    /// Hands over a piece. False: no more for now; `bodyWanted` will be posted.
    func offer(_ piece: [UInt8]) -> Bool {
        let (waiter, goOn) = state.withLock { state -> (CheckedContinuation<[UInt8]?, any Error>?, Bool) in
            guard state.end == nil else { return (nil, false) }
            if let waiter = state.waiter {
                state.waiter = nil
                return (waiter, true)
            }
            state.pieces.append(piece)
            state.buffered += piece.count
            if state.buffered >= highWaterBytes { state.isWanted = false }
            return (nil, state.isWanted)
        }
        waiter?.resume(returning: piece)
        return goOn
    }

    /// The body is complete.
    func finish() { end(.finished) }

    /// The body will not become complete. Pieces that wait are still delivered. The first end counts.
    func fail(_ error: any Error) { end(.failed(error)) }

    private func end(_ end: End) {
        let waiter = state.withLock { state -> CheckedContinuation<[UInt8]?, any Error>? in
            guard state.end == nil else { return nil }
            state.end = end
            let waiter = state.waiter
            state.waiter = nil
            return waiter
        }
        switch end {
        case .finished: waiter?.resume(returning: nil)
        case .failed(let error): waiter?.resume(throwing: error)
        }
    }
}
