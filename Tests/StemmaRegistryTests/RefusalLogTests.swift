import StemmaJSON
import StemmaTesting
import Testing

@testable import StemmaRegistry

@Suite struct RefusalLogTests {
    private func attempt(
        _ address: String = "192.0.2.1", action: String = "read_model", code: String = "unauthenticated"
    ) -> RefusalLog.Attempt {
        RefusalLog.Attempt(
            principal: nil, requestID: "r", address: address, action: action, status: 401, code: code,
            resource: .registry)
    }

    /// Refused attempts in the log, as (action, count).
    private func refusals(_ fixture: RegistryFixture) async throws -> [(action: String, count: Int64)] {
        try await fixture.registry.events().filter { $0.record.outcome == "refused" }.map { event in
            let leaf: JSONValue = try JSONParser.parse(try #require(event.record.leaf))
            return (event.record.action, try #require(leaf["detail"]?["count"]?.integer))
        }
    }

    private func expectCounts(
        _ counts: [Int64], _ fixture: RegistryFixture, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let found: [Int64] = try await refusals(fixture).map(\.count)
        #expect(found == counts, sourceLocation: sourceLocation)
    }

    @Test func aFloodBecomesFewEventsWithExactCounts() async throws {
        try await RegistryFixture.with { fixture in
            let log: RefusalLog = fixture.registry.refusals
            await withTaskGroup(of: Void.self) { group in
                for index in 0..<5_000 {
                    group.addTask { await log.note(attempt(action: index % 5 == 0 ? "put_blob" : "read_model")) }
                }
            }
            await log.flush()
            let entries = try await refusals(fixture)
            #expect(entries.count == 4)
            #expect(entries.filter { $0.action == "put_blob" }.reduce(0) { $0 + $1.count } == 1_000)
            #expect(entries.filter { $0.action == "read_model" }.reduce(0) { $0 + $1.count } == 4_000)
        }
    }

    @Test func theFirstOfAKindIsThereAtOnceAndTheRestAtTheWindowsEnd() async throws {
        try await RegistryFixture.with { fixture in
            let log: RefusalLog = fixture.registry.refusals
            for _ in 0..<10 { await log.note(attempt()) }
            try await expectCounts([1], fixture)
            fixture.clock.advance(milliseconds: Limits().refusalWindowMilliseconds)
            await log.note(attempt())
            try await expectCounts([1, 9, 1], fixture)
            await log.flush()
            await log.flush()
            try await expectCounts([1, 9, 1], fixture)
        }
    }

    @Test func kindsBeyondTheLimitShareOneCount() async throws {
        var policy = RegistryPolicy()
        policy.limits.refusalKinds = 8
        try await RegistryFixture.with(policy: policy) { fixture in
            let log: RefusalLog = fixture.registry.refusals
            for index in 0..<300 { await log.note(attempt("192.0.2.\(index)")) }
            await log.flush()
            let entries = try await refusals(fixture)
            #expect(entries.count == 9)
            #expect(entries.filter { $0.action == "read_model" }.reduce(0) { $0 + $1.count } == 8)
            #expect(entries.filter { $0.action == "other" }.map(\.count) == [292])
        }
    }

    @Test func kindsDifferByWhoWhereWhatAndWhy() async throws {
        try await RegistryFixture.with { fixture in
            let log: RefusalLog = fixture.registry.refusals
            let person: Principal = try await fixture.registry.principal("ada", roles: ["reader"])
            for _ in 0..<2 {
                await log.note(attempt())
                await log.note(attempt("192.0.2.2"))
                await log.note(attempt(action: "put_blob"))
                await log.note(attempt(code: "permission_denied"))
                await log.note(
                    RefusalLog.Attempt(
                        principal: person, requestID: "r", address: "192.0.2.1", action: "read_model", status: 401,
                        code: "unauthenticated", resource: .registry))
            }
            try await expectCounts([1, 1, 1, 1, 1], fixture)
            await log.flush()
            let all = try await refusals(fixture)
            #expect(all.count == 10)
        }
    }

    /// Setting the clock back ends the window rather than keeping it open for a year.
    @Test func aClockSetBackEndsTheWindow() async throws {
        try await RegistryFixture.with { fixture in
            let log: RefusalLog = fixture.registry.refusals
            await log.note(attempt())
            await log.note(attempt())
            fixture.clock.advance(milliseconds: -86_400_000)
            await log.note(attempt())
            try await expectCounts([1, 1, 1], fixture)
        }
    }

    /// Reading the log writes the counts first.
    @Test func auditorsSeeWhatWasCounted() async throws {
        try await RegistryFixture.with { fixture in
            for _ in 0..<7 { await fixture.registry.refusals.note(attempt()) }
            let audit = AuditService(core: fixture.core, refusals: fixture.registry.refusals)
            let page = try await audit.page(
                ListRequest(filter: "outcome = 'refused'"), AuditService.Range(), fixture.registry.admin)
            #expect(page.events.count == 2)
        }
    }
}
