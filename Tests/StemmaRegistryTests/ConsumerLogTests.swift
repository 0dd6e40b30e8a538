import StemmaJSON
import StemmaTesting
import Testing

@testable import StemmaRegistry

@Suite struct ConsumerTableTests {
    private func name(_ text: String) throws -> ConsumerName { try ConsumerName(validating: text) }

    private func target(_ version: Int64, _ ref: String = "@production") -> ConsumerTarget {
        ConsumerTarget(modelID: 1, versionID: version, ref: ref)
    }

    @Test func readsOfOneConsumerAreOneEntry() throws {
        let table = ConsumerTable(entriesMax: 10)
        for moment in [Int64(5), 9, 7] {
            table.note(target(1, "ref \(moment)"), try name("a"), at: Timestamp(milliseconds: moment))
        }
        table.note(target(2), try name("a"), at: Timestamp(milliseconds: 1))
        table.note(target(1), try name("b"), at: Timestamp(milliseconds: 1))
        let entries: [ConsumerTable.Entry] = table.drain()
        #expect(entries.count == 3)
        let entry: ConsumerTable.Entry = try #require(entries.first { $0.reads == 3 })
        #expect(entry.last.milliseconds == 9)
        #expect(entry.ref == "ref 9")
        #expect(table.drain().isEmpty)
    }

    @Test func entriesBeyondTheLimitAreOnlyCounted() throws {
        let table = ConsumerTable(entriesMax: 5)
        for number in 0..<20 { table.note(target(1), try name("c\(number)"), at: ManualEnvironment.start) }
        for _ in 0..<3 { table.note(target(1), try name("c0"), at: ManualEnvironment.start) }
        #expect(table.droppedReads == 15)
        let entries: [ConsumerTable.Entry] = table.drain()
        #expect(entries.count == 5)
        #expect(entries.reduce(0) { $0 + $1.reads } == 8)
        // What was taken out makes room.
        for number in 20..<25 { table.note(target(1), try name("c\(number)"), at: ManualEnvironment.start) }
        #expect(table.droppedReads == 15)
        // What comes back finds no room.
        table.add(entries[0])
        #expect(table.droppedReads == 15 + entries[0].reads)
        #expect(table.drain().count == 5)
    }

    @Test func concurrentReadsAreAllCounted() async throws {
        let table = ConsumerTable(entriesMax: 40)
        let names: [ConsumerName] = try (0..<50).map { try name("consumer number \($0)") }
        let drained: Int64 = await withTaskGroup(of: Int64.self) { group in
            for worker in 0..<8 {
                group.addTask {
                    var taken: Int64 = 0
                    for round in 0..<2_000 {
                        table.note(
                            ConsumerTarget(modelID: 1, versionID: Int64(round % 3), ref: "latest"),
                            names[(round * 7 + worker) % names.count], at: ManualEnvironment.start)
                        if round % 500 == 499 { taken += table.drain().reduce(0) { $0 + $1.reads } }
                    }
                    return taken
                }
            }
            return await group.reduce(0, +)
        }
        let rest: [ConsumerTable.Entry] = table.drain()
        #expect(rest.count <= 40)
        #expect(drained + rest.reduce(0) { $0 + $1.reads } + table.droppedReads == 16_000)
    }

    static let good: [String] = [
        "a", "fraud scorer 7", "é", String(repeating: "x", count: 200), String(repeating: "é", count: 200),
    ]
    static let bad: [String] = [
        "", String(repeating: "x", count: 201), String(repeating: "é", count: 201), "a\u{7}b", "a\tb", "\u{7F}",
        "a\u{85}", "a\u{202E}b", "a\u{200B}b", "a\u{FFFD}",
    ]

    @Test(arguments: good) func acceptsNames(_ text: String) throws {
        #expect(try ConsumerName(validating: text).text == text)
        #expect(Array(text.utf8).withUnsafeBytes { ConsumerName(bytes: $0)?.text } == text)
    }

    @Test(arguments: bad) func refusesNames(_ text: String) {
        #expect(throws: NameFault.self) { try ConsumerName(validating: text) }
        #expect(Array(text.utf8).withUnsafeBytes { ConsumerName(bytes: $0) } == nil)
    }

    @Test func refusesBytesThatAreNoText() {
        #expect([UInt8]([0x61, 0xE9]).withUnsafeBytes { ConsumerName(bytes: $0) } == nil)
    }
}

@Suite struct ConsumerLogTests {
    private func version(_ fixture: RegistryFixture, _ number: String = "1.0.0", of model: String = "m") async throws
        -> VersionRecord
    {
        try await fixture.versions.readVersion(model: model, ref: number, fixture.registry.admin).record
    }

    private func note(_ fixture: RegistryFixture, _ name: String, _ version: VersionRecord) throws {
        let target: ConsumerTarget = try #require(ConsumerTarget(version, ref: "latest"))
        fixture.core.consumerLog.note(target, try ConsumerName(validating: name))
    }

