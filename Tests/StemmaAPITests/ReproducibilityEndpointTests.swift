import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaTesting
import Testing

@testable import StemmaAPI

/// Manifests, and attempts to make versions again.
@Suite struct ReproducibilityEndpointTests {
    private static let version: String = "/v1/models/fraud/versions/2.1.3"
    private static let path: String = version + "/reproducibility"
    private static let attempts: String = version + "/reproductions"

    /// The specification's own example.
    private static let example: String = """
        ,"lineage":{"experiment_id":"exp_20240115_001"},"performance_metrics":{"accuracy":0.967,"f1_score":0.934},\
        "dependencies":{"python_version":"3.9.16","packages":["numpy==1.21.6","xgboost==1.7.0"]},\
        "reproducibility":{"code_commit":"abc123def456","data_hash":"sha256:fedcba987654...",\
        "environment_image":"ml-training:v1.2.3","random_seed":42,"hardware_spec":{"gpu_type":"Tesla V100",\
        "cuda_version":"11.8","driver_version":"520.61.05"},\
        "framework_versions":{"python":"3.9.16","tensorflow":"2.11.0","numpy":"1.21.6"}}
        """

    private func with(
        _ body: (APIHarness, _ author: APIHarness.Token, _ other: APIHarness.Token) async throws -> Void
    ) async throws {
        try await APIHarness.with { harness in
            let author: APIHarness.Token = .secret(try await harness.registry.token("ann", roles: ["publisher"]))
            let other: APIHarness.Token = .secret(try await harness.registry.token("bob", roles: ["publisher"]))
            try await harness.publish("fraud", "2.1.3", more: Self.example, token: author)
            try await body(harness, author, other)
        }
    }

