import StemmaDigest
import StemmaJSON
import StemmaRegistry
import StemmaTesting
import Testing

/// What the guard `ab_test_results` makes of rollouts.
@Suite struct RolloutGuardTests {
    private static func rollout(
        succeeded: Bool = true, treatment: String = "m_v2.0.0", baseline: String = "m_v1.0.0",
        statuses: [String] = ["passed"]
    ) -> JSONObject {
        [
            "source": "rollout", "experiment_id": "rol_1", "treatment_model": .string(treatment),
            "baseline_model": .string(baseline), "succeeded": .bool(succeeded),
            "criteria": .array(statuses.map { ["metric": "x", "status": .string($0)] }),
        ]
    }

    static let rows: [(what: String, experiments: [JSONObject], passes: Bool)] = [
        ("nothing", [], false), ("measured and met", [rollout()], true),
        ("two criteria met", [rollout(statuses: ["passed", "passed"])], true),
        ("not ended", [rollout(succeeded: false)], false), ("no criterion", [rollout(statuses: [])], false),
        ("one unknown", [rollout(statuses: ["passed", "unknown"])], false),
        ("one failed", [rollout(statuses: ["failed"])], false),
        ("another version's", [rollout(treatment: "m_v3.0.0")], false),
        ("against another version", [rollout(baseline: "m_v0.9.0")], false),
        ("one of several", [rollout(statuses: []), rollout()], true),
    ]

    @Test(arguments: rows) func rolloutsCountWhereTheyMeasuredWhatTheyDemanded(
        _ row: (what: String, experiments: [JSONObject], passes: Bool)
    ) throws {
        let finding: GuardFinding = try find(RolloutGuardTests.facts(row.experiments))
        #expect(finding.hasPassed == row.passes, "\(row.what): \(finding.detail)")
    }

    /// Who only says that there was a rollout has none.
    @Test func aRequestCannotClaimARollout() throws {
        let claim = VersionFacts.RequestFacts(evidence: ["ab_test": .object(RolloutGuardTests.rollout())])
        #expect(try !find(RolloutGuardTests.facts([], request: claim)).hasPassed)
    }

    @Test func aLifecycleMayRefuseRollouts() throws {
        let facts: VersionFacts = RolloutGuardTests.facts([RolloutGuardTests.rollout()])
        #expect(try !find(facts, accepts: ["experiment", "request"]).hasPassed)
    }

    /// Kept facts give the same finding again.
    @Test func factsKeepRollouts() throws {
        let facts: VersionFacts = RolloutGuardTests.facts([RolloutGuardTests.rollout()])
        #expect(try find(try #require(VersionFacts(json: facts.json))).hasPassed)
    }

    private func find(_ facts: VersionFacts, accepts: [JSONValue] = ["rollout"]) throws -> GuardFinding {
        let rule: JSONValue = ["guard": "ab_test_results", "parameters": ["accepts": .array(accepts)]]
        let definition = try LifecycleDefinition([
            "states": [
                ["state": "development"], ["state": "staging"],
                [
                    "state": "production", "alias": "production", "exclusive": true, "displaced_to": "staging",
                    "withdrawn_to": "staging",
                ],
            ],
            "transitions": [["from": "development", "to": "staging", "requested_by": ["admin"]]],
            "gates": .object(JSONObject()), "rollout": ["guards": .array([rule])],
        ])
        return try #require(GuardCatalogue.evaluate(definition.rolloutGuards, facts, definition).first)
    }

    private static func facts(
        _ experiments: [JSONObject], request: VersionFacts.RequestFacts = VersionFacts.RequestFacts()
    ) -> VersionFacts {
        let production = VersionFacts.PeerFact(version: "1.0.0", state: .production, metrics: JSONObject())
        let now: Timestamp = ManualEnvironment.start
        return VersionFacts(
            now: now, versionID: 2, model: "m", version: "2.0.0", state: .staging, stateSince: now, created: now,
            isReady: true, manifestDigest: nil, evidenceRevision: 1, authors: [], description: nil,
            document: JSONObject(), metrics: JSONObject(), artifacts: [], production: production, peers: [production],
            reviews: [], quarantines: [], consumers: [], experiments: experiments, reproductions: [], request: request)
    }
}