    private func consumers(_ fixture: RegistryFixture, of version: VersionRecord) async throws -> [ConsumerRecord] {
        try await fixture.store.read { try $0.consumers(model: version.modelID, at: nil, after: nil, limit: 1_000) }
    }

    private func registrations(_ fixture: RegistryFixture) async throws -> [AuditEvent] {
        try await fixture.registry.events().filter { $0.record.action == "register_consumers" }
    }

    @Test func nothingIsWrittenBeforeTheFlush() async throws {
        try await RegistryFixture.with { fixture in
            try await fixture.register("m", #"{"version":"1.0.0"}"#)
            let version: VersionRecord = try await version(fixture)
            for _ in 0..<5 { try note(fixture, "scorer", version) }
            #expect(try await consumers(fixture, of: version).isEmpty)
            try await fixture.core.consumerLog.flush()
            let found: [ConsumerRecord] = try await consumers(fixture, of: version)
            #expect(found.map(\.name) == ["scorer"])
            #expect(found.map(\.reads) == [5])
            #expect(found.map(\.ref) == ["latest"])
            #expect(
                found.map(\.expires)
                    == [fixture.clock.now.adding(milliseconds: fixture.core.policy.consumerLifetimeMilliseconds)])
        }
    }

    @Test func registrationsAreAuditedOnceForAModelAndRenewalsNot() async throws {
        try await RegistryFixture.with { fixture in
            for model in ["m", "n"] { try await fixture.register(model, #"{"version":"1.0.0"}"#) }
            let (m, n) = (try await version(fixture), try await version(fixture, of: "n"))
            for name in ["b", "a", "c"] { try note(fixture, name, m) }
            try note(fixture, "a", n)
            try await fixture.core.consumerLog.flush()
            let events: [AuditEvent] = try await registrations(fixture)
            #expect(events.map { $0.record.resource.id }.sorted() == ["m", "n"])
            let event: AuditEvent = try #require(events.first { $0.record.resource.id == "m" })
            #expect(event.detail["count"]?.integer == 3)
            #expect(event.detail.members.map(\.name) == ["count"])
            let listed: [JSONValue] = try #require(event.personal["changes"]?["after"]?["consumers"]?.array)
            #expect(listed.compactMap { $0["consumer"]?.string } == ["a", "b", "c"])
            #expect(listed.first?["version"]?.string == "1.0.0")
            // A renewal changes no more than times and counts.
            fixture.clock.advance(milliseconds: 1_000)
            try note(fixture, "a", m)
            try await fixture.core.consumerLog.flush()
            #expect(try await registrations(fixture).count == 2)
            // One that expired is new again.
            fixture.clock.advance(milliseconds: fixture.core.policy.consumerLifetimeMilliseconds)
            try note(fixture, "a", m)
            try await fixture.core.consumerLog.flush()
            #expect(try await registrations(fixture).count == 3)
        }
    }

    @Test func versionsThatWentMeanwhileAndDraftsAreLeftOut() async throws {
        try await RegistryFixture.with { fixture in
            try await fixture.register("m", #"{"version":"1.0.0"}"#)
            try await fixture.register("m", #"{"version":"1.0.1"}"#)
            try await fixture.register("m", #"{"version":"1.0.2","draft":true}"#)
            let gone: VersionRecord = try await version(fixture)
            let kept: VersionRecord = try await version(fixture, "1.0.1")
            #expect(ConsumerTarget(try await version(fixture, "1.0.2"), ref: "1.0.2") == nil)
            _ = try await fixture.versions.deleteVersion(model: "m", version: "1.0.0", fixture.registry.context())
            try note(fixture, "scorer", gone)
            try note(fixture, "scorer", kept)
            fixture.core.consumerLog.note(
                ConsumerTarget(modelID: 404, versionID: 404, ref: "x"), try ConsumerName(validating: "scorer"))
            try await fixture.core.consumerLog.flush()
            #expect(try await consumers(fixture, of: kept).map(\.version) == ["1.0.1"])
        }
    }

    @Test func aModelTakesOnlySoManyConsumers() async throws {
        var policy = RegistryPolicy()
        policy.limits.consumersPerModel = 3
        try await RegistryFixture.with(policy: policy) { fixture in
            try await fixture.register("m", #"{"version":"1.0.0"}"#)
            let version: VersionRecord = try await version(fixture)
            for name in ["a", "b"] { try note(fixture, name, version) }
            try await fixture.core.consumerLog.flush()
            for name in ["c", "d", "e", "a"] { try note(fixture, name, version) }
            try await fixture.core.consumerLog.flush()
            let found: [ConsumerRecord] = try await consumers(fixture, of: version)
            #expect(found.count == 3)
            #expect(found.first?.reads == 2)
            #expect(fixture.core.consumerLog.droppedReads == 2)
            fixture.clock.advance(milliseconds: policy.consumerLifetimeMilliseconds)
            for name in ["d", "e"] { try note(fixture, name, version) }
            try await fixture.core.consumerLog.flush()
            #expect(fixture.core.consumerLog.droppedReads == 2)
        }
    }

    /// Whoever flushes also waits for what somebody else has taken out and not stored yet.
    @Test func everyFlushSeesWhatWasNotedBeforeIt() async throws {
        try await RegistryFixture.with { fixture in
            try await fixture.register("m", #"{"version":"1.0.0"}"#)
            let version: VersionRecord = try await version(fixture)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<50 {
                    group.addTask {
                        let name: String = "scorer \(number)"
                        try note(fixture, name, version)
                        try await fixture.core.consumerLog.flush()
                        #expect(try await consumers(fixture, of: version).contains { $0.name == name })
                    }
                }
                try await group.waitForAll()
            }
            let found: [ConsumerRecord] = try await consumers(fixture, of: version)
            #expect(found.count == 50)
            #expect(found.allSatisfy { $0.reads == 1 })
        }
    }

    @Test func manyConsumersOfManyModelsAreAllWritten() async throws {
        try await RegistryFixture.with { fixture in
            for model in 0..<5 { try await fixture.register("m\(model)", #"{"version":"1.0.0"}"#) }
            for model in 0..<5 {
                let version: VersionRecord = try await version(fixture, of: "m\(model)")
                for number in 0..<300 { try note(fixture, "scorer \(number)", version) }
            }
            try await fixture.core.consumerLog.flush()
            #expect(try await registrations(fixture).count == 5)
            for model in 0..<5 {
                #expect(try await consumers(fixture, of: try await version(fixture, of: "m\(model)")).count == 300)
            }
        }
    }

    @Test func whatCannotBeWrittenStaysNoted() async throws {
        try await RegistryFixture.with { fixture in
            try await fixture.register("m", #"{"version":"1.0.0"}"#)
            let version: VersionRecord = try await version(fixture)
            let failing = FailingWrites(store: fixture.store)
            let log = ConsumerLog(
                store: failing, environment: fixture.clock.environment, policy: fixture.core.policy,
                system: fixture.core.system.id)
            let target: ConsumerTarget = try #require(ConsumerTarget(version, ref: "latest"))
            log.note(target, try ConsumerName(validating: "scorer"))
            await failing.fail(true)
            await expectRefusal(.insufficientStorage) { try await log.flush() }
            log.note(target, try ConsumerName(validating: "scorer"))
            await failing.fail(false)
            try await log.flush()
            #expect(try await consumers(fixture, of: version).map(\.reads) == [2])
        }
    }

    @Test func maintenanceWritesAndForgets() async throws {
        try await RegistryFixture.with { fixture in
            try await fixture.register("m", #"{"version":"1.0.0"}"#)
            let version: VersionRecord = try await version(fixture)
            let maintenance = Maintenance(core: fixture.core, refusals: fixture.registry.refusals)
            for number in 0..<250 { try note(fixture, "scorer \(number)", version) }
            try await maintenance.run()
            #expect(try await consumers(fixture, of: version).count == 250)
            let policy: RegistryPolicy = fixture.core.policy
            fixture.clock.advance(
                milliseconds: policy.consumerLifetimeMilliseconds + policy.limits.expiredConsumerKeptMilliseconds)
            try note(fixture, "scorer 7", version)
            try await maintenance.run()
            #expect(try await consumers(fixture, of: version).count == 250)
            fixture.clock.advance(milliseconds: 1)
            try await maintenance.run()
            #expect(try await consumers(fixture, of: version).map(\.name) == ["scorer 7"])
        }
    }
}

/// A store whose writes can be made to fail.
private actor FailingWrites: MetadataStore {
    private let store: any MetadataStore
    private var fails: Bool = false

    init(store: any MetadataStore) { self.store = store }

    func fail(_ fails: Bool) { self.fails = fails }

    nonisolated func read<T: Sendable>(
        _ body: @escaping @Sendable (any MetadataReader) throws -> T
    ) async throws -> T {
        try await store.read(body)
    }

    nonisolated func write<T: Sendable>(
        _ body: @escaping @Sendable (any MetadataTransaction) throws -> T, committed: (@Sendable (T) -> Void)?
    ) async throws -> T {
        if await fails { throw StemmaError(.insufficientStorage, "the disk is full") }
        return try await store.write(body, committed: committed)
    }

    nonisolated func expunge(_ text: ErasureText, rewriteBytes: Int64) async throws -> Int {
        try await store.expunge(text, rewriteBytes: rewriteBytes)
    }

    nonisolated var writesSuspendedReason: String? { nil }
}