    @Test func theSpecificationsExampleIsRegisteredAndReportedOn() async throws {
        try await with { harness, _, _ in
            let reply: Reply = await harness.ask(.get, "/v1/models/fraud/versions/latest/reproducibility")
            #expect(reply.status == 200)
            #expect(reply.headers["content-location"] == Self.path)
            #expect(reply.json["experiment_id"] == "exp_20240115_001")
            #expect(reply.json["model_version"] == "fraud_v2.1.3")
            #expect(
                reply.json["reproducibility"] == [
                    "code_commit": "abc123def456", "data_hash": "sha256:fedcba987654...",
                    "environment_image": "ml-training:v1.2.3", "random_seed": 42,
                    "hardware_spec": [
                        "gpu_type": "Tesla V100", "cuda_version": "11.8", "driver_version": "520.61.05",
                    ], "framework_versions": ["python": "3.9.16", "tensorflow": "2.11.0", "numpy": "1.21.6"],
                ])
            let completeness: JSONValue = try #require(reply.json["completeness"])
            #expect(completeness["score"] == .double(5.0 / 6))
            #expect(completeness["complete"] == false)
            #expect(completeness["invalid"] == ["data_hash"])
            #expect(completeness["missing"] == [])
            #expect(completeness["warnings"]?.array?.count == 2)
            #expect(
                completeness["parts"]?.array?[1] == [
                    "name": "data_hash", "status": "invalid", "source": "reproducibility.data_hash",
                    "detail": "must have 64 hexadecimal digits behind sha256:, has 15 characters",
                ])
            #expect(reply.json["difference"] == nil)
            let tag: String = try #require(reply.headers["etag"])
            #expect(await harness.ask(.get, Self.path, [("if-none-match", tag)]).status == 304)
        }
    }

    @Test func aVersionIsComparedWithAnother() async throws {
        try await with { harness, _, _ in
            let changed: String = Self.example.replacing("1.21.6", with: "1.26.4").replacing("42,", with: "43,")
            try await harness.publish("fraud", "2.2.0", more: changed)
            try await harness.publish("churn", "1.0.0", more: Self.example)
            let reply: Reply = await harness.ask(.get, Self.path + "?compare_to=%5E2.2")
            #expect(reply.headers["content-location"] == Self.path + "?compare_to=fraud_v2.2.0")
            let difference: JSONValue = try #require(reply.json["difference"])
            #expect(difference["left"] == "fraud_v2.1.3")
            #expect(difference["right"] == "fraud_v2.2.0")
            #expect(difference["identical"] == false)
            #expect(
                difference["entries"] == [
                    [
                        "path": "dependencies.packages.numpy", "change": "changed", "left": "1.21.6",
                        "right": "1.26.4",
                    ],
                    [
                        "path": "reproducibility.framework_versions.numpy", "change": "changed", "left": "1.21.6",
                        "right": "1.26.4",
                    ], ["path": "reproducibility.random_seed", "change": "changed", "left": 42, "right": 43],
                ])
            let same: Reply = await harness.ask(.get, Self.path + "?compare_to=churn_v1.0.0")
            #expect(same.json["difference"]?["identical"] == true)
            #expect(same.json["difference"]?["right"] == "churn_v1.0.0")
            #expect(same.headers["etag"] != reply.headers["etag"])

            let scoped: APIHarness.Token = .secret(
                try await harness.registry.token("s", roles: ["reader"], models: ["fraud"]))
            for (query, code) in [
                ("churn_v1.0.0", "model_not_found"), ("9.9.9", "version_not_found"), ("@none", "alias_not_found"),
                ("nonsense", "version_not_found"),
            ] {
                let refused: Reply = await harness.ask(.get, Self.path + "?compare_to=" + query, token: scoped)
                #expect(refused.status == 404)
                #expect(refused.code == code, "\(query)")
            }
        }
    }

    @Test func anAttemptIsJudgedMetricByMetric() async throws {
        try await with { harness, _, other in
            let body: String = """
                {"metrics":{"accuracy":0.9671,"f1_score":0.93},"environment":{"random_seed":43,\
                "packages":["numpy==1.21.6"]},"code_commit":"abc123def456789","notes":"on the new cluster"}
                """
            let reply: Reply = await harness.send(.post, Self.attempts, body, token: other)
            #expect(reply.status == 201, "\(reply.text)")
            let id: String = try #require(reply.json["id"]?.string)
            #expect(reply.headers["location"] == Self.attempts + "/" + id)
            #expect(reply.json["reproduced"] == false)
            #expect(reply.json["tolerance"] == 0.001)
            #expect(reply.json["tolerance_mode"] == "absolute")
            let metrics: [JSONValue] = try #require(reply.json["metrics"]?.array)
            #expect(metrics.map { $0["verdict"]?.string } == ["match", "mismatch"])
            #expect(metrics.map { $0["original"]?.number } == [0.967, 0.934])
            #expect(metrics.map { $0["reproduced"]?.number } == [0.9671, 0.93])
            #expect(metrics.map { $0["allowed"]?.number } == [0.001, 0.001])
            #expect(abs(try #require(metrics[1]["difference"]?.number) - 0.004) < 1e-12)
            #expect(reply.json["missing_metrics"] == [])
            #expect(
                reply.json["environment_differences"] == [
                    ["path": "dependencies.packages.xgboost", "change": "removed", "left": "1.7.0", "right": nil],
                    ["path": "reproducibility.random_seed", "change": "changed", "left": 42, "right": 43],
                ])
            #expect(reply.json["by"] == "bob")
            #expect(reply.json["independent"] == true)
            #expect(reply.json["valid"] == true)
            #expect(reply.json["notes"] == "on the new cluster")
            let read: Reply = await harness.ask(.get, Self.attempts + "/" + id)
            #expect(read.json == reply.json)
            #expect(read.headers["content-location"] == Self.attempts + "/" + id)
            #expect(await harness.ask(.get, Self.attempts + "/rep_none").code == "reproduction_not_found")

            let events: [JSONValue] = try await harness.registry.events().filter {
                $0.record.action == "record_reproduction"
            }.map { try JSONParser.parse($0.json) }
            let event: JSONValue = try #require(events.first)
            #expect(events.count == 1)
            #expect(event["model_id"] == "fraud_v2.1.3")
            #expect(event["rationale"] == "on the new cluster")
            #expect(event["detail"]?["matched"] == 1)
            #expect(event["detail"]?["metrics"] == 2)
            #expect(event["detail"]?["reproduced"] == false)
            #expect(event["changes"]?["after"]?["metrics"] == reply.json["metrics"])
        }
    }

    @Test func aMetricThatOneSideLacksIsNamedAndFails() async throws {
        try await with { harness, _, other in
            let rows: [(metrics: String, reproduced: Bool, missing: JSONValue)] = [
                (#"{"accuracy":0.967,"f1_score":0.934}"#, true, []),
                (#"{"accuracy":0.967}"#, false, ["f1_score"]),
                (#"{"accuracy":0.967,"f1_score":0.934,"loss":0.1}"#, false, ["loss"]),
                ("{}", false, ["accuracy", "f1_score"]),
            ]
            for row in rows {
                let reply: Reply = await harness.send(
                    .post, Self.attempts, #"{"metrics":\#(row.metrics)}"#, token: other)
                #expect(reply.json["reproduced"]?.bool == row.reproduced, "\(row.metrics)")
                #expect(reply.json["missing_metrics"] == row.missing)
            }
            // Nothing that came out again is nothing made again.
            try await harness.publish("bare", "1.0.0")
            let nothing: Reply = await harness.send(
                .post, "/v1/models/bare/versions/1.0.0/reproductions", #"{"metrics":{}}"#)
            #expect(nothing.status == 201)
            #expect(nothing.json["reproduced"] == false)

            // Newest first, and from page to page.
            let first: Reply = await harness.ask(.get, Self.attempts + "?limit=3")
            #expect(first.headers["content-location"] == Self.attempts)
            #expect(first.json["items"]?.array?.map { $0["reproduced"]?.bool } == [false, false, false])
            let cursor: String = try #require(first.json["next_cursor"]?.string)
            let second: Reply = await harness.ask(.get, Self.attempts + "?limit=3&cursor=" + cursor)
            #expect(second.json["items"]?.array?.map { $0["reproduced"]?.bool } == [true])
            #expect(second.json["next_cursor"] == .null)
        }
    }

    @Test func badAttemptsAreRefused() async throws {
        try await with { harness, author, _ in
            let rows: [(body: String, pointer: String)] = [
                ("{}", "/metrics"), (#"{"metrics":{"a":"b"}}"#, "/metrics/a"),
                (#"{"metrics":{},"tolerance":-0.1}"#, "/tolerance"),
                (#"{"metrics":{},"tolerance":1.01}"#, "/tolerance"),
                (#"{"metrics":{},"tolerance":2,"tolerance_mode":"relative"}"#, "/tolerance"),
                (#"{"metrics":{},"tolerance_mode":"half"}"#, "/tolerance_mode"),
                (#"{"metrics":{},"environment":{"os":"x"}}"#, "/environment/os"),
                (#"{"metrics":{},"reproduced":true}"#, "/reproduced"),
            ]
            for row in rows {
                let reply: Reply = await harness.send(.post, Self.attempts, row.body, token: author)
                #expect(reply.status == 422, "\(row.body)")
                #expect(reply.pointers == [row.pointer], "\(row.body)")
            }
            #expect(await harness.send(.post, Self.attempts, #"{"metrics":{},"tolerance":1}"#).status == 201)
            #expect(
                await harness.send(.post, "/v1/models/fraud/versions/latest/reproductions", #"{"metrics":{}}"#).code
                    == "version_not_found")
            let draft: Reply = await harness.send(
                .post, "/v1/models/fraud/versions", #"{"version":"3.0.0","draft":true}"#, token: author)
            #expect(draft.status == 201)
            let target: String = "/v1/models/fraud/versions/3.0.0"
            #expect(
                await harness.send(.post, target + "/reproductions", #"{"metrics":{}}"#).code == "draft_version")
            #expect(await harness.ask(.get, target + "/reproducibility").json["completeness"]?["score"] == 0)
            let stale: Reply = await harness.send(
                .post, Self.attempts, #"{"metrics":{}}"#, [("if-match", "\"0\"")])
            #expect(stale.status == 412)
        }
    }

    @Test func aVersionTakesSoManyAttemptsAndNoMore() async throws {
        var policy = RegistryPolicy()
        policy.limits.reproductionsPerVersion = 2
        try await APIHarness.with(policy: policy) { harness in
            try await harness.publish("m", "1.0.0")
            let target: String = "/v1/models/m/versions/1.0.0/reproductions"
            var statuses: [Int] = []
            for _ in 0..<3 { statuses.append(await harness.send(.post, target, #"{"metrics":{}}"#).status) }
            #expect(statuses == [201, 201, 422])
        }
    }

    @Test func anIdempotentAttemptIsRecordedOnce() async throws {
        try await with { harness, _, other in
            let key: [(String, String)] = [("idempotency-key", "k")]
            let first: Reply = await harness.send(.post, Self.attempts, #"{"metrics":{}}"#, token: other, key)
            let again: Reply = await harness.send(.post, Self.attempts, #"{"metrics":{}}"#, token: other, key)
            #expect(again.json == first.json)
            #expect(again.headers["idempotent-replayed"] == "true")
            #expect(await harness.ask(.get, Self.attempts).json["items"]?.array?.count == 1)
        }
    }

    /// What the guard makes of attempts: whose, on which evidence, and which of several.
    @Test func attemptsAreEvidenceForTheGuard() async throws {
        let lifecycle: JSONValue = try TestLifecycle.replacing(
            "transitions",
            by: [
                [
                    "from": "development", "to": "validation", "requested_by": ["publisher"],
                    "guards": [["guard": "reproduction_recorded", "parameters": ["max_age_days": 1]]],
                ]
            ])
        try await APIHarness.with(lifecycle: lifecycle) { harness in
            let author: APIHarness.Token = .secret(try await harness.registry.token("ann", roles: ["publisher"]))
            let other: APIHarness.Token = .secret(try await harness.registry.token("bob", roles: ["publisher"]))
            try await harness.publish("fraud", "2.1.3", more: Self.example, token: author)
            func attempt(_ accuracy: Double, _ token: APIHarness.Token) async -> Reply {
                await harness.send(
                    .post, Self.attempts, #"{"metrics":{"accuracy":\#(accuracy),"f1_score":0.934}}"#, token: token)
            }
            func finding() async throws -> JSONValue {
                let reply: Reply = await harness.send(
                    .post, Self.version + "/transitions?dry_run=true", #"{"to":"validation"}"#, token: author)
                return try #require(reply.json["guards"]?.array?.first, "\(reply.text)")
            }
            #expect(try await finding()["passed"] == false)
            #expect(await attempt(0.967, author).json["independent"] == false)
            #expect(try await finding()["detail"]?.string?.contains("had a hand in the version") == true)
            let independent: Reply = await attempt(0.967, other)
            #expect(try await finding()["passed"] == true)

            // The same person's later word counts.
            #expect(await attempt(0.9, other).json["reproduced"] == false)
            #expect(try await finding()["passed"] == false)
            #expect(await attempt(0.967, other).json["reproduced"] == true)
            #expect(try await finding()["passed"] == true)

            // It grows old.
            harness.clock.advance(milliseconds: 86_400_001)
            #expect(try await finding()["detail"]?.string?.contains("older than 1 days") == true)
            #expect(await attempt(0.967, other).status == 201)
            #expect(try await finding()["passed"] == true)

            // Other metrics are other evidence: nobody has made those.
            let corrected: Reply = await harness.send(
                .patch, Self.version, #"{"performance_metrics":{"accuracy":0.97}}"#, token: author)
            #expect(corrected.status == 200)
            #expect(try await finding()["detail"]?.string?.contains("against the evidence that is there now") == true)
            let id: String = try #require(independent.json["id"]?.string)
            let old: Reply = await harness.ask(.get, Self.attempts + "/" + id)
            #expect(old.json["valid"] == false)
            #expect(old.json["metrics"] == independent.json["metrics"])
            #expect(await attempt(0.97, other).json["reproduced"] == true)
            let moved: Reply = await harness.send(
                .post, Self.version + "/transitions", #"{"to":"validation"}"#, token: author)
            #expect(moved.status == 200, "\(moved.text)")

            // Whoever corrects the metrics has a hand in the version.
            _ = await harness.send(
                .patch, Self.version, #"{"performance_metrics":{"accuracy":0.98}}"#, token: other)
            #expect(await harness.ask(.get, Self.attempts + "/" + id).json["independent"] == false)
        }
    }

    @Test func aVersionWithAttemptsCanBeDeleted() async throws {
        try await with { harness, _, other in
            #expect(await harness.send(.post, Self.attempts, #"{"metrics":{}}"#, token: other).status == 201)
            #expect(await harness.ask(.delete, Self.version).status == 204)
            #expect(await harness.ask(.get, Self.attempts).status == 404)
            #expect(await harness.ask(.delete, "/v1/models/fraud").status == 204)
        }
    }
}
