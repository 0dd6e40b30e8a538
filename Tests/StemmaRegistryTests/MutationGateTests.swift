import Dispatch
import StemmaDigest
import StemmaJSON
import StemmaTesting
import Synchronization
import Testing

@testable import StemmaRegistry

@Suite struct PreconditionsTests {
    static let rows: [(match: [String]?, noneMatch: [String]?, current: String?, passes: Bool)] = [
        (nil, nil, nil, true), (nil, nil, "\"a\"", true), (["\"a\""], nil, "\"a\"", true),
        (["\"a\""], nil, "\"b\"", false),
        (["\"b\"", "\"a\""], nil, "\"a\"", true), (["*"], nil, "\"a\"", true), (["*"], nil, nil, false),
        (["\"a\""], nil, nil, false), ([], nil, "\"a\"", false), (nil, ["*"], nil, true), (nil, ["*"], "\"a\"", false),
        (nil, ["\"a\""], "\"a\"", false), (nil, ["\"a\""], "\"b\"", true), (["\"a\""], ["\"a\""], "\"a\"", false),
        (["\"a\""], ["\"b\""], "\"a\"", true), (["a"], nil, "\"a\"", false),
    ]

    @Test(arguments: PreconditionsTests.rows.indices)
    func decides(index: Int) async throws {
        let row = PreconditionsTests.rows[index]
        let preconditions = Preconditions(ifMatch: row.match, ifNoneMatch: row.noneMatch)
        if row.passes {
            try preconditions.check(current: row.current)
        } else {
            await expectRefusal(.staleETag) { try preconditions.check(current: row.current) }
        }
    }
}

@Suite struct MutationGateTests {
    private static func key(_ name: String, _ body: String = "body") -> IdempotencyRequest {
        IdempotencyRequest(key: name, fingerprint: SHA256Hasher.digest(Array(body.utf8)))
    }

    /// Counts up in a setting and answers the count.
    private func count(
        _ fixture: RegistryFixture, _ idempotency: IdempotencyRequest?, by principal: Principal? = nil,
        dryRun: Bool = false
    ) async throws -> Answer {
        let context: RequestContext = fixture.registry.context(principal, idempotency: idempotency, isDryRun: dryRun)
        return try await fixture.core.gate.mutate("count", context) { transaction, _ in
            let number: UInt8 = (try transaction.setting("count")?.first ?? 0) + 1
            try transaction.setSetting("count", to: [number])
            return MutationGate.Mutation(
                Answer(.created, location: "/v1/x", etag: "\"\(number)\"", body: [number]), event: AuditDraft(.registry)
            )
        }
    }

    private func counted(_ fixture: RegistryFixture) async throws -> UInt8 {
        try await fixture.store.read { try $0.setting("count")?.first ?? 0 }
    }

    @Test func aRepeatedRequestIsAnsweredAgainWithoutItsEffect() async throws {
        try await RegistryFixture.with { fixture in
            let first: Answer = try await count(fixture, MutationGateTests.key("k"))
            let events: Int = try await fixture.registry.events().count
            let again: Answer = try await count(fixture, MutationGateTests.key("k"))
            #expect(!first.isReplay)
            #expect(again.isReplay)
            #expect(again.outcome == first.outcome)
            #expect(again.location == first.location)
            #expect(again.etag == first.etag)
            #expect(again.body == first.body)
            #expect(try await counted(fixture) == 1)
            #expect(try await fixture.registry.events().count == events)
        }
    }

    @Test func aKeyUsedForAnotherRequestIsRefused() async throws {
        try await RegistryFixture.with { fixture in
            _ = try await count(fixture, MutationGateTests.key("k"))
            await expectRefusal(.idempotencyKeyReused) {
                _ = try await count(fixture, MutationGateTests.key("k", "other"))
            }
            #expect(try await counted(fixture) == 1)
        }
    }

    @Test func keysBelongToOnePrincipal() async throws {
        try await RegistryFixture.with { fixture in
            let other: Principal = try await fixture.registry.principal("ada", roles: ["admin"])
            _ = try await count(fixture, MutationGateTests.key("k"))
            let answer: Answer = try await count(fixture, MutationGateTests.key("k", "other"), by: other)
            #expect(!answer.isReplay)
            #expect(try await counted(fixture) == 2)
        }
    }

    @Test func anExpiredKeyIsForgotten() async throws {
        try await RegistryFixture.with { fixture in
            _ = try await count(fixture, MutationGateTests.key("k"))
            fixture.clock.advance(milliseconds: Limits().idempotencyKeptMilliseconds - 1)
            #expect(try await count(fixture, MutationGateTests.key("k")).isReplay)
            fixture.clock.advance(milliseconds: 1)
            #expect(try await count(fixture, MutationGateTests.key("k", "other")).isReplay == false)
            #expect(try await count(fixture, MutationGateTests.key("k", "other")).isReplay)
            #expect(try await counted(fixture) == 2)
        }
    }

