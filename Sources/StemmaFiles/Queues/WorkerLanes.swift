internal import Dispatch
internal import Synchronization

/// A fixed number of serial Dispatch queues that blocking work is dealt out to.
///
/// Swift's cooperative pool has a thread a core and must not block; Dispatch left alone would start hundreds of threads
/// when a disk stalls, and none would be left for the sockets. So blocking work runs here, on at most this many threads.
final class WorkerLanes: Sendable {
    private let queues: [DispatchQueue]
    private let dealt: Atomic<Int> = Atomic(0)

    init(_ label: String, count: Int) {
        queues = (0..<count).map { DispatchQueue(label: "stemma.files.\(label).\($0)") }
    }

    /// A new serial queue whose work runs on one of the lanes.
    func makeQueue() -> DispatchQueue {
        DispatchQueue(label: "stemma.files.worker", target: nextLane())
    }

    /// Runs blocking work on a lane and waits for its result without holding a thread of the cooperative pool.
    func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        let lane: DispatchQueue = nextLane()
        return try await withCheckedThrowingContinuation { continuation in
            lane.async { continuation.resume(with: Result { try body() }) }
        }
    }

    private func nextLane() -> DispatchQueue {
        let number: Int = dealt.wrappingAdd(1, ordering: .relaxed).oldValue
        return queues[Int(UInt(bitPattern: number) % UInt(queues.count))]
    }
}
