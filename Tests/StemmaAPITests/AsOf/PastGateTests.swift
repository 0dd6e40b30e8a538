import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaSQLite
import StemmaTesting
import Testing

@testable import StemmaAPI

/// How gates stood at a moment: by the lifecycle, the reviews and the facts of then.
@Suite struct PastGateTests {
    private static let version: String = "/v1/models/m/versions/2.0.0"
    private static let day: Int64 = 86_400_000

    /// 2.0.0 of a registry in which one gate reads what guards can read.
    private func with(_ body: (APIHarness) async throws -> Void) async throws {
        try await APIHarness.with(lifecycle: try PastWalk.lifecycle()) { harness in
            for version in ["1.0.0", "2.0.0"] {
                try await harness.publish(
                    "m", version, files: [("model.bin", [1]), ("README.md", [2])],
                    more: GovernanceFixture.complete + #","use_case":"\#(version)","description":"first""#)
            }
            harness.clock.advance(milliseconds: 1_000)
            try await body(harness)
        }
    }

    private func gates(_ harness: APIHarness, _ moment: Timestamp? = nil) async -> JSONValue {
        await harness.ask(.get, Self.version + "/gates" + (moment.map { "?as_of=\($0)" } ?? "")).json
    }

    private func item(_ name: String, _ gates: JSONValue) throws -> JSONValue {
        let items: [JSONValue] = try #require(gates["technical"]?["items"]?.array, "\(gates)")
        return try #require(items.first { $0["item"]?.string == name })
    }

    private func move(_ harness: APIHarness, _ version: String, to state: String) async throws {
        let reply: Reply = await harness.send(
            .post, "/v1/models/m/versions/\(version)/transitions", #"{"to":"\#(state)","rationale":"r"}"#)
        try #require(reply.status == 200, "\(reply.text)")
    }

    @Test func reviewsCountAsTheyDidAndUnderTheLifecycleThatWasInForce() async throws {
        try await with { harness in
            let reviewer: APIHarness.Token = .secret(
                try await harness.registry.token("rita", roles: ["reviewer:technical", "reviewer:business"]))
            let before: Timestamp = harness.clock.now
            harness.clock.advance(milliseconds: 1_000)
            let review: String = #"{"gate":"technical","decision":"approve","items":{"seen":true}}"#
            #expect(await harness.send(.post, Self.version + "/reviews", review, token: reviewer).status == 201)
            let approved: Timestamp = harness.clock.now
            // It expires after two days, without any event.
            harness.clock.advance(milliseconds: 2 * Self.day)
            let expired: Timestamp = harness.clock.now
            let definition: String = "\(try PastWalk.lifecycle(expiry: 30))"
            #expect(await harness.send(.put, "/v1/lifecycle", definition).status == 200)
            // The evidence changes, and with it what the review was about.
            harness.clock.advance(milliseconds: 1_000)
            let patch: String = #"{"performance_metrics":{"accuracy":0.95}}"#
            #expect(await harness.send(.patch, Self.version, patch).status == 200)
            harness.clock.advance(milliseconds: 1_000)

            for (moment, valid, revision, evidence) in [
                (before, nil, 1, 1), (approved, true, 1, 1), (expired.adding(milliseconds: -1), true, 1, 1),
                (expired, true, 2, 1), (harness.clock.now, false, 2, 2),
            ] as [(Timestamp, Bool?, Int, Int)] {
                let past: JSONValue = await gates(harness, moment)
                #expect(past["technical"]?["reviews"]?.array?.first?["valid"]?.bool == valid, "\(moment): \(past)")
                #expect(past["technical"]?["approvals"]?["valid"]?.integer == (valid == true ? 1 : 0), "\(moment)")
                #expect(past["lifecycle_revision"] == .integer(Int64(revision)), "\(moment)")
                #expect(past["evidence_revision"] == .integer(Int64(evidence)), "\(moment)")
                #expect(past["as_of"]?.string == moment.description && past["as_of_gaps"] == [])
                #expect(try item("seen", past)["passed"]?.bool == (valid == true))
            }
            let reply: Reply = await harness.ask(.get, "/v1/models/m/versions/latest/gates?as_of=\(approved)")
            #expect(reply.headers["etag"] == nil && reply.headers["cache-control"] == "no-store")
            #expect(reply.headers["content-location"] == Self.version + "/gates?as_of=\(approved)")
        }
    }

    @Test func guardsReadTheOtherVersionsAndTheComparisonsOfThen() async throws {
        try await with { harness in
            let alone: Timestamp = harness.clock.now
            harness.clock.advance(milliseconds: 1_000)
            try await move(harness, "1.0.0", to: "production")
            let accompanied: Timestamp = harness.clock.now
            let fixture = ExperimentFixture(harness: harness)
            let made: Reply = await fixture.create([
                "experiment_id": "e", "baseline_model": "m_v1.0.0", "treatment_model": "m_v2.0.0",
                "started_at": "2024-01-01",
            ])
            try #require(made.status == 201, "\(made.text)")
            let path: String = "/v1/experiments/e"
            #expect(await fixture.look(9_100, 10_000, 2_325, 2_500, at: path).status == 201)
            harness.clock.advance(milliseconds: 30 * Self.day)
            let running: Timestamp = harness.clock.now.adding(milliseconds: -1)
            #expect(await fixture.conclude(at: path).status == 200)
            let concluded: Timestamp = harness.clock.now
            harness.clock.advance(milliseconds: 1_000)
            _ = await harness.send(.patch, "/v1/models/m/versions/1.0.0", #"{"performance_metrics":{"auc":0.9}}"#)
            try await move(harness, "1.0.0", to: "archived")

            for (moment, production, results) in [
                (alone, nil, 0), (accompanied, "1.0.0", 0), (running, "1.0.0", 0), (concluded, "1.0.0", 1),
                (harness.clock.now, nil, 0),
            ] as [(Timestamp, String?, Int)] {
                let past: JSONValue = await gates(harness, moment)
                let test: JSONValue = try item("ab_test_results", past)
                #expect(test["read"]?["production"]?.string == production, "\(moment): \(test)")
                #expect(test["read"]?["results"]?.array?.count == results, "\(moment): \(test)")
                let other: JSONValue = try item("replacement_available", past)
                #expect(other["passed"]?.bool == (production != nil), "\(moment)")
                let metric: JSONValue? = try item("performance_metrics", past)["read"]?["checks"]?.array?.first
                #expect(metric?["production_value"] ?? .null == .null, "\(moment): the metric came later")
            }
            let allowed: JSONValue = await harness.ask(
                .get, "/v1/models/m/versions/1.0.0/transitions/allowed?as_of=\(concluded)"
            ).json
            #expect(allowed["state"] == "production" && allowed["as_of"]?.string == concluded.description)
            #expect(allowed["items"]?.array?.count == 6 && allowed["lifecycle_revision"] == 1)
        }
    }

    @Test func whatIsNotKnownAnyMoreIsAGap() async throws {
        try await with { harness in
            let changed: JSONObject = try #require(try PastWalk.lifecycle().object)
            var gates: JSONObject = try #require(changed["gates"]?.object)
            gates.set(
                "operational",
                [
                    "quorum": 1, "reviewers": ["admin"],
                    "items": [["item": "unread", "title": "t", "guard": "no_live_consumers"]],
                ])
            let definition: JSONValue = try PastWalk.lifecycle().mergePatch(["gates": .object(gates)])
            #expect(await harness.send(.put, "/v1/lifecycle", "\(definition)").status == 200)
            let unread: Timestamp = harness.clock.now
            harness.clock.advance(milliseconds: 1_000)
            #expect(await harness.ask(.get, Self.version, [("stemma-consumer", "scorer")]).status == 200)
            try await harness.registry.core.consumerLog.flush()
            let read: Timestamp = harness.clock.now
            func consumers(_ moment: Timestamp) async -> (passed: Bool?, gaps: JSONValue?) {
                let past: JSONValue = await self.gates(harness, moment)
                let line: JSONValue? = past["operational"]?["items"]?.array?.first
                return (line?["passed"]?.bool, past["as_of_gaps"])
            }
            #expect(await consumers(unread) == (true, []))
            #expect(await consumers(read) == (false, []))
            // Read again later, it may have been away in between.
            harness.clock.advance(milliseconds: 3 * Self.day)
            #expect(await harness.ask(.get, Self.version, [("stemma-consumer", "scorer")]).status == 200)
            try await harness.registry.core.consumerLog.flush()
            #expect(await consumers(read) == (false, ["consumers"]))
            #expect(await consumers(unread) == (true, []))

            _ = await harness.send(.patch, Self.version, #"{"description":"second","tags":{"a":"b"}}"#)
            harness.clock.advance(milliseconds: 1_000)
            #expect(try item("training_completed", await self.gates(harness, unread))["passed"] == false)
            let store = try #require(harness.registry.store as? SQLiteMetadataStore)
            try await store.database.write { transaction in
                try transaction.execute("DELETE FROM audit_private WHERE field = 'changes'")
            }
            // Tags are unknown too, and no guard reads them.
            #expect(await self.gates(harness, unread)["as_of_gaps"] == ["description"])
            // Long ago, consumers may have been dropped since.
            harness.clock.advance(milliseconds: 100 * Self.day)
            #expect(await self.gates(harness, unread)["as_of_gaps"] == ["description", "consumers"])
        }
    }
}
