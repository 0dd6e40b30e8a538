internal import Logging
internal import StemmaRegistry
internal import Synchronization

/// Runs the registry's maintenance from time to time, and writes which consumers read what.
final class Chores: Sendable {
    private let maintenance: Maintenance
    private let refusals: RefusalLog
    private let consumers: ConsumerLog
    private let intervalSeconds: Int
    private let logger: Logger
    private let tasks = Mutex<[Task<Void, Never>]>([])

    init(
        maintenance: Maintenance, refusals: RefusalLog, consumers: ConsumerLog, intervalSeconds: Int, logger: Logger
    ) {
        self.maintenance = maintenance
        self.refusals = refusals
        self.consumers = consumers
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
        let flushing = Task { [consumers] in
            while !Task.isCancelled {
                try? await Task.sleep(for: .milliseconds(consumers.flushIntervalMilliseconds))
                // What fails stays noted, and fails again, with a word in the log, in the maintenance.
                try? await consumers.flush()
            }
        }
        tasks.withLock { $0 = [work, flushing] }
    }

    /// Ends the work and writes refusals and reads that are only counted so far.
    func stop() async {
        let running: [Task<Void, Never>] = tasks.withLock { $0 }
        for task in running { task.cancel() }
        for task in running { await task.value }
        await refusals.flush()
        do {
            try await consumers.flush()
        } catch {
            logger.error("the last reads of consumers could not be written: \(error)")
        }
    }
}
