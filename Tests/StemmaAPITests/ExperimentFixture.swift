import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaTesting
import Testing

@testable import StemmaAPI

/// Two versions of a model, and experiments between them.
struct ExperimentFixture {
    static let path: String = "/v1/experiments/ab_test_20240115"
    static let day: Int64 = 86_400_000

    let harness: APIHarness

    static func with(_ body: (ExperimentFixture) async throws -> Void) async throws {
        try await APIHarness.with { harness in
            for version in ["2.1.2", "2.1.3"] {
                try await harness.publish("fraud_detection", version, more: #","use_case":"\#(version)""#)
            }
            try await body(ExperimentFixture(harness: harness))
        }
    }

    /// The specification's experiment with a merge patch applied.
    static func plan(_ patch: JSONValue = [:]) -> JSONValue {
        let whole: JSONValue = [
            "experiment_id": "ab_test_20240115", "baseline_model": "fraud_detection_v2.1.2",
            "treatment_model": "fraud_detection_v2.1.3", "traffic_split": ["baseline": 0.8, "treatment": 0.2],
            "duration": "7 days",
            "success_criteria": [
                "primary_metric": "precision", "improvement_threshold": 0.02, "significance_level": 0.05,
            ],
        ]
        return whole.mergePatch(patch)
    }

    @discardableResult
    func create(_ patch: JSONValue = [:], token: APIHarness.Token = .admin) async -> Reply {
        await harness.send(.post, "/v1/experiments", Self.plan(patch).description, token: token)
    }

    /// Posts counts of precision, and whatever else is to be in the body.
    @discardableResult
    func look(
        _ successesA: Int, _ trialsA: Int, _ successesB: Int, _ trialsB: Int, more: String = "", metrics: String = "",
        at path: String = ExperimentFixture.path
    ) async -> Reply {
        let body: String =
            #"{"metrics":{"precision":{"baseline":{"successes":\#(successesA),"trials":\#(trialsA)},"#
            + #""treatment":{"successes":\#(successesB),"trials":\#(trialsB)}}\#(metrics)}\#(more)}"#
        return await harness.send(.post, path + "/results", body)
    }

    func conclude(
        _ body: String = "{}", query: String = "", at path: String = ExperimentFixture.path
    ) async -> Reply {
        await harness.send(.post, path + "/conclude" + query, body)
    }

    func read(_ path: String = ExperimentFixture.path) async -> JSONValue {
        await harness.ask(.get, path).json
    }

    func pass(days: Int64) { harness.clock.advance(milliseconds: days * Self.day) }

    /// Events of an action that was not refused, oldest first.
    func events(_ action: String) async throws -> [JSONValue] {
        try await harness.registry.events().filter { $0.record.action == action && $0.record.outcome == "success" }.map
        {
            try JSONParser.parse($0.json)
        }
    }
}
