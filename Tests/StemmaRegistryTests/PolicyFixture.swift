import StemmaDigest
import StemmaJSON
import StemmaTesting
import Synchronization
import Testing

@testable import StemmaRegistry

/// A registry with versions in any state and with observations, and what policies say of them.
struct PolicyFixture {
    let base: RegistryFixture

    var core: RegistryCore { base.core }
    var clock: ManualEnvironment { base.clock }
    var service: PolicyService { PolicyService(core: core) }
    private var store: any MetadataStore { core.store }

    static let day: Int64 = 86_400_000

    static func with(
        policy: RegistryPolicy = RegistryPolicy(), _ body: (PolicyFixture) async throws -> Void
    ) async throws {
        try await RegistryFixture.with(policy: policy) { try await body(PolicyFixture(base: $0)) }
    }

    /// Registers a version and puts it into a state, past all guards; answers its row key.
    @discardableResult
    func version(
        _ model: String, _ version: String, _ state: LifecycleState, metrics: String = "{}"
    ) async throws -> Int64 {
        try await base.register(
            model, #"{"version":"\#(version)","performance_metrics":\#(metrics),"tags":{"of":"\#(model)"}}"#)
        let now: Timestamp = clock.now
        return try await store.write(
            { transaction in
                let model: ModelRecord = try #require(try transaction.model(named: model))
                let number = try #require(SemanticVersion(version))
                let record = try #require(
                    try transaction.version(model: model.id, precedence: number.precedenceKey))
                if state != .development {
                    try transaction.setState(version: record.id, state, sunset: nil, at: now)
                }
                return record.id
            }, committed: nil)
    }

    /// One value a day, the latest now, each the given one or the next of them.
    func observe(_ version: Int64, _ metric: String, _ values: [Double], endingDaysAgo: Int64 = 0) async throws {
        let last: Timestamp = clock.now.adding(milliseconds: -endingDaysAgo * PolicyFixture.day)
        try await store.write(
            { transaction in
                let series: Int64 = try transaction.ensureObservationSeries(version: version, metric: metric)
                for (index, value) in values.reversed().enumerated() {
                    let at: Timestamp = last.adding(milliseconds: -Int64(index) * PolicyFixture.day)
                    let point = ObservationPoint(at: at, value: value)
                    _ = try transaction.putObservationPoints([point], series: series)
                    try transaction.putObservationRollup(
                        ObservationRollup(point), series: series, .day, period: at.dayNumber)
                }
            }, committed: nil)
    }

    /// Registers a consumer of a version for a day.
    func consume(_ version: Int64, _ name: String) async throws {
        let now: Timestamp = clock.now
        try await store.write(
            { transaction in
                let record = try #require(try transaction.version(id: version))
                _ = try transaction.countReads(
                    model: record.modelID, version: version, name: name, ref: "latest", reads: 1, last: now,
                    expires: now.adding(milliseconds: PolicyFixture.day), mayRegister: true)
            }, committed: nil)
    }

    /// Puts a lifecycle in force in which nothing is in the way of any transition.
    func dropGuards() async throws {
        let core: RegistryCore = core
        try await store.write(
            { transaction in
                let present: LifecycleRevision = try core.lifecycle.inForce(transaction)
                var json: JSONObject = try #require(present.definition.json.object)
                let rules: [JSONValue] = (json["transitions"]?.array ?? []).map { rule in
                    var rule: JSONObject = rule.object ?? JSONObject()
                    rule.set("guards", [])
                    return .object(rule)
                }
                json.set("transitions", .array(rules))
                try transaction.insertLifecycleDefinition(
                    StoredJSON.text(json), revision: present.revision + 1, at: core.environment.now(), by: nil)
            }, committed: nil)
    }

    /// Stores a policy and answers its id.
    func make(
        _ kind: String, _ criteria: String, name: String = "p", more: String = ""
    ) async throws -> String {
        let answer: Answer = try await service.createPolicy(
            try parse(#"{"name":"\#(name)","kind":"\#(kind)","criteria":\#(criteria)\#(more)}"#),
            base.registry.context())
        return try #require(try JSONParser.parse(answer.body)["id"]?.string)
    }

    /// Runs it now and answers the run.
    func run(_ id: String, isDryRun: Bool = false) async throws -> JSONValue {
        try JSONParser.parse(try await service.runPolicy(id, base.registry.context(isDryRun: isDryRun)).body)
    }

    /// Makes and runs a policy and answers what it decided, as `model version verdict`.
    func decide(_ kind: String, _ criteria: String, name: String = "p", more: String = "") async throws -> [String] {
        PolicyFixture.verdicts(try await run(try await make(kind, criteria, name: name, more: more)))
    }

    static func verdicts(_ run: JSONValue) -> [String] {
        (run["decisions"]?.array ?? []).map { decision in
            [decision["model"], decision["version"], decision["verdict"]].map { $0?.string ?? "" }.joined(
                separator: " ")
        }.sorted()
    }

    /// What a restart makes of the same registry, over another store that leads to the same place.
    func restarted(over other: any MetadataStore, policy: RegistryPolicy = RegistryPolicy()) async throws
        -> RegistryCore
    {
        let core: RegistryCore = core
        let lifecycle: JSONValue = try await store.read { try core.lifecycle.inForce($0).definition.json }
        return try await RegistryCore.open(
            store: other, blobs: base.blobs, environment: clock.environment, policy: policy, readModel: Forgetful(),
            initialLifecycle: lifecycle, compliance: [])
    }

    private struct Forgetful: ReadModel {
        func apply(_ effects: [Effect]) {}
    }

    func state(_ version: Int64) async throws -> LifecycleState? {
        try await store.read { try $0.version(id: version)?.state }
    }

    func actions() async throws -> [String] { try await base.registry.events().map(\.record.action) }
}

/// A store that counts what is asked of it.
final class CountingStore: MetadataStore {
    private let inner: any MetadataStore
    private let counts = Mutex<(reads: Int, writes: Int)>((0, 0))
    private let onRead = Mutex<(@Sendable (Int) async throws -> Void)?>(nil)

    init(_ inner: any MetadataStore) { self.inner = inner }

    var reads: Int { counts.withLock { $0.reads } }
    var writes: Int { counts.withLock { $0.writes } }

    /// Runs before every read with its number.
    func beforeReads(_ body: @escaping @Sendable (Int) async throws -> Void) { onRead.withLock { $0 = body } }

    func reset() { counts.withLock { $0 = (0, 0) } }

    func read<T: Sendable>(_ body: @escaping @Sendable (any MetadataReader) throws -> T) async throws -> T {
        let number: Int = counts.withLock { counts in
            counts.reads += 1
            return counts.reads
        }
        if let onRead = onRead.withLock({ $0 }) { try await onRead(number) }
        return try await inner.read(body)
    }

    func write<T: Sendable>(
        _ body: @escaping @Sendable (any MetadataTransaction) throws -> T, committed: (@Sendable (T) -> Void)?
    ) async throws -> T {
        counts.withLock { $0.writes += 1 }
        return try await inner.write(body, committed: committed)
    }

    func expunge(_ text: ErasureText, rewriteBytes: Int64) async throws -> Int {
        try await inner.expunge(text, rewriteBytes: rewriteBytes)
    }

    var writesSuspendedReason: String? { inner.writesSuspendedReason }
}
