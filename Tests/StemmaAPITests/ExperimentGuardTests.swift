import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaTesting
import Testing

@testable import StemmaAPI

/// What concluded experiments do for promotions, through the default lifecycle.
@Suite struct ExperimentGuardTests {
    private static let treatment: String = "/v1/models/m/versions/2.0.0"

    /// 1.0.0 in production, and 2.0.0 in staging with all approvals, so that only the A/B test is missing.
    private func with(_ body: (ExperimentFixture) async throws -> Void) async throws {
        try await APIHarness.with { harness in
            for version in ["1.0.0", "2.0.0", "0.9.0"] {
                try await harness.publish(
                    "m", version, files: [("model.bin", [1]), ("README.md", [2])],
                    more: GovernanceFixture.complete + #","use_case":"\#(version)""#)
            }
            try await harness.place("m", "1.0.0", in: .production)
            try await harness.place("m", "2.0.0", in: .staging)
            let gates: [String] = Role.gates
            let reviewer: APIHarness.Token = .secret(
                try await harness.registry.token("carol", roles: gates.map { "reviewer:" + $0 }))
            for gate in gates {
                let review: Reply = await harness.send(
                    .post, Self.treatment + "/reviews", #"{"gate":"\#(gate)","decision":"approve"}"#, token: reviewer)
                try #require(review.status == 201, "\(review.text)")
            }
            try await body(ExperimentFixture(harness: harness))
        }
    }

    private func promote(_ fixture: ExperimentFixture, query: String = "") async -> Reply {
        await fixture.harness.send(
            .post, Self.treatment + "/transitions" + query,
            #"{"to":"production","rationale":"better","rollback_plan":"back"}"#)
    }

    /// The A/B test's finding, and the names of all guards that refuse.
    private func finding(_ fixture: ExperimentFixture) async throws -> (finding: JSONValue, refusing: [String]) {
        let reply: Reply = await promote(fixture, query: "?dry_run=true")
        let guards: [JSONValue] = try #require(reply.json["guards"]?.array, "\(reply.text)")
        return (
            try #require(guards.first { $0["name"]?.string == "ab_test_results" }),
            guards.filter { $0["passed"] == false }.compactMap { $0["name"]?.string }
        )
    }

    /// An experiment of 2.0.0 against 1.0.0 whose week is over, with these treatment successes of 2500.
    private func experiment(
        _ id: String, _ successes: Int, _ fixture: ExperimentFixture, _ patch: JSONValue = [:]
    ) async throws {
        let plan: JSONValue = [
            "experiment_id": .string(id), "baseline_model": "m_v1.0.0", "treatment_model": "m_v2.0.0",
            "started_at": "2024-01-01",
        ]
        let made: Reply = await fixture.create(plan.mergePatch(patch))
        try #require(made.status == 201, "\(made.text)")
        let look: Reply = await fixture.look(9_100, 10_000, successes, 2_500, at: "/v1/experiments/" + id)
        try #require(look.status == 201, "\(look.text)")
    }

    @Test func aConcludedExperimentLetsAVersionIntoProduction() async throws {
        try await with { fixture in
            #expect(try await finding(fixture).refusing == ["ab_test_results"])
            try await experiment("better", 2_325, fixture)
            // It runs, so that it says nothing yet, however small p is.
            let running: Reply = await promote(fixture)
            #expect(running.code == "transition_refused")
            #expect(try await finding(fixture).finding["read"]?["results"] == [])

            #expect(await fixture.conclude(at: "/v1/experiments/better").status == 200)
            let passed = try await finding(fixture)
            #expect(passed.refusing == [])
            let result: JSONValue = try #require(passed.finding["read"]?["results"]?.array?.first)
            #expect(result["source"] == "experiment")
            #expect(result["experiment_id"] == "better")
            #expect(result["decision"] == "improvement")
            #expect(result["concluded_early"] == false)
            #expect(result["passed"] == true)
            let promoted: Reply = await promote(fixture)
            #expect(promoted.status == 200, "\(promoted.text)")
            #expect(await fixture.read(Self.treatment)["state"] == "production")
        }
    }

    /// Aborted, against another version, harmful, too small an improvement: none of them counts.
    @Test func nothingElseDoes() async throws {
        try await with { fixture in
            try await experiment("aborted", 2_325, fixture)
            _ = await fixture.harness.send(
                .patch, "/v1/experiments/aborted", #"{"status":"aborted","rationale":"r"}"#)
            try await experiment("elsewhere", 2_325, fixture, ["baseline_model": "m_v0.9.0"])
            try await experiment(
                "reversed", 2_325, fixture,
                [
                    "baseline_model": "m_v2.0.0", "treatment_model": "m_v1.0.0",
                ])
            for id in ["elsewhere", "reversed"] {
                #expect(await fixture.conclude(at: "/v1/experiments/" + id).status == 200)
            }
            #expect(try await finding(fixture).finding["read"]?["results"] == [])

            for (id, successes, patch) in [
                ("harm", 2_220, [:]), ("small", 2_315, [:]),
                ("lower", 2_325, ["success_criteria": ["lower_is_better": true]]),
                (
                    "relative", 2_325,
                    ["success_criteria": ["threshold_kind": "relative", "improvement_threshold": 0.1]]
                ),
            ] as [(String, Int, JSONValue)] {
                try await experiment(id, successes, fixture, patch)
                #expect(await fixture.conclude(at: "/v1/experiments/" + id).status == 200)
            }
            let found: JSONValue = try await finding(fixture).finding
            #expect(found["passed"] == false)
            let results: [JSONValue] = try #require(found["read"]?["results"]?.array)
            #expect(results.count == 4)
            #expect(results.allSatisfy { $0["passed"] == false })
            #expect(results.allSatisfy { $0["p_value"]?.number ?? 1 < 0.05 })
            #expect(
                Set(results.compactMap { $0["detail"]?.string?.split(separator: ",").first.map(String.init) }) == [
                    "harm was concluded with harm", "small was concluded with no_improvement",
                    "lower was concluded with harm", "relative was concluded with no_improvement",
                ])
        }
    }

    @Test func anEarlyConclusionIsMarkedAndMayBeRefused() async throws {
        try await with { fixture in
            try await experiment("early", 2_325, fixture, ["started_at": nil])
            let forced: Reply = await fixture.conclude(
                #"{"force":true,"rationale":"an incident"}"#, at: "/v1/experiments/early")
            #expect(forced.json["concluded_early"] == true)
            let accepted: JSONValue = try await finding(fixture).finding
            #expect(accepted["passed"] == true)
            #expect(
                accepted["detail"]?.string?.hasSuffix("it was concluded before its planned duration and sample") == true
            )

            // A lifecycle that does not take such results.
            let text: String = try TestLifecycle.standardJSON().description.replacing(
                #"{"guard":"ab_test_results"}"#,
                with: #"{"guard":"ab_test_results","parameters":{"accept_early":false}}"#)
            let stored: Reply = await fixture.harness.send(.put, "/v1/lifecycle", text)
            #expect(stored.status == 200 || stored.status == 201, "\(stored.text)")
            let refused: JSONValue = try await finding(fixture).finding
            #expect(refused["passed"] == false)
            #expect(refused["limit"]?["accept_early"] == false)
            #expect(refused["detail"]?.string?.contains("which is not accepted here") == true)
        }
    }
}
