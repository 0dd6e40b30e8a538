internal import StemmaJSON

/// One run of a policy: looks at every version in its scope page by page, decides, and in mode `enforce` asks the lifecycle
/// for the moves.
///
/// Reads and writes are many and short, so that a run over everything holds up nobody. All of it is judged at the moment of
/// the run's start; what changes meanwhile is noticed before a version is moved.
struct PolicyRunner {
    let core: RegistryCore
    let run: PolicyRunRecord
    let definition: PolicyDefinition
    private let needs: PolicyNeeds
    private var readings: PolicyReadings
    private var recorder: PolicyRecorder
    /// Versions that could be promoted by model, where only one of each can be.
    private var candidates: [Int64: [PolicyDecision]] = [:]
    private var isExclusive = false

    /// Ends a run whose policy is no longer what it was started with.
    struct Superseded: Error {}

    init(_ core: RegistryCore, _ run: PolicyRunRecord, _ definition: PolicyDefinition) {
        self.core = core
        self.run = run
        self.definition = definition
        needs = PolicyNeeds(definition.criteria)
        readings = PolicyReadings(now: run.stored.started, metrics: needs.metrics)
        recorder = PolicyRecorder(run: run.id, core)
    }

    /// Decisions by verdict, those that the policy might have made included.
    var counts: [(verdict: PolicyVerdict, count: Int64)] {
        PolicyVerdict.possible(definition, isDryRun: run.stored.isDryRun).map { ($0, recorder.counts[$0] ?? 0) }
    }

    /// Runs to the end. Throws `Superseded` and `CancellationError` with everything up to then recorded.
    mutating func work() async throws {
        do {
            try await lookAtEverything()
        } catch is CancellationError {
            try await recorder.storeAll()
            throw CancellationError()
        } catch is Superseded {
            try await recorder.storeAll()
            throw Superseded()
        }
        try await recorder.storeAll()
    }

    private mutating func lookAtEverything() async throws {
        let (core, target): (RegistryCore, LifecycleState) = (core, definition.target)
        let (last, isExclusive): (Int64, Bool) = try await core.store.read { reader in
            let lifecycle: LifecycleDefinition = try core.lifecycle.inForce(reader).definition
            return (try reader.lastVersionKey(), lifecycle.rule(target)?.isExclusive == true)
        }
        self.isExclusive = isExclusive && definition.kind == .promotion
        let step: Int64 = core.policy.limits.policyPageVersions
        var pages: [ClosedRange<Int64>] = []
        var first: Int64 = 1
        while first <= last {
            pages.append(first...min(last, first + step - 1))
            first += step
        }
        for span in needs.shared {
            for keys in pages { try await readShared(span, keys) }
        }
        for keys in pages { try await lookAt(keys) }
        for (_, decisions) in candidates.sorted(by: { $0.key < $1.key }) {
            try await choose(decisions)
            try await recorder.storeIfFull()
        }
    }

    /// Reads observations that versions of all pages are compared by.
    private mutating func readShared(_ span: PolicySpan, _ keys: ClosedRange<Int64>) async throws {
        try Task.checkCancellation()
        let bounds = span.bounds(readings.now)
        let found: [Int64: ObservationStatistics] = try await core.store.read { reader in
            try reader.statistics(metric: span.metric, from: bounds.from, to: bounds.to, versions: keys)
        }
        readings.observed[span, default: [:]].merge(found) { _, new in new }
    }

    private mutating func lookAt(_ keys: ClosedRange<Int64>) async throws {
        try Task.checkCancellation()
        let loader = PolicyPageLoader(
            definition: definition, needs: needs, policyID: run.stored.policyID, revision: run.stored.policyRevision)
        let known: PolicyReadings = readings
        let page: PolicyPage = try await core.store.read { reader in try loader.load(keys, known, reader) }
        guard page.isCurrent else { throw Superseded() }
        take(page.readings)
        let decisions: [PolicyDecision] = page.versions.map { PolicyDecision.judge($0, definition, readings) }

        let wish: PolicyVerdict = PolicyVerdict.wish(definition.kind)
        var wanted: [PolicyDecision] = []
        for decision in decisions {
            if decision.verdict != wish {
                recorder.add(decision)
            } else if isExclusive {
                candidates[decision.version.modelID, default: []].append(decision)
            } else {
                wanted.append(decision)
            }
        }
        for decision in wanted { recorder.add(try await concluded(decision)) }
        try await recorder.storeIfFull()
    }

