import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaTesting
import Testing

@testable import StemmaAPI

/// Planning, listing and changing A/B experiments.
@Suite struct ExperimentEndpointTests {
    @Test func theSpecificationsExperimentIsPlanned() async throws {
        try await ExperimentFixture.with { fixture in
            let made: Reply = await fixture.create([
                "business_hypothesis": "fewer calls", "success_criteria": ["expected_baseline": 0.91],
                "tags": ["team": "risk"],
            ])
            #expect(made.status == 201, "\(made.text)")
            #expect(made.headers["location"] == ExperimentFixture.path)
            let json: JSONValue = made.json
            #expect(json["experiment_id"] == "ab_test_20240115")
            #expect(json["baseline_model"] == "fraud_detection_v2.1.2")
            #expect(json["treatment_model"] == "fraud_detection_v2.1.3")
            #expect(json["traffic_split"] == ["baseline": 0.8, "treatment": 0.2])
            #expect(json["duration"] == "7 days")
            #expect(json["duration_seconds"] == 604_800)
            #expect(json["started_at"] == "2024-01-15T10:00:00.000Z")
            #expect(json["ends_at"] == "2024-01-22T10:00:00.000Z")
            #expect(
                json["success_criteria"] == [
                    "primary_metric": "precision", "improvement_threshold": 0.02, "threshold_kind": "absolute",
                    "significance_level": 0.05, "lower_is_better": false, "minimum_sample_size": nil,
                    "expected_baseline": 0.91, "expected_deviation": nil, "power": 0.8,
                ])
            // From the formula by hand, with four baseline observations for each one of the treatment.
            #expect(json["required_sample_size"] == ["baseline": 7_406, "treatment": 1_852])
            #expect(json["status"] == "running")
            #expect(json["looks"] == 0)
            #expect(json["business_hypothesis"] == "fewer calls")
            #expect(json["concluded_early"] == false)
            for member in [
                "latest_results", "results", "statistical_conclusion", "business_conclusion", "ended_at", "rationale",
            ] {
                #expect(json[member] == .null, "\(member)")
            }
            let read: Reply = await fixture.harness.ask(.get, ExperimentFixture.path)
            #expect(read.json == json)
            #expect(read.headers["etag"] == json["etag"]?.string)
            #expect(
                await fixture.harness.ask(.get, ExperimentFixture.path, [("if-none-match", read.headers["etag"] ?? "")])
                    .status == 304)

