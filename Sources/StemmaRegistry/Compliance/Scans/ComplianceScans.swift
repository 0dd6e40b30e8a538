internal import StemmaDigest
internal import StemmaJSON
internal import Synchronization

/// The scan that is running in this process: one at a time.
final class ComplianceScansInFlight: Sendable {
    private let isRunning = Mutex<Bool>(false)

    /// False where one is running already.
    func enter() -> Bool {
        isRunning.withLock { running in
            defer { running = true }
            return !running
        }
    }

    func leave() { isRunning.withLock { $0 = false } }
}

/// Starts, ends and tidies up scans, whoever asked for them.
struct ComplianceScans {
    let core: RegistryCore

    /// What is to be looked at.
    struct Wish: Sendable {
        /// Each once, in the order of the packs.
        let frameworks: [String]
        /// Name patterns.
        let models: [String]
    }

    /// Scans now and answers the scan. Throws `scanRunning`.
    func run(_ wish: Wish, _ cause: ComplianceScanCause, _ context: RequestContext) async throws -> Answer {
        guard core.complianceScans.enter() else {
            throw StemmaError(.scanRunning, "a compliance scan is running already; wait until it has ended")
        }
        defer { core.complianceScans.leave() }
        // What a failed disk kept from being ended.
        try await markInterrupted()
        // Whoever read a version a moment ago counts as its consumer.
        try await core.consumerLog.flush()
        let rules: [ComplianceRule] = core.compliance.rules(wish.frameworks)
        let started: ComplianceScanRecord = try await start(wish, cause, rules, context)
        let answer: Answer = try await work(started, rules, context)
        try await dropOld(before: started.row)
        return answer
    }

    private func start(
        _ wish: Wish, _ cause: ComplianceScanCause, _ rules: [ComplianceRule], _ context: RequestContext
    ) async throws -> ComplianceScanRecord {
        let core: RegistryCore = self.core
        let (id, principal): (String, Int64) = (core.environment.identifier("scan_"), context.principal.id)
        return try await core.store.write(
            { transaction in
                _ = try transaction.insertComplianceScan(
                    NewComplianceScan(
                        id: id, cause: cause, started: core.environment.now(), principalID: principal,
                        frameworks: wish.frameworks, models: wish.models, auditSize: try transaction.auditSize(),
                        rules: StoredJSON.text(rules.map { ScanDocument.rule($0) }),
                        packs: StoredJSON.text(ScanDocument.packs(wish.frameworks, core.compliance))))
                return try ComplianceScans.find(id, transaction)
            }, committed: nil)
    }

    static func find(_ id: String, _ reader: any MetadataReader) throws -> ComplianceScanRecord {
        guard let record = try reader.complianceScan(id: id) else {
            throw StemmaError(.scanNotFound, "there is no compliance scan \(id)")
        }
        return record
    }

    private func work(
        _ started: ComplianceScanRecord, _ rules: [ComplianceRule], _ context: RequestContext
    ) async throws -> Answer {
        var tally = ScanTally(rules: rules.count)
        var ending: (status: ComplianceScanStatus, error: String?) = (.finished, nil)
        var failure: (any Error)?
        do {
            var scanner = try await ComplianceScanner(core, started, rules, context.asStep)
            do {
                try await scanner.work()
                tally = scanner.tally
            } catch {
                tally = scanner.tally
                throw error
            }
        } catch is CancellationError {
            ending = (.interrupted, "the registry stopped while the scan ran")
        } catch {
            ending = (.failed, (error as? StemmaError)?.detail ?? "the registry failed; its log says why")
            failure = error
        }
        let answer: Answer
        do {
            answer = try await end(started, ending.status, tally, ending.error, context)
        } catch {
            throw failure ?? error
        }
        if let failure { throw failure }
        return answer
    }

