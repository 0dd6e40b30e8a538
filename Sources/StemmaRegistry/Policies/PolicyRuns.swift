internal import StemmaJSON
internal import Synchronization

/// Policies that are running in this process: one run at a time of each.
final class PolicyRunsInFlight: Sendable {
    private let policies = Mutex<Set<String>>([])

    /// False where the policy is running already.
    func enter(_ policy: String) -> Bool { policies.withLock { $0.insert(policy).inserted } }

    func leave(_ policy: String) { policies.withLock { _ = $0.remove(policy) } }
}

/// Starts, ends and tidies up runs, whoever asked for them.
struct PolicyRuns {
    let core: RegistryCore

    /// Runs a policy now and answers the run. Throws `policyNotFound`, `policyRunning`; for `.scheduled` also answers nil
    /// where it is not due (any more).
    func run(_ id: String, _ cause: PolicyRunCause, isDryRun: Bool, _ context: RequestContext) async throws -> Answer? {
        guard core.policyRuns.enter(id) else {
            throw StemmaError(.policyRunning, "this policy is running already; wait until its run has ended")
        }
        defer { core.policyRuns.leave(id) }
        // What a failed disk kept from being ended.
        try await markInterrupted(policy: id)
        let environment: Environment = core.environment
        // Whoever read a version a moment ago counts as its consumer.
        try await core.consumerLog.flush()
        let started: PolicyRunRecord? = try await core.store.write(
            { transaction in
                try PolicyRuns.start(id, cause, isDryRun, context.principal, environment, transaction)
            }, committed: nil)
        guard let started else { return nil }
        let answer: Answer = try await work(started, context)
        try await dropOld(policy: id, after: started.number)
        return answer
    }

    private static func start(
        _ id: String, _ cause: PolicyRunCause, _ isDryRun: Bool, _ principal: Principal, _ environment: Environment,
        _ transaction: any MetadataTransaction
    ) throws -> PolicyRunRecord? {
        let now: Timestamp = environment.now()
        let policy: PolicyRecord = try PolicyService.find(id, transaction)
        if cause == .scheduled {
            guard policy.stored.isEnabled, let due = policy.stored.nextRun, due <= now else { return nil }
            let definition = try PolicyDefinition(stored: policy.stored.definition)
            // Before the run, so that one that fails does not come again at once.
            try transaction.setNextRun(policy: id, at: definition.nextRun(due: due, now: now))
        }
        let run = NewPolicyRun(
            id: environment.identifier("prun_"), policyID: id, policyRevision: policy.revision,
            definition: policy.stored.definition, cause: cause, isDryRun: isDryRun, started: now,
            principalID: principal.id)
        _ = try transaction.insertPolicyRun(run)
        return try transaction.policyRun(id: run.id)
    }

    private func work(_ started: PolicyRunRecord, _ context: RequestContext) async throws -> Answer {
        var runner = PolicyRunner(core, started, try PolicyDefinition(stored: started.stored.definition))
        var ending: (status: PolicyRunStatus, error: String?) = (.finished, nil)
        var failure: (any Error)?
        do {
            try await runner.work()
        } catch is PolicyRunner.Superseded {
            ending = (.interrupted, "the policy was changed while it ran")
        } catch is CancellationError {
            ending = (.interrupted, "the registry stopped while the policy ran")
        } catch {
            let detail: String = (error as? StemmaError)?.detail ?? "the registry failed; its log says why"
            ending = (.failed, detail)
            failure = error
        }
        let answer: Answer
        do {
            answer = try await end(started, ending.status, runner.counts, ending.error, context)
        } catch {
            throw failure ?? error
        }
        if let failure { throw failure }
        return answer
    }