            let event: JSONValue = try #require(try await fixture.events("create_experiment").first)
            #expect(event["resource"] == ["type": "experiment", "id": "ab_test_20240115"])
            #expect(event["detail"]?["treatment_model"] == "fraud_detection_v2.1.3")
            #expect(event["changes"]?["after"]?["business_hypothesis"] == "fewer calls")
            let again: Reply = await fixture.create()
            #expect(again.status == 409)
            #expect(again.code == "experiment_exists")
            let unnamed: Reply = await fixture.create(["experiment_id": nil])
            #expect(unnamed.json["experiment_id"]?.string?.hasPrefix("exp_") == true)
            #expect(unnamed.json["required_sample_size"] == .null)
        }
    }

    @Test func theSampleFollowsFromWhatIsExpected() async throws {
        try await ExperimentFixture.with { fixture in
            let even: JSONValue = ["baseline": 0.5, "treatment": 0.5]
            let rows: [(criteria: JSONValue, split: JSONValue, wanted: JSONValue)] = [
                (["expected_baseline": 0.91], even, ["baseline": 2_888, "treatment": 2_888]),
                (["expected_baseline": 0.1], even, ["baseline": 3_841, "treatment": 3_841]),
                (["expected_baseline": 0.1, "power": 0.9], even, ["baseline": 5_142, "treatment": 5_142]),
                (
                    ["expected_baseline": 0.1, "improvement_threshold": 0.2, "threshold_kind": "relative"], even,
                    ["baseline": 3_841, "treatment": 3_841]
                ),
                (
                    ["expected_baseline": 0.1, "minimum_sample_size": 4_000], even,
                    ["baseline": 4_000, "treatment": 4_000]
                ),
                (["minimum_sample_size": 100], even, ["baseline": 100, "treatment": 100]),
                (
                    ["expected_deviation": 20, "improvement_threshold": 5, "lower_is_better": true], even,
                    ["baseline": 252, "treatment": 252]
                ),
                (
                    ["expected_deviation": 20, "improvement_threshold": 0.05, "threshold_kind": "relative"], even, nil
                ),
                (
                    [
                        "expected_deviation": 20, "improvement_threshold": 0.05, "threshold_kind": "relative",
                        "expected_baseline": 100,
                    ], even, ["baseline": 252, "treatment": 252]
                ),
                (["expected_baseline": 0.91, "improvement_threshold": 0], even, nil),
            ]
            for row in rows {
                let reply: Reply = await fixture.create([
                    "experiment_id": nil, "success_criteria": row.criteria, "traffic_split": row.split,
                ])
                #expect(reply.json["required_sample_size"] == row.wanted, "\(row.criteria): \(reply.text)")
            }
        }
    }

    @Test func durationsAreReadInWordsAndInISO8601() async throws {
        try await ExperimentFixture.with { fixture in
            let rows: [(text: String, seconds: Int64?)] = [
                ("7 days", 604_800), ("1 day", 86_400), ("12 hours", 43_200), ("2 weeks", 1_209_600),
                ("90 Minutes", 5_400), ("P7D", 604_800), ("PT12H", 43_200), ("P2W", 1_209_600),
                ("P1DT12H30M", 131_400), ("PT45S", 45), ("732 days", 63_244_800), ("733 days", nil), ("0 days", nil),
                ("days", nil), ("7", nil), ("7days", nil), ("1.5 days", nil), ("-1 days", nil), ("7  days", nil),
                ("1 month", nil), ("P1M", nil), ("P1Y", nil), ("P", nil), ("PT", nil), ("P1DT", nil), ("P1H", nil),
                ("PT1D", nil), ("P1D1D", nil), ("P1D1W", nil), ("9223372036854775807 weeks", nil),
                ("P9223372036854775807D", nil), ("PT0S", nil), ("٧ days", nil),
            ]
            for row in rows {
                let reply: Reply = await fixture.create(["experiment_id": nil, "duration": .string(row.text)])
                #expect(reply.json["duration_seconds"]?.integer == row.seconds, "\(row.text): \(reply.text)")
                if row.seconds == nil { #expect(reply.pointers == ["/duration"], "\(row.text)") }
                if row.seconds != nil { #expect(reply.json["duration"] == .string(row.text)) }
            }
        }
    }

    @Test func badPlansAreRefused() async throws {
        try await ExperimentFixture.with { fixture in
            let rows: [(patch: JSONValue, pointers: [String])] = [
                (["experiment_id": "a/b"], ["/experiment_id"]), (["experiment_id": "."], ["/experiment_id"]),
                (["experiment_id": .string(String(repeating: "a", count: 101))], ["/experiment_id"]),
                (["baseline_model": "fraud"], ["/baseline_model"]),
                (["treatment_model": "fraud_detection_v2.1.2"], ["/treatment_model"]),
                (["traffic_split": ["baseline": 0.8, "treatment": 0.3]], ["/traffic_split"]),
                (["traffic_split": ["baseline": 1, "treatment": 0]], ["/traffic_split"]),
                (["traffic_split": ["treatment": nil]], ["/traffic_split/treatment"]),
                (["success_criteria": ["primary_metric": nil]], ["/success_criteria/primary_metric"]),
                (["success_criteria": ["improvement_threshold": -0.1]], ["/success_criteria/improvement_threshold"]),
                (["success_criteria": ["significance_level": 0]], ["/success_criteria/significance_level"]),
                (["success_criteria": ["significance_level": 0.6]], ["/success_criteria/significance_level"]),
                (["success_criteria": ["power": 1]], ["/success_criteria/power"]),
                (["success_criteria": ["power": 0.05]], ["/success_criteria/power"]),
                (["success_criteria": ["expected_baseline": 1.2]], ["/success_criteria/expected_baseline"]),
                (["success_criteria": ["expected_baseline": 0.99]], ["/success_criteria/improvement_threshold"]),
                (["success_criteria": ["expected_deviation": 0]], ["/success_criteria/expected_deviation"]),
                (
                    ["success_criteria": ["expected_deviation": 1e9, "improvement_threshold": 1e-9]],
                    ["/success_criteria/improvement_threshold"]
                ),
                (["started_at": "2030-01-01"], ["/started_at"]), (["started_at": "2020-01-01"], ["/started_at"]),
                (["results": ["statistical_significance": 0.032]], ["/results"]),
            ]
            for row in rows {
                let reply: Reply = await fixture.create(row.patch)
                #expect(reply.status == 422, "\(row.patch): \(reply.text)")
                #expect(reply.pointers == row.pointers, "\(row.patch): \(reply.text)")
            }
            let computed: Reply = await fixture.create(["results": [:]])
            #expect(computed.json["detail"]?.string?.contains("/results") == true)
            #expect(await fixture.create(["baseline_model": "none_v1.0.0"]).code == "model_not_found")
            #expect(await fixture.create(["baseline_model": "fraud_detection_v9.0.0"]).code == "version_not_found")
            _ = await fixture.harness.send(
                .post, "/v1/models/fraud_detection/versions", #"{"version":"3.0.0","draft":true}"#)
            #expect(await fixture.create(["treatment_model": "fraud_detection_v3.0.0"]).code == "draft_version")
            #expect(await fixture.harness.ask(.get, ExperimentFixture.path).code == "experiment_not_found")
            #expect(
                await fixture.create(["started_at": "2024-01-10T10:00:00Z"]).json["ends_at"]
                    == "2024-01-17T10:00:00.000Z")
        }
    }

    @Test func anExperimentIsSeenOnlyWhereBothItsModelsAre() async throws {
        try await ExperimentFixture.with { fixture in
            let harness: APIHarness = fixture.harness
            try await harness.publish("churn", "1.0.0")
            #expect(await fixture.create().status == 201)
            #expect(await fixture.create(["experiment_id": "mixed", "treatment_model": "churn_v1.0.0"]).status == 201)
            let narrow: APIHarness.Token = .secret(
                try await harness.registry.token("n", roles: ["publisher", "auditor"], models: ["fraud_*"]))
            let list: Reply = await harness.ask(.get, "/v1/experiments", token: narrow)
            #expect(list.items("experiment_id") == ["ab_test_20240115"])
            #expect(await harness.ask(.get, "/v1/experiments").items("experiment_id").count == 2)
            let mixed: String = "/v1/experiments/mixed"
            for reply in [
                await harness.ask(.get, mixed, token: narrow),
                await harness.ask(.get, mixed + "/results", token: narrow),
                await harness.send(.patch, mixed, #"{"description":"x"}"#, token: narrow),
                await harness.send(.post, mixed + "/conclude", "{}", token: narrow),
                await harness.send(
                    .post, mixed + "/results",
                    #"{"metrics":{"precision":{"baseline":{"successes":1,"trials":2},"treatment":{"successes":1,"trials":2}}}}"#,
                    token: narrow),
            ] {
                #expect(reply.code == "experiment_not_found", "\(reply.text)")
            }
            let other: Reply = await fixture.create(
                ["experiment_id": "x", "treatment_model": "churn_v1.0.0"], token: narrow)
            #expect(other.code == "model_not_found")
            let filtered: Reply = await harness.ask(
                .get, "/v1/experiments?filter=treatment_model%20%3D%20%27churn_v1.0.0%27")
            #expect(filtered.items("experiment_id") == ["mixed"])
            #expect(await harness.ask(.get, "/v1/experiments?filter=nothing%3D1").code == "invalid_filter")
        }
    }

    @Test func wordsChangeAlwaysAndThePlanUntilThereAreResults() async throws {
        try await ExperimentFixture.with { fixture in
            let harness: APIHarness = fixture.harness
            let path: String = ExperimentFixture.path
            let made: Reply = await fixture.create(["tags": ["a": "b"], "metadata": ["x": 1, "y": 2]])
            let tag: String = try #require(made.headers["etag"])
            let changed: Reply = await harness.send(
                .patch, path,
                #"{"duration":"P3D","success_criteria":{"primary_metric":"recall","minimum_sample_size":10},"#
                    + #""description":"d","tags":{"a":null,"c":"d"},"metadata":{"y":null}}"#, [("if-match", tag)])
            #expect(changed.status == 200, "\(changed.text)")
            #expect(changed.json["ends_at"] == "2024-01-18T10:00:00.000Z")
            #expect(changed.json["success_criteria"]?["primary_metric"] == "recall")
            #expect(changed.json["success_criteria"]?["improvement_threshold"] == 0.02)
            #expect(changed.json["required_sample_size"] == ["baseline": 10, "treatment": 10])
            #expect(changed.json["tags"] == ["c": "d"])
            #expect(changed.json["metadata"] == ["x": 1])
            #expect(await harness.send(.patch, path, "{}", [("if-match", tag)]).status == 412)
            #expect(await harness.send(.patch, path, #"{"description":"d"}"#).json == changed.json)
            for (patch, code) in [
                (#"{"baseline_model":"x_v1.0.0"}"#, "immutable_field"), (#"{"experiment_id":"x"}"#, "immutable_field"),
                (#"{"traffic_split":{"baseline":0.9}}"#, "validation_failed"),
                (#"{"success_criteria":null}"#, "validation_failed"), (#"{"status":"concluded"}"#, "validation_failed"),
                (#"{"looks":3}"#, "validation_failed"), (#"{"status":"aborted"}"#, "validation_failed"),
                (#"{"started_at":"2031-01-01"}"#, "validation_failed"),
            ] {
                #expect(await harness.send(.patch, path, patch).code == code, "\(patch)")
            }
            #expect(
                await harness.send(.patch, path, #"{"success_criteria":{"primary_metric":"precision"}}"#).status == 200)
            #expect(await fixture.look(5, 10, 5, 10).status == 201)
            for patch in [
                #"{"success_criteria":{"improvement_threshold":0.001}}"#, #"{"duration":"1 day"}"#,
                #"{"started_at":"2024-01-14"}"#, #"{"traffic_split":{"baseline":0.5,"treatment":0.5}}"#,
            ] {
                let refused: Reply = await harness.send(.patch, path, patch)
                #expect(refused.status == 409)
                #expect(refused.code == "immutable_field", "\(patch)")
            }
            // The same plan is no change of it.
            #expect(await harness.send(.patch, path, #"{"duration":"P3D","description":null}"#).status == 200)
            #expect(await fixture.read()["description"] == .null)
        }
    }

    @Test func anAbortedExperimentIsOver() async throws {
        try await ExperimentFixture.with { fixture in
            let path: String = ExperimentFixture.path
            await fixture.create()
            let aborted: Reply = await fixture.harness.send(
                .patch, path, #"{"status":"aborted","rationale":"a bug in the split","description":"failed"}"#)
            #expect(aborted.json["status"] == "aborted")
            #expect(aborted.json["rationale"] == "a bug in the split")
            #expect(aborted.json["description"] == "failed")
            #expect(aborted.json["ended_at"] == "2024-01-15T10:00:00.000Z")
            #expect(aborted.json["ended_by"] == aborted.json["created_by"])
            #expect(aborted.json["statistical_conclusion"] == .null)
            for reply in [
                await fixture.look(1, 2, 1, 2), await fixture.conclude(#"{"force":true,"rationale":"r"}"#),
                await fixture.harness.send(.patch, path, #"{"status":"aborted","rationale":"again"}"#),
                await fixture.harness.send(.patch, path, #"{"duration":"1 day"}"#),
            ] {
                #expect(reply.status == 409)
                #expect(reply.code == "experiment_ended", "\(reply.text)")
                #expect(reply.json["experiment_status"] == "aborted")
            }
            #expect(await fixture.harness.send(.patch, path, #"{"description":"why"}"#).status == 200)
            let events: [JSONValue] = try await fixture.events("update_experiment")
            #expect(events.map { $0["detail"]?["from_status"]?.string } == ["running", "aborted"])
            #expect(events.first?["rationale"] == "a bug in the split")
        }
    }

    @Test func whatTakesPartInARunningExperimentIsNotDeleted() async throws {
        try await ExperimentFixture.with { fixture in
            let harness: APIHarness = fixture.harness
            let version: String = "/v1/models/fraud_detection/versions/2.1."
            await fixture.create()
            for target in [version + "2", version + "3"] {
                let refused: Reply = await harness.ask(.delete, target)
                #expect(refused.status == 409)
                #expect(refused.code == "version_in_use")
                #expect(refused.json["blocking"] == [["experiment": "ab_test_20240115"]])
            }
            let refused: Reply = await harness.ask(.delete, "/v1/models/fraud_detection")
            #expect(refused.code == "model_in_use")
            #expect(refused.json["blocking"] == [["experiment": "ab_test_20240115"]])

            // Whoever does not see the experiment is not told its name.
            try await harness.publish("churn", "1.0.0")
            await fixture.create(["experiment_id": "mixed", "treatment_model": "churn_v1.0.0"])
            let narrow: APIHarness.Token = .secret(
                try await harness.registry.token("n", roles: ["publisher"], models: ["churn"]))
            let hidden: Reply = await harness.ask(.delete, "/v1/models/churn/versions/1.0.0", token: narrow)
            #expect(hidden.code == "version_in_use")
            #expect(!hidden.text.contains("mixed") && hidden.json["blocking"] == [])

            for path in [ExperimentFixture.path, "/v1/experiments/mixed"] {
                _ = await harness.send(.patch, path, #"{"status":"aborted","rationale":"r"}"#)
            }
            #expect(await harness.ask(.delete, version + "3").status == 204)
            #expect(await harness.ask(.delete, "/v1/models/fraud_detection").status == 204)
            #expect(await fixture.read()["treatment_model"] == "fraud_detection_v2.1.3")
            #expect(await fixture.create(["experiment_id": "later"]).code == "model_not_found")
        }
    }
}
