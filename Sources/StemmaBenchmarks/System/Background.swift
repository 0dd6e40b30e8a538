internal import Dispatch
internal import Synchronization

/// Work on a thread of its own, beside whatever the program does meanwhile.
final class Background<Value: Sendable>: Sendable {
    private let result = Mutex<Result<Value, any Error>?>(nil)
    private let end = DispatchSemaphore(value: 0)

    /// Starts at once.
    init(_ body: @escaping @Sendable () throws -> Value) {
        DispatchQueue(label: "stemma.benchmarks.background").async { [self] in
            let outcome: Result<Value, any Error> = Result { try body() }
            result.withLock { $0 = outcome }
            end.signal()
        }
    }

    /// Whether it has ended, successfully or not.
    var hasEnded: Bool { result.withLock { $0 != nil } }

    /// Waits for the end. Throws what the work threw.
    func wait() throws -> Value {
        end.wait()
        end.signal()
        guard let outcome = result.withLock({ $0 }) else { throw BenchError("a thread ended without a result") }
        return try outcome.get()
    }
}
