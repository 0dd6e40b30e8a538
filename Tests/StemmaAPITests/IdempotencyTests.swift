import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaTesting
import Testing

@Suite struct IdempotencyTests {
    private let key: [(String, String)] = [("idempotency-key", "key-1")]

    @Test func aRepeatIsAnsweredFromMemory() async throws {
        try await APIHarness.with { harness in
            let first: Reply = await harness.send(.post, "/v1/models", #"{"name":"m"}"#, key)
            let again: Reply = await harness.send(.post, "/v1/models", #"{"name":"m"}"#, key)
            #expect(first.status == 201)
            #expect(again.status == 201)
            #expect(again.body == first.body)
            #expect(again.headers["location"] == first.headers["location"])
            #expect(again.headers["etag"] == first.headers["etag"])
            #expect(first.headers["idempotent-replayed"] == nil)
            #expect(again.headers["idempotent-replayed"] == "true")
            // Kept for a day at least.
            harness.clock.advance(milliseconds: 24 * 3_600_000)
            #expect(
                await harness.send(.post, "/v1/models", #"{"name":"m"}"#, key).headers["idempotent-replayed"] == "true")
        }
    }

    @Test func anotherBodyPathOrQueryIsAnotherRequest() async throws {
        try await APIHarness.with { harness in
            #expect(await harness.send(.post, "/v1/models", #"{"name":"m"}"#, key).status == 201)
            for (target, body) in [
                ("/v1/models", #"{"name":"n"}"#), ("/v1/models/m/versions", #"{"version":"1.0.0"}"#),
            ] {
                let reply: Reply = await harness.send(.post, target, body, key)
                #expect(reply.status == 422, "\(target)")
                #expect(reply.code == "idempotency_key_reused")
            }
            let one: [(String, String)] = [("idempotency-key", "key-2")]
            let body: String = #"{"version":"1.0.0"}"#
            #expect(await harness.send(.post, "/v1/models/x/versions?create_model=true", body, one).status == 201)
            #expect(await harness.send(.post, "/v1/models/x/versions", body, one).code == "idempotency_key_reused")
        }
    }

    @Test func keysAreCheckedAndRefusalsNotKept() async throws {
        try await APIHarness.with { harness in
            for bad in ["", String(repeating: "k", count: 256), "é", "a\tb"] {
                let reply: Reply = await harness.send(.post, "/v1/models", #"{"name":"m"}"#, [("idempotency-key", bad)])
                #expect(reply.status == 400, "\(bad)")
            }
            #expect(await harness.send(.post, "/v1/models/m/versions", #"{"version":"1.0.0"}"#, key).status == 404)
            _ = await harness.send(.post, "/v1/models", #"{"name":"m"}"#)
            let later: Reply = await harness.send(.post, "/v1/models/m/versions", #"{"version":"1.0.0"}"#, key)
            #expect(later.status == 201)
            #expect(later.headers["idempotent-replayed"] == nil)
        }
    }

    /// A token that lost its reach does not get the kept answer of the time when it had it.
    @Test func aReplayNeedsTheReachOfTheFirst() async throws {
        try await APIHarness.with { harness in
            let wide: String = try await harness.registry.token("ada", roles: ["publisher"])
            let narrow: String = try await harness.registry.token("ada", roles: ["publisher"], models: ["other"])
            _ = await harness.send(.post, "/v1/models", #"{"name":"m"}"#)
            let body: String = #"{"version":"1.0.0","description":"secret words"}"#
            let first: Reply = await harness.send(.post, "/v1/models/m/versions", body, token: .secret(wide), key)
            #expect(first.status == 201)
            let replay: Reply = await harness.send(.post, "/v1/models/m/versions", body, token: .secret(narrow), key)
            #expect(replay.code == "idempotency_key_reused")
            #expect(!replay.text.contains("secret words"))
        }
    }

    @Test func everyKeptPostReplays() async throws {
        try await APIHarness.with { harness in
            try await harness.publish("m", "1.0.0")
            let draft: String = #"{"version":"1.1.0","draft":true}"#
            for (number, row) in [
                ("/v1/models/m/versions", draft), ("/v1/models/m/versions/1.1.0/publish", ""),
                ("/v1/models/m/versions", #"{"bump":"auto","use_case":"x"}"#),
            ].enumerated() {
                let fields: [(String, String)] = [("idempotency-key", "k\(number)")]
                let first: Reply = await harness.send(.post, row.0, row.1, fields)
                let again: Reply = await harness.send(.post, row.0, row.1, fields)
                #expect(first.status < 300, "\(row) \(first.text)")
                #expect(again.status == first.status)
                #expect(again.body == first.body)
                #expect(again.headers["idempotent-replayed"] == "true")
            }
            #expect(await harness.ask(.get, "/v1/models/m").json["version_count"]?.integer == 3)
        }
    }
}
