internal import StemmaAPI
internal import StemmaFiles
internal import StemmaHTTP
internal import StemmaRegistry
internal import StemmaSQLite

/// What `/readyz` and `/metrics` say about the stores.
actor HealthCheck {
    private let registry: OpenRegistry
    private var last: (problems: [String], moment: Timestamp)?
    /// Readiness is open to everybody, and finding it out costs a commit: one answer serves that long.
    private static let keptMilliseconds: Int64 = 1_000

    init(registry: OpenRegistry) { self.registry = registry }

    /// Empty where reads and writes can be answered. Really writes to the database, at most once a second.
    func problems() async -> [String] {
        let now: Timestamp = registry.core.environment.now()
        if let last, now >= last.moment, now < last.moment.adding(milliseconds: HealthCheck.keptMilliseconds) {
            return last.problems
        }
        let found: [String] = await examine(now)
        last = (found, now)
        return found
    }

    private func examine(_ now: Timestamp) async -> [String] {
        var problems: [String] = []
        if let reason = registry.store.writesSuspendedReason {
            problems.append("database: writes are suspended: \(reason)")
        } else {
            do {
                try await registry.store.write(
                    { try $0.setSetting("readiness", to: Array(now.description.utf8)) }, committed: nil)
            } catch {
                problems.append("database: not writable")
            }
        }
        do {
            if let free = try await registry.blobs.freeBytes(), free <= 0 {
                problems.append("storage: free space is below the floor")
            }
        } catch {
            problems.append("storage: free space cannot be read")
        }
        return problems
    }

    func gauges() async -> [OperationsContext.Gauge] {
        typealias Gauge = OperationsContext.Gauge
        let free: Int64 = (try? await registry.blobs.freeBytes()) ?? 0
        let events: Int64 = (try? await registry.store.read { try $0.auditSize() }) ?? 0
        return [
            Gauge(name: "stemma_storage_free_bytes", help: "Bytes left above the floor.", value: Double(free)),
            Gauge(name: "stemma_audit_events", help: "Events in the audit log.", value: Double(events)),
            Gauge(name: "stemma_tokens", help: "Tokens that are not revoked.", value: Double(registry.tokens.count)),
            Gauge(
                name: "stemma_database_waiting_writes", help: "Mutations waiting for the next commit.",
                value: Double(registry.store.database.waitingWriteCount)),
            Gauge(
                name: "stemma_database_waiting_reads", help: "Reads waiting for a connection.",
                value: Double(registry.store.database.waitingReadCount)),
            Gauge(
                name: "stemma_consumer_reads_dropped", help: "Reads of named consumers that were not counted.",
                value: Double(registry.core.consumerLog.droppedReads)),
            Gauge(
                name: "stemma_writes_suspended", help: "1 after a failed sync.",
                value: registry.store.writesSuspendedReason == nil ? 0 : 1),
        ]
    }
}
