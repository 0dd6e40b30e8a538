internal import Logging
internal import StemmaRegistry
internal import Synchronization

/// Runs the registry's maintenance and automation from time to time, and writes which consumers read what.
final class Chores: Sendable {
    private let maintenance: Maintenance
    private let automation: Automation
    private let refusals: RefusalLog
    private let consumers: ConsumerLog
    private let maintenanceSeconds: Int
    private let automationSeconds: Int
    private let logger: Logger
    private let tasks = Mutex<[Task<Void, Never>]>([])

    init(
        maintenance: Maintenance, automation: Automation, refusals: RefusalLog, consumers: ConsumerLog,
        maintenanceSeconds: Int, automationSeconds: Int, logger: Logger
    ) {
        self.maintenance = maintenance
        self.automation = automation
        self.refusals = refusals
        self.consumers = consumers
        self.maintenanceSeconds = maintenanceSeconds
        self.automationSeconds = automationSeconds
        self.logger = logger
    }

    func start() {
        let tidying: Task<Void, Never> = repeating("maintenance", every: maintenanceSeconds) { [maintenance] in
            try await maintenance.run()
        }
        let moving: [Task<Void, Never>] = automation.kinds.map { work in
            repeating(work.name, every: automationSeconds, work.run)
        }
        let flushing = Task { [consumers] in
            while !Task.isCancelled {
                try? await Task.sleep(for: .milliseconds(consumers.flushIntervalMilliseconds))
                // What fails stays noted, and fails again, with a word in the log, in the maintenance.
                try? await consumers.flush()
            }
        }
        tasks.withLock { $0 = [tidying, flushing] + moving }
    }

    private func repeating(
        _ name: String, every seconds: Int, _ work: @escaping @Sendable () async throws -> Void
    ) -> Task<Void, Never> {
        Task { [logger] in
            while !Task.isCancelled {
                do {
                    try await work()
                } catch {
                    logger.error("\(name) failed and is tried again later: \(error)")
                }
                try? await Task.sleep(for: .seconds(seconds))
            }
        }
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