    /// Puts what was read for a page into the place of the page before. What models have in service is read once for all.
    private mutating func take(_ page: PolicyReadings) {
        for span in needs.own { readings.observed[span] = page.observed[span] }
        readings.first = page.first
        readings.consumers = page.consumers
        readings.production.merge(page.production) { _, new in new }
        readings.best.merge(page.best) { _, new in new }
    }

    /// Only one version of a model can be in an exclusive state: the one for which most speaks, of two alike the newer, among
    /// those that the lifecycle lets in.
    private mutating func choose(_ decisions: [PolicyDecision]) async throws {
        let ranked: [PolicyDecision] = decisions.sorted { left, right in
            let (a, b): (Double, Double) = (score(left), score(right))
            return a == b ? left.version.id > right.version.id : a > b
        }
        var chosen: PolicyDecision?
        for decision in ranked {
            if let chosen {
                recorder.add(
                    decision.with(
                        .keep,
                        PolicyDecision.Note(
                            reason: "it would do, but more speaks for \(chosen.version.version) of the same model")))
                continue
            }
            let concluded: PolicyDecision = try await concluded(decision)
            recorder.add(concluded)
            if [.promote, .promoted].contains(concluded.verdict) { chosen = concluded }
        }
    }

    private func score(_ decision: PolicyDecision) -> Double {
        guard let criterion = definition.criteria.first, let finding = decision.findings.first else { return 0 }
        return criterion.score(finding)
    }

    /// What becomes of a decision to move, after having it done where it is to be.
    private func concluded(_ decision: PolicyDecision) async throws -> PolicyDecision {
        guard definition.mode == .enforce else { return decision }
        try Task.checkCancellation()
        return try await run.stored.isDryRun ? rehearse(decision) : enforce(decision)
    }

    /// Has the lifecycle move the version, under the guards that everybody is under.
    private func enforce(_ decision: PolicyDecision) async throws -> PolicyDecision {
        let seen: PolicyVersion = decision.version
        do {
            let answer: Answer = try await LifecycleService(core: core).moveBySystem(
                version: seen.id, to: definition.target, kind: .automatic, rationale: rationale(decision),
                evidence: evidence(decision), occasion: "policy",
                if: { $0.state == seen.state && $0.revision == seen.revision })
            guard answer.outcome == .unchanged else { return decision.with(PolicyVerdict.done(definition.kind)) }
            return decision.with(
                .unknown,
                PolicyDecision.Note(reason: "it changed while the policy ran; the next run looks at it again"))
        } catch let error as StemmaError where !PolicyRunner.failures.contains(error.code) {
            return decision.with(.refused, PolicyRunner.note(error))
        }
    }

    /// What the lifecycle would say, without asking for anything.
    private func rehearse(_ decision: PolicyDecision) async throws -> PolicyDecision {
        let (core, target, id, now) = (core, definition.target, decision.version.id, readings.now)
        let request = VersionFacts.RequestFacts(
            rationale: rationale(decision), evidence: evidence(decision), isAutomatic: true)
        let refusal: StemmaError? = try await core.store.read { reader in
            guard let record = try reader.version(id: id), record.deleted == nil else {
                return StemmaError(.versionNotFound, "the version was deleted meanwhile")
            }
            let lifecycle: LifecycleRevision = try core.lifecycle.inForce(reader)
            guard let rule = lifecycle.definition.transition(from: record.state, to: target) else {
                return TransitionDecision(record, to: target, lifecycle, nil, []).refusal(unknown: lifecycle.definition)
            }
            let facts: VersionFacts = try FactsReader.facts(of: record, request: request, at: now, reader)
            let found = TransitionDecision(
                record, to: target, lifecycle, facts,
                GuardCatalogue.evaluate(rule.guards, facts, lifecycle.definition))
            return found.isAllowed ? nil : found.refusal()
        }
        return refusal.map { decision.with(.refused, PolicyRunner.note($0)) } ?? decision
    }

