internal import Dispatch

/// Runs an actor's work on a serial Dispatch queue, where it may block.
final class QueueExecutor: SerialExecutor {
    private let queue: DispatchQueue

    /// `queue` must be serial.
    init(_ queue: DispatchQueue) {
        self.queue = queue
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}
