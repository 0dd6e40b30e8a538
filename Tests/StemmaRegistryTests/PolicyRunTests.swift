import StemmaJSON
import StemmaSQLite
import StemmaTesting
import Synchronization
import Testing

@testable import StemmaRegistry

@Suite struct PolicyRunTests {
    private static let minute: Int64 = 60_000

    @Test func recommendingMovesNothing() async throws {
        try await PolicyFixture.with { fixture in
            try await fixture.dropGuards()
            let version = try await fixture.version("m", "1.0.0", .production)
            fixture.clock.advance(milliseconds: 181 * PolicyFixture.day)
            let before: Int = try await fixture.actions().count
            #expect(try await fixture.decide("retirement", #"{"age":{}}"#) == ["m 1.0.0 retire"])
            #expect(try await fixture.state(version) == .production)
            #expect(try await fixture.actions().dropFirst(before) == ["create_policy", "run_policy"])
        }
    }

    @Test func enforcingMovesThroughTheLifecycle() async throws {
        try await PolicyFixture.with { fixture in
            let alone = try await fixture.version("alone", "1.0.0", .production)
            let first = try await fixture.version("m", "1.0.0", .production)
            try await fixture.version("m", "1.1.0", .staging)
            fixture.clock.advance(milliseconds: 181 * PolicyFixture.day)
            let id = try await fixture.make("retirement", #"{"age":{}}"#, more: #","mode":"enforce""#)
            let run: JSONValue = try await fixture.run(id)
            #expect(PolicyFixture.verdicts(run) == ["alone 1.0.0 refused", "m 1.0.0 retired"])
            #expect(run["counts"] == ["retired": 1, "refused": 1, "unknown": 0, "keep": 0])
            #expect(try await fixture.state(first) == .deprecated)
            #expect(try await fixture.state(alone) == .production)
            #expect(try await fixture.actions().suffix(2) == ["transition_version", "run_policy"])

            let refused: JSONValue = try #require(
                run["decisions"]?.array?.first { $0["verdict"]?.string == "refused" })
            #expect(refused["guards"]?.array?.map { $0["name"]?.string } == ["replacement_available"])
            #expect(refused["reason"]?.string?.contains("no other version of alone") == true)
            let transition: TransitionRecord = try #require(
                try await fixture.core.store.read { try $0.transitions(version: first, before: nil, limit: 1).first })
            #expect(transition.by == RegistryCore.systemSubject)
            #expect(transition.stored.kind == .automatic)
            #expect(transition.stored.rationale == "Policy p: registered 181 days ago, more than 180")
            let evidence: JSONObject = try StoredJSON.object(try #require(transition.stored.evidence))
            #expect(evidence["policy"]?["run"] == run["id"])
        }
    }

