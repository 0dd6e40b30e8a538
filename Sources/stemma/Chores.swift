internal import Logging
internal import StemmaConfiguration
internal import StemmaRegistry
internal import Synchronization

/// Runs the registry's maintenance and automation from time to time, writes which consumers read what, and signs and verifies
/// the audit log.
final class Chores: Sendable {
    private let maintenance: Maintenance
    private let automation: Automation
    private let refusals: RefusalLog
    private let consumers: ConsumerLog
    private let reads: ReadLog
    private let log: TransparencyLog
    private let settings: StemmaSettings
    private let logger: Logger
    private let tasks = Mutex<[Task<Void, Never>]>([])

    init(
        maintenance: Maintenance, automation: Automation, refusals: RefusalLog, consumers: ConsumerLog, reads: ReadLog,
        log: TransparencyLog, settings: StemmaSettings, logger: Logger
    ) {
        self.maintenance = maintenance
        self.automation = automation
        self.refusals = refusals
        self.consumers = consumers
        self.reads = reads
        self.log = log
        self.settings = settings
        self.logger = logger
    }

    func start() {
        let tidying: Task<Void, Never> = repeating("maintenance", every: settings.maintenanceIntervalSeconds) {
            [maintenance] in
            try await maintenance.run()
        }
        let moving: [Task<Void, Never>] = automation.kinds.map { work in
            repeating(work.name, every: settings.automationIntervalSeconds, work.run)
        }
        let flushing = Task { [consumers] in
            while !Task.isCancelled {
                try? await Task.sleep(for: .milliseconds(consumers.flushIntervalMilliseconds))
                // What fails stays noted, and fails again, with a word in the log, in the maintenance.
                try? await consumers.flush()
            }
        }
        let signing: Task<Void, Never> = repeating("signing the audit log", every: settings.auditLog.checkpointSeconds)
        {
            [log] in
            if await log.damage == nil { _ = try await log.checkpoint() }
        }
        // A small log was verified when it was opened, and is not again at once.
        let verificationSeconds: Int = settings.auditLog.verificationHours * 3_600
        let verifying: Task<Void, Never> = repeating("verifying the audit log", every: verificationSeconds) { [log] in
            try await log.verifyAll(every: Int64(verificationSeconds) * 1_000 / 2)
        }
        tasks.withLock { $0 = [tidying, flushing, signing, verifying] + moving }
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
        await log.end()
        for task in running { await task.value }
        await refusals.flush()
        do {
            try await reads.flush()
        } catch {
            logger.error("the last counts of reads could not be written: \(error)")
        }
        do {
            try await consumers.flush()
        } catch {
            logger.error("the last reads of consumers could not be written: \(error)")
        }
        do {
            if await log.damage == nil { _ = try await log.checkpoint() }
        } catch {
            logger.error("the last head of the audit log could not be signed: \(error)")
        }
    }
}