    /// Ends a scan with its audit event. An idempotency key's answer is kept where the scan succeeded.
    private func end(
        _ scan: ComplianceScanRecord, _ status: ComplianceScanStatus, _ tally: ScanTally, _ error: String?,
        _ context: RequestContext
    ) async throws -> Answer {
        let ids: [String] = try ScanDocument.ruleIDs(scan)
        let (counts, changes): (JSONObject, JSONObject) = (tally.counts(ids), tally.changed)
        let step = RequestContext(
            principal: context.principal, requestID: context.requestID, remoteAddress: context.remoteAddress,
            idempotency: status == .failed ? nil : context.idempotency)
        let stored: NewComplianceScan = scan.stored
        return try await core.gate.mutate("scan_compliance", step) { transaction, now in
            try transaction.endComplianceScan(
                scan.row,
                ComplianceScanEnd(
                    status: status, counts: StoredJSON.text(counts), changes: StoredJSON.text(changes),
                    subjects: tally.subjects, error: error), at: now)
            var event = AuditDraft(.registry)
            event.detail = [
                "scan": .string(stored.id), "cause": .string(stored.cause.rawValue),
                "status": .string(status.rawValue), "frameworks": .array(stored.frameworks.map { .string($0) }),
                "as_of_audit_size": .integer(stored.auditSize), "subjects": .integer(tally.subjects),
                "violations": .object(changes),
                "rules_digest": .string(SHA256Hasher.digest(stored.rules).description),
                "counts_digest": .string(SHA256Hasher.digest(StoredJSON.text(counts)).description),
            ]
            if let error { event.personal["error"] = .string(error) }
            let ended: ComplianceScanRecord = try ComplianceScans.find(stored.id, transaction)
            return MutationGate.Mutation(
                Answer(
                    .created, location: ResourcePath.complianceScan(stored.id),
                    body: try ScanDocument.represent(ended, .everything, totals: nil)), event: event)
        }
    }

    /// Ends scans that nobody works on.
    func markInterrupted() async throws {
        let open: [ComplianceScanRecord] = try await core.store.read { try $0.openComplianceScans() }
        for scan in open {
            let ids: [String] = try ScanDocument.ruleIDs(scan)
            _ = try await end(
                scan, .interrupted, ScanTally(rules: ids.count), "the registry stopped while the scan ran",
                core.systemContext("compliance"))
        }
    }

    /// Drops the results of all but the latest scans.
    private func dropOld(before newest: Int64) async throws {
        let limits: Limits = core.policy.limits
        let bound: Int64 = newest - limits.complianceScansWithResults + 1
        var removed: Int = limits.complianceResultsPerStep
        while removed == limits.complianceResultsPerStep {
            removed = try await core.store.write(
                { try $0.removeComplianceResults(before: bound, limit: limits.complianceResultsPerStep) },
                committed: nil)
        }
    }
}

/// Scans when it is time to.
package struct ComplianceAutomation: Sendable {
    private let core: RegistryCore

    package init(core: RegistryCore) { self.core = core }

    /// Scans everything where the last scheduled scan is long enough ago, once, however often one was missed; a new
    /// registry has its first one after that time. Meant to be called about once a minute.
    package func run() async throws {
        let (interval, now): (Int64, Timestamp) = (core.policy.complianceScanMilliseconds, core.environment.now())
        guard interval > 0, !core.compliance.frameworks.isEmpty else { return }
        let last: Timestamp? = try await core.store.read { reader in
            try reader.lastScheduledScan() ?? reader.lifecycleDefinition(1)?.created
        }
        guard last.map({ $0.adding(milliseconds: interval) <= now }) ?? true else { return }
        do {
            _ = try await ComplianceScans(core: core).run(
                ComplianceScans.Wish(frameworks: core.compliance.frameworks, models: ["*"]), .scheduled,
                core.systemContext("compliance"))
        } catch let error as StemmaError where error.code == .scanRunning {
            // Somebody scans by hand: the next call sees.
            return
        }
    }
}
