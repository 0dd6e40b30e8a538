internal import Logging
internal import StemmaRegistry
internal import Synchronization

/// Runs the registry's maintenance from time to time.
final class Chores: Sendable {
    private let maintenance: Maintenance
    private let refusals: RefusalLog
    private let intervalSeconds: Int
    private let logger: Logger
    private let task = Mutex<Task<Void, Never>?>(nil)

    init(maintenance: Maintenance, refusals: RefusalLog, intervalSeconds: Int, logger: Logger) {
        self.maintenance = maintenance
        self.refusals = refusals
        self.intervalSeconds = intervalSeconds
        self.logger = logger
    }

    func start() {
        let work = Task { [maintenance, intervalSeconds, logger] in
            while !Task.isCancelled {
                do {
                    try await maintenance.run()
                } catch {
                    logger.error("maintenance failed and is tried again later: \(error)")
                }
                try? await Task.sleep(for: .seconds(intervalSeconds))
            }
        }
        task.withLock { $0 = work }
    }

    /// Ends the work and writes refusals that are only counted so far.
    func stop() async {
        let running: Task<Void, Never>? = task.withLock { $0 }
        running?.cancel()
        await running?.value
        await refusals.flush()
    }
}
