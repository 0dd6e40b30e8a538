internal import Synchronization

/// Carries a sequence out of a transaction's body, which may run again.
final class SequenceBox: Sendable {
    private let stored = Mutex<Int64>(0)

    var value: Int64 { stored.withLock { $0 } }

    func set(_ value: Int64) { stored.withLock { $0 = value } }
}
