package import StemmaRegistry
internal import Synchronization

/// Time that stands still until a test moves it, and random bytes that a seed decides.
package final class ManualEnvironment: Sendable {
    private struct State {
        var now: Timestamp
        var random: SeededGenerator
    }

    /// 2024-01-15T10:00:00.000Z.
    package static let start = Timestamp(milliseconds: 1_705_312_800_000)

    private let state: Mutex<State>

    /// The clock at `start`; the same `seed` gives the same identifiers, salts and secrets in the same order.
    package init(at start: Timestamp = ManualEnvironment.start, seed: UInt64 = 1) {
        state = Mutex(State(now: start, random: SeededGenerator(seed: seed)))
    }

    package var now: Timestamp { state.withLock { $0.now } }

    /// Moves the clock, backwards where negative.
    package func advance(milliseconds: Int64) {
        state.withLock { $0.now = $0.now.adding(milliseconds: milliseconds) }
    }

    /// What the registry gets.
    package var environment: Environment {
        Environment(
            now: { self.now },
            randomBytes: { count in
                self.state.withLock { state in
                    (0..<count).map { _ in UInt8.random(in: 0...255, using: &state.random) }
                }
            })
    }
}