    @Test func aKeyInFlightIsRefusedAndFreeAfterwards() async throws {
        try await RegistryFixture.with { fixture in
            let (entered, signal) = AsyncStream.makeStream(of: Void.self)
            let gate = DispatchSemaphore(value: 0)
            let context: RequestContext = fixture.registry.context(idempotency: MutationGateTests.key("k"))
            let core: RegistryCore = fixture.core
            async let first: Answer = core.gate.mutate("slow", context) { _, _ in
                signal.yield()
                gate.wait()
                return MutationGate.Mutation(Answer(.created, body: [1]), event: AuditDraft(.registry))
            }
            for await _ in entered { break }
            await expectRefusal(.idempotencyKeyInFlight) {
                _ = try await core.gate.mutate("slow", context) { _, _ in
                    MutationGate.Mutation(Answer(.created, body: [2]), event: nil)
                }
            }
            gate.signal()
            #expect(try await first.body == [1])
            let later: Answer = try await core.gate.mutate("slow", context) { _, _ in
                MutationGate.Mutation(Answer(.created, body: [3]), event: nil)
            }
            #expect(later.isReplay)
            #expect(later.body == [1])
        }
    }

    @Test func aRefusedRequestKeepsNoAnswer() async throws {
        try await RegistryFixture.with { fixture in
            let context: RequestContext = fixture.registry.context(idempotency: MutationGateTests.key("k"))
            await expectRefusal(.modelNotFound) {
                _ = try await fixture.core.gate.mutate("x", context) { _, _ in throw StemmaError(.modelNotFound, "no") }
            }
            let later: Answer = try await count(fixture, MutationGateTests.key("k"))
            #expect(!later.isReplay)
        }
    }

    @Test func aThrowingBodyLeavesNeitherRowsNorEventNorEffects() async throws {
        try await RegistryFixture.with { fixture in
            let before: Int = try await fixture.registry.events().count
            await expectRefusal(.versionExists) {
                _ = try await fixture.core.gate.mutate("x", fixture.registry.context()) { transaction, _ in
                    try transaction.setSetting("count", to: [9])
                    throw StemmaError(.versionExists, "no")
                }
            }
            let number: UInt8 = try await counted(fixture)
            #expect(number == 0)
            #expect(try await fixture.registry.events().count == before)
        }
    }

    @Test func aDryRunAnswersInFullAndLeavesNothing() async throws {
        try await RegistryFixture.with { fixture in
            let before: Int = try await fixture.registry.events().count
            let answer: Answer = try await count(fixture, MutationGateTests.key("k"), dryRun: true)
            #expect(answer.body == [1])
            #expect(answer.outcome == .created)
            #expect(try await counted(fixture) == 0)
            #expect(try await fixture.registry.events().count == before)
            // The key is still free.
            #expect(try await count(fixture, MutationGateTests.key("k", "other")).isReplay == false)
        }
    }

    @Test func aDryRunChangesNothingInMemory() async throws {
        try await RegistryFixture.with { fixture in
            let access = AccessService(core: fixture.core)
            let secret: String = try await fixture.registry.token("ada", roles: ["reader"])
            let held: Principal? = fixture.registry.tokens.principal(
                secretHash: TokenSecret.hash(secret), at: fixture.clock.now)
            let id: String = try #require(held?.tokenID)
            _ = try await access.revokeToken(id, fixture.registry.context(isDryRun: true))
            #expect(
                fixture.registry.tokens.principal(secretHash: TokenSecret.hash(secret), at: fixture.clock.now) != nil)
            _ = try await access.revokeToken(id, fixture.registry.context())
            #expect(
                fixture.registry.tokens.principal(secretHash: TokenSecret.hash(secret), at: fixture.clock.now) == nil)
        }
    }

    /// The event is there exactly when the rows are: seen by readers while writers run.
    @Test func rowsAndEventAppearTogether() async throws {
        try await RegistryFixture.with { fixture in
            let start: Int64 = try await fixture.store.read { try $0.auditSize() }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<30 { group.addTask { _ = try await count(fixture, nil) } }
                for _ in 0..<30 {
                    group.addTask {
                        let seen = try await fixture.store.read { reader in
                            (try reader.auditSize() - start, Int64(try reader.setting("count")?.first ?? 0))
                        }
                        #expect(seen.0 == seen.1)
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await counted(fixture) == 30)
        }
    }

    @Test func twoConcurrentRequestsWithOneKeyHaveOneEffect() async throws {
        try await RegistryFixture.with { fixture in
            let outcomes: [String] = await withTaskGroup(of: String.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        do {
                            return try await count(fixture, MutationGateTests.key("k")).isReplay ? "replay" : "made"
                        } catch {
                            return (error as? StemmaError)?.code.rawValue ?? "\(error)"
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.filter { $0 == "made" }.count == 1)
            #expect(Set(outcomes).isSubset(of: ["made", "replay", "idempotency_key_in_flight"]))
            let number: UInt8 = try await counted(fixture)
            #expect(number == 1)
        }
    }
}