    /// There is no side door: approval gates hold for policies as for everybody.
    @Test func promotingIsRefusedWhereGatesAreNotPassed() async throws {
        try await PolicyFixture.with { fixture in
            let version = try await fixture.version("m", "1.0.0", .staging, metrics: #"{"auc":0.9}"#)
            let id = try await fixture.make(
                "promotion", #"{"metric":{"metric":"auc","minimum":0.5}}"#, more: #","mode":"enforce""#)
            let run: JSONValue = try await fixture.run(id)
            #expect(PolicyFixture.verdicts(run) == ["m 1.0.0 refused"])
            let guards: [String] =
                run["decisions"]?.array?[0]["guards"]?.array?.compactMap { $0["name"]?.string } ?? []
            #expect(guards.contains("approval_gates") && guards.contains("ab_test_results"))
            #expect(try await fixture.state(version) == .staging)
        }
    }

    @Test func promotingDisplacesWhatIsInProduction() async throws {
        try await PolicyFixture.with { fixture in
            try await fixture.dropGuards()
            let old = try await fixture.version("m", "1.0.0", .production)
            let new = try await fixture.version("m", "1.1.0", .shadow)
            let other = try await fixture.version("m", "1.2.0", .staging)
            for (version, value) in [(old, 0.8), (new, 0.9), (other, 0.85)] {
                try await fixture.observe(version, "accuracy", [value])
            }
            let id = try await fixture.make(
                "promotion", #"{"champion_challenger":{"metric":"accuracy"}}"#, more: #","mode":"enforce""#)
            #expect(PolicyFixture.verdicts(try await fixture.run(id)) == ["m 1.1.0 promoted", "m 1.2.0 keep"])
            #expect(try await fixture.state(old) == .deprecated)
            #expect(try await fixture.state(new) == .production)
            #expect(try await fixture.state(other) == .staging)
            // Now the new one is what others are compared with.
            #expect(PolicyFixture.verdicts(try await fixture.run(id)) == ["m 1.2.0 keep"])
        }
    }

    @Test func aDryRunSaysWhatWouldHappenAndIsRecorded() async throws {
        try await PolicyFixture.with { fixture in
            try await fixture.version("alone", "1.0.0", .production)
            let first = try await fixture.version("m", "1.0.0", .production)
            try await fixture.version("m", "1.1.0", .staging)
            fixture.clock.advance(milliseconds: 181 * PolicyFixture.day)
            let id = try await fixture.make("retirement", #"{"age":{}}"#, more: #","mode":"enforce""#)
            let run: JSONValue = try await fixture.run(id, isDryRun: true)
            #expect(PolicyFixture.verdicts(run) == ["alone 1.0.0 refused", "m 1.0.0 retire"])
            #expect(run["counts"] == ["refused": 1, "retire": 1, "unknown": 0, "keep": 0])
            #expect(run["dry_run"] == true)
            #expect(try await fixture.state(first) == .production)
            let event: AuditEvent = try #require(try await fixture.base.registry.events().last)
            #expect(event.record.action == "run_policy")
            #expect(event.detail["dry_run"] == true)
            let listed = try await fixture.service.listPolicyRuns(id, ListRequest(), fixture.base.registry.admin)
            #expect(listed.items.count == 1)
        }
    }

    @Test func theScheduleRunsWhatIsDueOnceHoweverLate() async throws {
        try await PolicyFixture.with { fixture in
            let automation = PolicyAutomation(core: fixture.core)
            try await fixture.version("m", "1.0.0", .production)
            let id = try await fixture.make("retirement", #"{"age":{}}"#, more: #","schedule":{"every_minutes":60}"#)
            let other = try await fixture.make(
                "retirement", #"{"age":{}}"#, name: "off", more: #","schedule":{"every_minutes":60},"enabled":false"#)
            let runs: (String) async throws -> [JSONValue] = { policy in
                try await fixture.service.listPolicyRuns(policy, ListRequest(), fixture.base.registry.admin).items.map {
                    try JSONParser.parse($0)
                }
            }
            let next: () async throws -> String? = {
                try JSONParser.parse(
                    try await fixture.service.readPolicy(id, fixture.base.registry.admin).body)["next_run_at"]?.string
            }
            fixture.clock.advance(milliseconds: 60 * Self.minute - 1)
            try await automation.run()
            #expect(try await runs(id).isEmpty)
            fixture.clock.advance(milliseconds: 1)
            try await automation.run()
            try await automation.run()
            #expect(try await runs(id).count == 1)
            #expect(try await runs(id)[0]["cause"] == "scheduled")
            #expect(try await runs(id)[0]["by"] == .string(RegistryCore.systemSubject))
            #expect(try await next() == "2024-01-15T12:00:00.000Z")
            // Five are missed; one run makes up for them, and the rhythm stays.
            fixture.clock.advance(milliseconds: (5 * 60 + 10) * Self.minute)
            try await automation.run()
            try await automation.run()
            #expect(try await runs(id).count == 2)
            #expect(try await next() == "2024-01-15T17:00:00.000Z")
            // A run by hand does not disturb it.
            _ = try await fixture.run(id)
            #expect(try await next() == "2024-01-15T17:00:00.000Z")
            #expect(try await runs(other).isEmpty)
        }
    }

    @Test func whatACrashLeftOpenIsEndedAtTheNextStart() async throws {
        try await PolicyFixture.with { fixture in
            let id = try await fixture.make("retirement", #"{"age":{}}"#)
            let (now, admin) = (fixture.clock.now, fixture.base.registry.admin.id)
            try await fixture.core.store.write(
                { transaction in
                    _ = try transaction.insertPolicyRun(
                        NewPolicyRun(
                            id: "prun_1", policyID: id, policyRevision: 1,
                            definition: try #require(try transaction.policy(id: id)).stored.definition, cause: .manual,
                            isDryRun: false, started: now, principalID: admin))
                }, committed: nil)
            let restarted: RegistryCore = try await fixture.restarted(over: fixture.base.store)
            let service = PolicyService(core: restarted)
            let run: JSONValue = try JSONParser.parse(
                try await service.readPolicyRun(policy: id, run: "prun_1", fixture.base.registry.admin))
            #expect(run["status"] == "interrupted")
            #expect(run["finished_at"]?.string == fixture.clock.now.description)
            #expect(try await fixture.actions().last == "run_policy")
            #expect(try await fixture.run(id)["number"] == 2)
        }
    }

    /// A run that could not even be ended does not keep the policy from running for ever.
    @Test func aRunThatNobodyWorksOnDoesNotBlock() async throws {
        try await PolicyFixture.with { fixture in
            let id = try await fixture.make("retirement", #"{"age":{}}"#)
            let (now, admin) = (fixture.clock.now, fixture.base.registry.admin.id)
            try await fixture.core.store.write(
                { transaction in
                    _ = try transaction.insertPolicyRun(
                        NewPolicyRun(
                            id: "prun_1", policyID: id, policyRevision: 1,
                            definition: try #require(try transaction.policy(id: id)).stored.definition, cause: .manual,
                            isDryRun: false, started: now, principalID: admin))
                }, committed: nil)
            #expect(try await fixture.run(id)["status"] == "finished")
            #expect(try await fixture.core.store.read { try $0.policyRun(id: "prun_1")?.status } == .interrupted)
        }
    }

    /// Runs a policy by age and, before a read in the middle of the run, `body`, which gets the registry that runs it; answers
    /// the run as it is stored, and what was thrown.
    private func interrupted(
        _ fixture: PolicyFixture, by body: @escaping @Sendable (PolicyService, String) async throws -> Void
    ) async throws -> (run: JSONValue, thrown: (any Error)?) {
        let id = try await fixture.make("retirement", #"{"age":{}}"#)
        let counting = CountingStore(fixture.base.store)
        let service = PolicyService(core: try await fixture.restarted(over: counting))
        let isDone = Mutex(false)
        counting.beforeReads { _ in
            let isOpen: Bool = try await fixture.core.store.read { !(try $0.openPolicyRuns(policy: id)).isEmpty }
            guard isOpen, !isDone.withLock({ $0 }) else { return }
            isDone.withLock { $0 = true }
            try await body(service, id)
        }
        var thrown: (any Error)?
        do {
            _ = try await service.runPolicy(id, fixture.base.registry.context())
        } catch {
            thrown = error
        }
        #expect(isDone.withLock { $0 })
        let runs: ListAnswer = try await fixture.service.listPolicyRuns(
            id, ListRequest(), fixture.base.registry.admin)
        return (try JSONParser.parse(try #require(runs.items.last)), thrown)
    }

    @Test func aPolicyRunsOnceAtATime() async throws {
        try await PolicyFixture.with { fixture in
            let context: RequestContext = fixture.base.registry.context()
            let end = try await interrupted(fixture) { service, id in
                await expectRefusal(.policyRunning) { _ = try await service.runPolicy(id, context) }
            }
            #expect(end.run["status"] == "finished")
            #expect(end.thrown == nil)
        }
    }

    @Test func aRunEndsWhereItsPolicyIsChanged() async throws {
        try await PolicyFixture.with { fixture in
            try await fixture.version("m", "1.0.0", .production)
            let end = try await interrupted(fixture) { _, id in
                _ = try await fixture.service.replacePolicy(
                    id, try parse(#"{"name":"q","kind":"retirement","criteria":{"age":{}}}"#),
                    fixture.base.registry.context())
            }
            #expect(end.run["status"] == "interrupted")
            #expect(end.run["error"] == "the policy was changed while it ran")
        }
    }

    @Test func aRunThatIsCancelledIsMarked() async throws {
        try await PolicyFixture.with { fixture in
            try await fixture.version("m", "1.0.0", .production)
            let task = Task {
                try await interrupted(fixture) { _, _ in withUnsafeCurrentTask { $0?.cancel() } }
            }
            let end = try await task.value
            #expect(end.run["status"] == "interrupted")
            #expect(end.run["error"] == "the registry stopped while the policy ran")
        }
    }

    @Test func aRunThatMeetsAnErrorIsMarkedAndCanBeRepeated() async throws {
        try await PolicyFixture.with { fixture in
            try await fixture.version("m", "1.0.0", .production)
            let end = try await interrupted(fixture) { _, _ in
                throw StemmaError(.internalError, "the metadata store failed", cause: "test")
            }
            #expect((end.thrown as? StemmaError)?.code == .internalError)
            #expect(end.run["status"] == "failed")
            #expect(end.run["error"] == "the metadata store failed")
            #expect(try await fixture.actions().last == "run_policy")
            #expect(try await fixture.run(try #require(end.run["policy_id"]?.string))["status"] == "finished")
        }
    }

    @Test func everyRunIsLimitedToVersionsThatAreAsTheyWereJudged() async throws {
        try await PolicyFixture.with { fixture in
            try await fixture.dropGuards()
            let version = try await fixture.version("m", "1.0.0", .production)
            fixture.clock.advance(milliseconds: 181 * PolicyFixture.day)
            let id = try await fixture.make("retirement", #"{"age":{}}"#, more: #","mode":"enforce""#)
            // Between the page's read and the move: the store changes the version before the first write after it.
            let store = InterferingStore(fixture.base.store) {
                _ = try await fixture.base.versions.updateVersion(
                    model: "m", version: "1.0.0", try parse(#"{"description":"new"}"#), fixture.base.registry.context())
            }
            let second: RegistryCore = try await fixture.restarted(over: store)
            store.arm(afterWrites: 1)
            let answer: Answer = try await PolicyService(core: second).runPolicy(id, fixture.base.registry.context())
            let run: JSONValue = try JSONParser.parse(answer.body)
            #expect(PolicyFixture.verdicts(run) == ["m 1.0.0 unknown"])
            #expect(run["decisions"]?.array?[0]["reason"]?.string?.hasPrefix("it changed while") == true)
            #expect(try await fixture.state(version) == .production)
        }
    }

    @Test func onlyTheLatestRunsKeepTheirDecisions() async throws {
        var policy = RegistryPolicy()
        policy.limits.policyRunsWithDecisions = 2
        policy.limits.policyRunsKept = 4
        policy.limits.policyDecisionsPerPart = 2
        policy.limits.policyPartsPerStep = 1
        try await PolicyFixture.with(policy: policy) { fixture in
            for number in 0..<5 { try await fixture.version("m\(number)", "1.0.0", .production) }
            let id = try await fixture.make("retirement", #"{"age":{}}"#)
            for _ in 0..<5 { _ = try await fixture.run(id) }
            let runs: [JSONValue] = try await fixture.service.listPolicyRuns(
                id, ListRequest(), fixture.base.registry.admin
            ).items.map { try JSONParser.parse($0) }
            #expect(runs.map { $0["number"]?.integer } == [5, 4, 3, 2])
            #expect(runs.map { $0["decisions_kept"]?.bool } == [true, true, false, false])
            #expect(runs.allSatisfy { $0["counts"]?["keep"] == 5 })
            _ = try await fixture.service.deletePolicy(id, fixture.base.registry.context())
            try await PolicyAutomation(core: fixture.core).run()
            #expect(try await fixture.core.store.read { try $0.policyRuns(policy: id, before: nil, limit: 9).isEmpty })
        }
    }

    /// Pages of decisions reach every one exactly once, whatever the sizes.
    @Test(arguments: [1, 2, 3, 7, 500])
    func decisionsAreReadPageByPage(_ limit: Int) async throws {
        var policy = RegistryPolicy()
        policy.limits.policyDecisionsPerPart = 3
        policy.limits.policyDecisionsPerWrite = 6
        policy.limits.policyDecisionsAnswered = 4
        policy.limits.policyPageVersions = 5
        try await PolicyFixture.with(policy: policy) { fixture in
            for number in 0..<17 {
                let id = try await fixture.version("m\(number)", "1.0.0", .production)
                if number % 3 == 0 { try await fixture.observe(id, "daily_requests", [number % 2 == 0 ? 1 : 1_000]) }
            }
            let id = try await fixture.make("retirement", #"{"usage":{}}"#)
            let run: JSONValue = try await fixture.run(id)
            #expect(run["counts"] == ["retire": 3, "unknown": 11, "keep": 3])
            #expect(run["decisions"]?.array?.count == 4)
            #expect(run["decisions_truncated"] == true)
            let runID: String = try #require(run["id"]?.string)
            var found: [String] = []
            var cursor: String?
            repeat {
                let page: ListAnswer = try await fixture.service.listPolicyDecisions(
                    policy: id, run: runID, verdict: nil, ListRequest(limit: limit, cursor: cursor),
                    fixture.base.registry.admin)
                #expect(page.items.count <= limit)
                for item in page.items {
                    let decision: JSONValue = try JSONParser.parse(item)
                    found.append((decision["verdict"]?.string ?? "") + " " + (decision["model"]?.string ?? ""))
                }
                cursor = page.nextCursor
            } while cursor != nil
            #expect(found.count == 17)
            #expect(Set(found).count == 17)
            #expect(found.prefix(3) == ["retire m0", "retire m6", "retire m12"])
        }
    }

    /// What a run asks of the store grows with pages and parts, not with versions.
    @Test func theStoreIsAskedByThePage() async throws {
        var policy = RegistryPolicy()
        policy.limits.policyPageVersions = 20
        policy.limits.policyDecisionsPerPart = 10
        policy.limits.policyDecisionsPerWrite = 20
        let limits: Limits = policy.limits
        try await PolicyFixture.with(policy: policy) { fixture in
            let counting = CountingStore(fixture.base.store)
            let second: RegistryCore = try await fixture.restarted(over: counting, policy: policy)
            let id = try await fixture.make(
                "retirement",
                #"{"performance":{"metric":"auc"},"age":{},"usage":{},"replacement":{"metric":"auc","measured":"observed"}}"#
            )
            var asked: [(reads: Int, writes: Int)] = []
            var count = 0
            for size in [40, 120] {
                while count < size {
                    let version = try await fixture.version("m\(count)", "1.0.0", .production, metrics: #"{"auc":0.9}"#)
                    if count % 10 == 0 { try await fixture.observe(version, "auc", [0.9]) }
                    count += 1
                }
                counting.reset()
                _ = try await PolicyService(core: second).runPolicy(id, fixture.base.registry.context())
                asked.append((counting.reads, counting.writes))
            }
            let pages: Int = (120 - 40) / Int(limits.policyPageVersions)
            // Each page is read twice: once for what versions of all pages are compared by.
            #expect(asked[1].reads - asked[0].reads == 2 * pages)
            #expect(asked[1].writes - asked[0].writes <= 80 / limits.policyDecisionsPerWrite + 1)
        }
    }
}

/// A store in which something else happens between two writes.
final class InterferingStore: MetadataStore {
    private let inner: any MetadataStore
    private let body: @Sendable () async throws -> Void
    private let countdown = Mutex<Int?>(nil)

    init(_ inner: any MetadataStore, _ body: @escaping @Sendable () async throws -> Void) {
        self.inner = inner
        self.body = body
    }

    /// Lets it happen after that many more writes, before the next one.
    func arm(afterWrites count: Int) { countdown.withLock { $0 = count } }

    func read<T: Sendable>(_ body: @escaping @Sendable (any MetadataReader) throws -> T) async throws -> T {
        try await inner.read(body)
    }

    func write<T: Sendable>(
        _ body: @escaping @Sendable (any MetadataTransaction) throws -> T, committed: (@Sendable (T) -> Void)?
    ) async throws -> T {
        let isNow: Bool = countdown.withLock { countdown in
            guard let left = countdown else { return false }
            countdown = left == 0 ? nil : left - 1
            return left == 0
        }
        if isNow { try await self.body() }
        return try await inner.write(body, committed: committed)
    }

    func expunge(_ text: ErasureText, rewriteBytes: Int64) async throws -> Int {
        try await inner.expunge(text, rewriteBytes: rewriteBytes)
    }

    var writesSuspendedReason: String? { inner.writesSuspendedReason }
}