    /// What says that the registry cannot work. Every other error is about one version, and does not end the run.
    private static let failures: Set<StemmaErrorCode> = [
        .internalError, .insufficientStorage, .writesSuspended, .auditTampered, .shuttingDown, .overloaded,
    ]

    private static func note(_ error: StemmaError) -> PolicyDecision.Note {
        let guards: [JSONValue] = error.members["guards"]?.array ?? []
        return PolicyDecision.Note(reason: error.detail, guards: guards.filter { $0["passed"]?.bool == false })
    }

    private func rationale(_ decision: PolicyDecision) -> String {
        let pairs = Array(zip(definition.criteria, decision.findings)).map { (criterion: $0, finding: $1) }
        let reason: String = PolicyDecision.reason(pairs, decision.verdict)
        return "Policy \(definition.name): \(reason)"
    }

    private func evidence(_ decision: PolicyDecision) -> JSONObject {
        [
            "policy": [
                "id": .string(run.stored.policyID), "name": .string(definition.name),
                "revision": .integer(run.stored.policyRevision), "run": .string(run.id),
                "criteria": .array(zip(definition.criteria, decision.findings).map { $0.document($1) }),
            ]
        ]
    }
}

/// The versions of one page with what was read for them.
private struct PolicyPage: Sendable {
    /// False where the policy was changed or deleted since the run began.
    let isCurrent: Bool
    let versions: [PolicyVersion]
    /// Only what this page adds.
    let readings: PolicyReadings
}

/// Reads a page inside one read.
private struct PolicyPageLoader: Sendable {
    let definition: PolicyDefinition
    let needs: PolicyNeeds
    let policyID: String
    let revision: Int64

    /// `known` is what was read for the pages before.
    func load(
        _ keys: ClosedRange<Int64>, _ known: PolicyReadings, _ reader: any MetadataReader
    ) throws -> PolicyPage {
        var readings = PolicyReadings(now: known.now, metrics: needs.metrics)
        guard let policy = try reader.policy(id: policyID), policy.deleted == nil, policy.revision == revision else {
            return PolicyPage(isCurrent: false, versions: [], readings: readings)
        }
        let versions: [PolicyVersion] = try reader.policyVersions(
            keys: keys, states: definition.states, filter: definition.filter, metrics: needs.metrics)
        // Where the scope takes little of the page, nothing is read of the rest.
        guard let first = versions.first, let last = versions.last else {
            return PolicyPage(isCurrent: true, versions: [], readings: readings)
        }
        let scope: ClosedRange<Int64> = first.id...last.id
        for span in needs.own {
            let bounds = span.bounds(known.now)
            readings.observed[span] = try reader.statistics(
                metric: span.metric, from: bounds.from, to: bounds.to, versions: scope)
        }
        for span in needs.first {
            readings.first[span] = try reader.firstObservations(metric: span.metric, days: span.days, keys: scope)
        }
        if needs.consumers { readings.consumers = try reader.liveConsumerCounts(keys: scope, at: known.now) }
        let models: Set<Int64> = Set(versions.map(\.modelID))
        if needs.production {
            let new: [Int64] = models.filter { known.production[$0] == nil }.sorted()
            for version in try reader.policyVersions(models: new, states: [.production], metrics: []) {
                readings.production[version.modelID] = version
            }
        }
        if let criterion = definition.criteria.lazy.compactMap({ $0 as? ReplacementCriterion }).first {
            let new: [Int64] = models.filter { known.best[$0] == nil }.sorted()
            let found: [PolicyVersion] = try reader.policyVersions(
                models: new, states: LifecycleState.inService, metrics: needs.metrics)
            readings.best = criterion.best(found, known)
        }
        return PolicyPage(isCurrent: true, versions: versions, readings: readings)
    }
}