    /// Ends a run with its audit event. An idempotency key's answer is kept where the run succeeded.
    private func end(
        _ run: PolicyRunRecord, _ status: PolicyRunStatus, _ counts: [(verdict: PolicyVerdict, count: Int64)],
        _ error: String?, _ context: RequestContext
    ) async throws -> Answer {
        let numbers = JSONObject(
            counts.map { JSONObject.Member(name: $0.verdict.rawValue, value: .integer($0.count)) })
        let step = RequestContext(
            principal: context.principal, requestID: context.requestID, remoteAddress: context.remoteAddress,
            idempotency: status == .failed ? nil : context.idempotency)
        let limit: Int = core.policy.limits.policyDecisionsAnswered
        return try await core.gate.mutate("run_policy", step) { transaction, now in
            try transaction.endPolicyRun(
                run.id, status: status, counts: StoredJSON.text(numbers), error: error, at: now)
            guard let ended = try transaction.policyRun(id: run.id) else {
                throw StemmaError(.internalError, "the run was not stored", cause: "stored run is absent")
            }
            var event = AuditDraft(.policy(run.stored.policyID))
            event.detail = [
                "run": .string(run.id), "policy_revision": .integer(run.stored.policyRevision),
                "cause": .string(run.stored.cause.rawValue), "dry_run": .bool(run.stored.isDryRun),
                "status": .string(status.rawValue), "counts": .object(numbers),
            ]
            if let error { event.personal["error"] = .string(error) }
            return MutationGate.Mutation(
                Answer(
                    .updated, location: ResourcePath.policyRun(run.stored.policyID, run.id),
                    body: try PolicyRunDocument.represent(ended, decisions: limit, transaction)), event: event)
        }
    }

    /// Ends runs that nobody works on: at the start of the registry all that are open, later those of one policy that is
    /// known not to run.
    func markInterrupted(policy: String? = nil) async throws {
        let open: [PolicyRunRecord] = try await core.store.read { try $0.openPolicyRuns(policy: policy) }
        for run in open {
            _ = try await end(
                run, .interrupted, [], "the registry stopped while the policy ran", core.systemContext("policy"))
        }
    }

    /// Drops what is too old: decisions of all but the latest runs, and in the end the runs.
    private func dropOld(policy: String, after newest: Int64) async throws {
        let limits: Limits = core.policy.limits
        try await drop(
            policy: policy, decisionsThrough: newest - limits.policyRunsWithDecisions,
            runsThrough: newest - limits.policyRunsKept)
    }

    /// Drops the runs of deleted policies.
    func dropDeleted() async throws {
        let batch: Int = 100
        for id in try await core.store.read({ try $0.deletedPoliciesWithRuns(limit: batch) }) {
            try await drop(policy: id, decisionsThrough: Int64.max, runsThrough: Int64.max)
        }
    }

    private func drop(policy: String, decisionsThrough: Int64, runsThrough: Int64) async throws {
        let limit: Int = core.policy.limits.policyPartsPerStep
        var removed: Int = decisionsThrough > 0 ? limit : 0
        while removed == limit {
            removed = try await core.store.write(
                { try $0.removePolicyDecisions(policy: policy, through: decisionsThrough, limit: limit) },
                committed: nil)
        }
        removed = runsThrough > 0 ? limit : 0
        while removed == limit {
            removed = try await core.store.write(
                { try $0.removePolicyRuns(policy: policy, through: runsThrough, limit: limit) }, committed: nil)
        }
    }
}

/// Runs policies when their schedule says so.
package struct PolicyAutomation: Sendable {
    private let core: RegistryCore

    package init(core: RegistryCore) { self.core = core }

    /// Runs every policy that is due, once, however often it was missed, as the registry itself; meant to be called about
    /// once a minute. Throws the first error after having tried all of them.
    package func run() async throws {
        let runs = PolicyRuns(core: core)
        let (now, limit): (Timestamp, Int) = (core.environment.now(), core.policy.limits.policyCount)
        var failure: (any Error)?
        for id in try await core.store.read({ try $0.duePolicies(at: now, limit: limit) }) {
            try Task.checkCancellation()
            do {
                _ = try await runs.run(id, .scheduled, isDryRun: false, core.systemContext("policy"))
            } catch let error as StemmaError where [.policyRunning, .policyNotFound].contains(error.code) {
                // Somebody runs it by hand or deleted it: the next call sees.
                continue
            } catch {
                failure = failure ?? error
            }
        }
        try await runs.dropDeleted()
        if let failure { throw failure }
    }
}
