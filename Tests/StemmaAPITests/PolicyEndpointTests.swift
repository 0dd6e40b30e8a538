import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaTesting
import Testing

@testable import StemmaAPI

@Suite struct PolicyEndpointTests {
    private static let body: String = #"""
        {"name":"old ones","kind":"retirement","criteria":{"age":{"max_age_days":30}},"states":["development"],
        "filter":"model != 'kept'","schedule":{"every_minutes":60},"description":"Retires what is old."}
        """#

    private func make(_ harness: APIHarness, _ json: String = body) async throws -> (path: String, reply: Reply) {
        let reply: Reply = await harness.send(.post, "/v1/policies", json)
        try #require(reply.status == 201, "\(reply.text)")
        return (try #require(reply.headers["location"]), reply)
    }

    private func actions(_ harness: APIHarness) async throws -> [String] {
        try await harness.registry.events().map(\.record.action)
    }

    @Test func aPolicyIsStoredWithWhatWasLeftOut() async throws {
        try await APIHarness.with { harness in
            let made = try await make(harness)
            let json: JSONValue = made.reply.json
            #expect(json["target_state"] == "deprecated")
            #expect(json["mode"] == "recommend")
            #expect(json["enabled"] == true)
            #expect(json["revision"] == 1)
            #expect(json["created_by"] == "admin")
            #expect(json["last_run"] == .null)
            #expect(json["next_run_at"] == "2024-01-15T11:00:00.000Z")
            #expect(json["criteria"] == ["age": ["max_age_days": 30]])
            let read: Reply = await harness.ask(.get, made.path)
            #expect(read.json == json)
            #expect(read.headers["etag"] == made.reply.headers["etag"])
            #expect(try await actions(harness).last == "create_policy")
        }
    }

    @Test func aPolicyIsReplacedUnderItsEntityTag() async throws {
        try await APIHarness.with { harness in
            let made = try await make(harness)
            let etag: String = try #require(made.reply.headers["etag"])
            let next: String = #"{"name":"new","kind":"retirement","criteria":{"usage":{}},"enabled":false}"#
            let stale: Reply = await harness.send(.put, made.path, next, [("if-match", "\"x\"")])
            #expect(stale.status == 412)
            let changed: Reply = await harness.send(.put, made.path, next, [("if-match", etag)])
            #expect(changed.status == 200)
            #expect(changed.json["revision"] == 2)
            #expect(changed.json["next_run_at"] == .null)
            #expect(
                changed.json["criteria"] == [
                    "usage": [
                        "metric": "daily_requests", "minimum": 100, "window_days": 7, "minimum_observations": 1,
                    ]
                ])
            let same: Reply = await harness.send(.put, made.path, next)
            #expect(same.json["revision"] == 2)
            #expect(await harness.ask(.delete, made.path, [("if-match", etag)]).status == 412)
            #expect(await harness.ask(.delete, made.path + "?dry_run=true").status == 204)
            #expect(await harness.ask(.get, made.path).status == 200)
            #expect(await harness.ask(.delete, made.path).status == 204)
            #expect(await harness.ask(.get, made.path).code == "policy_not_found")
            #expect(await harness.ask(.post, made.path + "/run").code == "policy_not_found")
            #expect(try await actions(harness).suffix(3) == ["create_policy", "replace_policy", "delete_policy"])
        }
    }

    @Test func namesAreUnique() async throws {
        try await APIHarness.with { harness in
            _ = try await make(harness)
            #expect(await harness.send(.post, "/v1/policies", Self.body).code == "policy_exists")
            let other = try await make(harness, #"{"name":"b","kind":"retirement","criteria":{"age":{}}}"#)
            #expect(await harness.send(.put, other.path, Self.body).code == "policy_exists")
        }
    }

    @Test func thereIsRoomForSoManyPolicies() async throws {
        var policy = RegistryPolicy()
        policy.limits.policyCount = 1
        try await APIHarness.with(policy: policy) { harness in
            let made = try await make(harness)
            let other: String = #"{"name":"b","kind":"retirement","criteria":{"age":{}}}"#
            #expect(await harness.send(.post, "/v1/policies", other).status == 422)
            #expect(await harness.send(.put, made.path, other).status == 200)
            #expect(await harness.ask(.delete, made.path).status == 204)
            #expect(await harness.send(.post, "/v1/policies", other).status == 201)
        }
    }

    /// A change of something else does not put off the next run; a change of the schedule starts it anew.
    @Test func aScheduleKeepsItsRhythmUntilItIsChanged() async throws {
        try await APIHarness.with { harness in
            let body: (String) -> String = { more in
                #"{"name":"p","kind":"retirement","criteria":{"age":{}}\#(more)}"#
            }
            let made = try await make(harness, body(#","schedule":{"every_minutes":60}"#))
            harness.clock.advance(milliseconds: 30 * 60_000)
            let steps: [(String, String?)] = [
                (#","schedule":{"every_minutes":60},"description":"d""#, "2024-01-15T11:00:00.000Z"),
                (#","schedule":{"every_minutes":20}"#, "2024-01-15T10:50:00.000Z"),
                (#","schedule":{"every_minutes":20},"enabled":false"#, nil),
                (#","schedule":{"every_minutes":20},"enabled":true"#, "2024-01-15T10:50:00.000Z"),
                ("", nil),
            ]
            for (more, next) in steps {
                let changed: Reply = await harness.send(.put, made.path, body(more))
                #expect(changed.status == 200)
                #expect(changed.json["next_run_at"]?.string == next, "\(more)")
            }
        }
    }

    @Test(arguments: [
        (#"{"name":"p","kind":"retirement","criteria":{}}"#, "/criteria"),
        (#"{"name":"p","kind":"retirement","criteria":{"metric":{"metric":"a","minimum":1}}}"#, "/criteria/metric"),
        (#"{"name":"p","kind":"promotion","criteria":{"age":{}}}"#, "/criteria/age"),
        (#"{"name":"p","kind":"promotion","criteria":{"metric":{"metric":"a"}}}"#, "/criteria/metric"),
        (
            #"{"name":"p","kind":"promotion","criteria":{"metric":{"metric":"a","minimum":2,"maximum":1}}}"#,
            "/criteria/metric/minimum"
        ),
        (
            #"{"name":"p","kind":"promotion","criteria":{"business_metric":{"metric":"a"}}}"#,
            "/criteria/business_metric"
        ),
        (
            #"{"name":"p","kind":"retirement","criteria":{"performance":{"metric":"a","baseline_days":3}}}"#,
            "/criteria/performance/baseline_days"
        ),
        (
            #"{"name":"p","kind":"retirement","criteria":{"replacement":{"metric":"a","window_days":3}}}"#,
            "/criteria/replacement/window_days"
        ),
        (#"{"name":"p","kind":"retirement","criteria":{"age":{"max_age_days":0}}}"#, "/criteria/age/max_age_days"),
        (#"{"name":"p","kind":"retirement","criteria":{"age":{}},"filter":"model = "}"#, "/filter"),
        (#"{"name":"p","kind":"retirement","criteria":{"age":{}},"filter":"nothing = 1"}"#, "/filter"),
        (#"{"name":"p","kind":"retirement","criteria":{"age":{}},"target_state":"production"}"#, "/target_state"),
        (
            #"{"name":"p","kind":"promotion","criteria":{"metric":{"metric":"a","minimum":1}},"target_state":"archived"}"#,
            "/target_state"
        ),
        (#"{"name":"p","kind":"retirement","criteria":{"age":{}},"states":["deprecated"]}"#, "/states/0"),
        (#"{"name":"p","kind":"retirement","criteria":{"age":{}},"states":["staging","staging"]}"#, "/states/1"),
        (#"{"name":"p","kind":"retirement","criteria":{"age":{}},"mode":"force"}"#, "/mode"),
        (
            #"{"name":"p","kind":"retirement","criteria":{"age":{}},"schedule":{"every_minutes":0}}"#,
            "/schedule/every_minutes"
        ),
        (#"{"name":"p","kind":"retirement","criteria":{"age":{}},"revision":3}"#, "/revision"),
        (#"{"name":"","kind":"retirement","criteria":{"age":{}}}"#, "/name"),
    ])
    func whatDoesNotGoTogetherIsRefused(_ json: String, _ pointer: String) async throws {
        try await APIHarness.with { harness in
            let reply: Reply = await harness.send(.post, "/v1/policies", json)
            #expect(reply.status == 422, "\(reply.text)")
            #expect(reply.pointers == [pointer], "\(reply.text)")
            if pointer == "/filter" { #expect((reply.json["column"]?.integer ?? 0) > 0) }
        }
    }

    @Test func policiesAreListedAndFiltered() async throws {
        try await APIHarness.with { harness in
            for (name, kind, criteria, more) in [
                ("b", "retirement", #"{"age":{}}"#, #","enabled":false"#),
                ("a", "promotion", #"{"metric":{"metric":"m","minimum":1}}"#, #","mode":"enforce""#),
                ("c", "retirement", #"{"age":{}}"#, ""),
            ] {
                _ = try await make(
                    harness, #"{"name":"\#(name)","kind":"\#(kind)","criteria":\#(criteria)\#(more)}"#)
            }
            let first: Reply = await harness.ask(.get, "/v1/policies?limit=2")
            #expect(first.items("name") == ["a", "b"])
            let cursor: String = try #require(first.json["next_cursor"]?.string)
            #expect(await harness.ask(.get, "/v1/policies?limit=2&cursor=" + cursor).items("name") == ["c"])
            for (filter, names) in [
                ("kind%20=%20'retirement'", ["b", "c"]), ("mode='enforce'", ["a"]), ("enabled=false", ["b"]),
                ("name='c'", ["c"]),
            ] {
                #expect(await harness.ask(.get, "/v1/policies?filter=" + filter).items("name") == names, "\(filter)")
            }
            #expect(await harness.ask(.get, "/v1/policies?filter=x=1").code == "invalid_filter")
        }
    }

    @Test func onlyThoseMayChangePoliciesWhoMayChangeThemForAllModels() async throws {
        try await APIHarness.with { harness in
            let made = try await make(harness)
            let reader = APIHarness.Token.secret(try await harness.registry.token("r", roles: ["reader"]))
            let deployer = APIHarness.Token.secret(try await harness.registry.token("d", roles: ["deployer"]))
            let some = APIHarness.Token.secret(
                try await harness.registry.token("s", roles: ["admin"], models: ["fraud_*"]))
            #expect(await harness.ask(.get, made.path, token: reader).status == 200)
            #expect(await harness.ask(.get, "/v1/policies", token: .none).status == 401)
            for token in [reader, deployer, some] {
                #expect(await harness.send(.post, "/v1/policies", Self.body, token: token).status == 403)
                #expect(await harness.send(.put, made.path, Self.body, token: token).status == 403)
                #expect(await harness.ask(.delete, made.path, token: token).status == 403)
                #expect(await harness.ask(.post, made.path + "/run", token: token).status == 403)
                #expect(await harness.ask(.post, made.path + "/run?dry_run=true", token: token).status == 403)
            }
        }
    }

    @Test func aRunIsAnsweredListedAndReadWithEveryDecision() async throws {
        try await APIHarness.with { harness in
            try await harness.publish("fraud", "1.0.0")
            harness.clock.advance(milliseconds: 31 * 86_400_000)
            try await harness.publish("fraud", "1.1.0")
            try await harness.publish("kept", "1.0.0")
            let made = try await make(harness)
            let run: Reply = await harness.ask(.post, made.path + "/run")
            #expect(run.status == 200)
            #expect(run.json["status"] == "finished")
            #expect(run.json["cause"] == "manual")
            #expect(run.json["by"] == "admin")
            #expect(run.json["counts"] == ["retire": 1, "unknown": 0, "keep": 1])
            #expect(run.json["decisions_truncated"] == false)
            let decisions: [JSONValue] = try #require(run.json["decisions"]?.array)
            #expect(decisions.map { $0["verdict"]?.string } == ["retire", "keep"])
            #expect(decisions[0]["model_id"] == "fraud_v1.0.0")
            #expect(decisions[0]["reason"] == "registered 31 days ago, more than 30")
            #expect(
                decisions[0]["criteria"] == [
                    [
                        "criterion": "age", "result": "met", "read": ["age_days": 31], "limit": ["max_age_days": 30],
                        "detail": "registered 31 days ago, more than 30",
                    ]
                ])
            let path: String = try #require(run.headers["content-location"])
            #expect(await harness.ask(.get, path).json == run.json)
            let keep: Reply = await harness.ask(.get, path + "/decisions?verdict=keep")
            #expect(keep.items("model_id") == ["fraud_v1.1.0"])
            let page: Reply = await harness.ask(.get, path + "/decisions?limit=1")
            #expect(page.items("model_id") == ["fraud_v1.0.0"])
            let cursor: String = try #require(page.json["next_cursor"]?.string)
            let rest: Reply = await harness.ask(.get, path + "/decisions?limit=1&cursor=" + cursor)
            #expect(rest.items("model_id") == ["fraud_v1.1.0"])
            #expect(rest.json["next_cursor"] == .null)
            #expect(await harness.ask(.get, path + "/decisions?verdict=perhaps").status == 422)
            #expect(await harness.ask(.get, made.path + "/runs/none").code == "policy_run_not_found")

            let policy: Reply = await harness.ask(.get, made.path)
            #expect(policy.json["last_run"]?["id"] == run.json["id"])
            #expect(policy.json["last_run"]?["counts"] == run.json["counts"])
            let dry: Reply = await harness.ask(.post, made.path + "/run?dry_run=true")
            #expect(dry.json["dry_run"] == true)
            let listed: Reply = await harness.ask(.get, made.path + "/runs?limit=1")
            #expect(listed.items("id") == [dry.json["id"]?.string])
            #expect(listed.json["items"]?.array?[0]["decisions"] == [])
            let next: String = try #require(listed.json["next_cursor"]?.string)
            let older: Reply = await harness.ask(.get, made.path + "/runs?limit=1&cursor=" + next)
            #expect(older.items("id") == [run.json["id"]?.string])

            let event = try #require(try await harness.registry.events().last)
            #expect(event.record.action == "run_policy")
            let leaf: JSONValue = try JSONParser.parse(try #require(event.record.leaf))
            #expect(leaf["detail"]?["counts"] == run.json["counts"])
            #expect(leaf["detail"]?["dry_run"] == true)
        }
    }

    /// Who sees only some models learns nothing of the others.
    @Test func decisionsOnModelsOutOfScopeAreLeftOut() async throws {
        try await APIHarness.with { harness in
            for model in ["fraud_a", "churn", "fraud_b"] { try await harness.publish(model, "1.0.0") }
            let made = try await make(harness)
            let run: Reply = await harness.ask(.post, made.path + "/run")
            let path: String = try #require(run.headers["content-location"])
            let some = APIHarness.Token.secret(
                try await harness.registry.token("s", roles: ["reader"], models: ["fraud_*"]))
            #expect(
                await harness.ask(.get, path + "/decisions", token: some).items("model") == ["fraud_a", "fraud_b"])
            // A policy's filter, and how many versions it met, tell of all models.
            for target in ["/v1/policies", made.path, made.path + "/runs"] {
                #expect(await harness.ask(.get, target, token: some).status == 403, "\(target)")
            }
            let read: Reply = await harness.ask(.get, path, token: some)
            #expect(read.json["decisions"]?.array?.compactMap { $0["model"]?.string } == ["fraud_a", "fraud_b"])
        }
    }

    @Test func aRepeatedRequestRunsOnce() async throws {
        try await APIHarness.with { harness in
            let made = try await make(harness)
            let first: Reply = await harness.ask(.post, made.path + "/run", [("idempotency-key", "k")])
            let again: Reply = await harness.ask(.post, made.path + "/run", [("idempotency-key", "k")])
            #expect(again.headers["idempotent-replayed"] == "true")
            #expect(again.json == first.json)
            let other: Reply = await harness.ask(.post, made.path + "/run?dry_run=true", [("idempotency-key", "k")])
            #expect(other.code == "idempotency_key_reused")
            #expect(await harness.ask(.get, made.path + "/runs").items("id").count == 1)
        }
    }
}
