internal import Synchronization

/// Counts open connections, in all and by address.
final class ConnectionLimiter: Sendable {
    private struct State {
        var total = 0
        var byAddress: [UInt64: Int] = [:]
    }

    private let state = Mutex(State())
    private let totalMax: Int
    private let perAddressMax: Int

    init(totalMax: Int, perAddressMax: Int) {
        self.totalMax = totalMax
        self.perAddressMax = perAddressMax
    }

    /// Whether one more may be opened; counts it if so.
    func open(_ peer: PeerAddress) -> Bool {
        state.withLock { state in
            guard state.total < totalMax else { return false }
            if let key = peer.countingKey {
                let count = state.byAddress[key, default: 0]
                guard count < perAddressMax else { return false }
                state.byAddress[key] = count + 1
            }
            state.total += 1
            return true
        }
    }

    func close(_ peer: PeerAddress) {
        state.withLock { state in
            state.total -= 1
            guard let key = peer.countingKey, let count = state.byAddress[key] else { return }
            state.byAddress[key] = count > 1 ? count - 1 : nil
        }
    }
}
