import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaSQLite
import StemmaTesting
import Testing

@testable import StemmaAPI

/// What past answers refuse, whom they tell, and what they say where the trail was erased.
@Suite struct PastEndpointTests {
    @Test func momentsToComeAndBeforeTheBeginningAreRefused() async throws {
        try await APIHarness.with { harness in
            let before: Timestamp = harness.clock.now
            harness.clock.advance(milliseconds: 1_000)
            try await harness.publish("m", "1.0.0", more: #","training_data":{"dataset_id":"d"}"#)
            let future: Timestamp = harness.clock.now.adding(milliseconds: 1)
            for (target, code) in [
                ("/v1/models/m", "model_not_found"), ("/v1/models/m/versions", "model_not_found"),
                ("/v1/models/m/versions/1.0.0", "model_not_found"), ("/v1/models/m/aliases", "model_not_found"),
                ("/v1/model-versions/m_v1.0.0", "model_not_found"), ("/v1/models/m/timeline", "model_not_found"),
                ("/v1/models/m/versions/1.0.0/reviews", "model_not_found"),
                ("/v1/models/m/versions/1.0.0/lineage", "model_not_found"),
                ("/v1/models/m/production", "model_not_found"),
                ("/v1/models/m/versions/1.0.0/gates", "model_not_found"),
                ("/v1/models/m/versions/1.0.0/transitions/allowed", "model_not_found"),
                ("/v1/models/m/versions/1.0.0/metrics", "model_not_found"),
                ("/v1/models/m/aliases/champion/history", "model_not_found"),
                ("/v1/lineage/entities/dataset/d", "entity_not_found"),
            ] {
                #expect(await harness.ask(.get, target + "?as_of=\(before)").code == code, "\(target)")
                let reply: Reply = await harness.ask(.get, target + "?as_of=\(future)")
                #expect(reply.status == 422 && reply.pointers == ["?as_of"], "\(target): \(reply.text)")
                #expect(await harness.ask(.get, target + "?as_of=\(harness.clock.now)").status == 200, "\(target)")
            }
            #expect(await harness.ask(.get, "/v1/models?as_of=\(before)").json["items"]?.array?.isEmpty == true)
            for list in ["models", "lifecycle/revisions", "lineage/entities", "lineage/assessments"] {
                let reply: Reply = await harness.ask(.get, "/v1/\(list)?as_of=\(future)")
                #expect(reply.status == 422 && reply.pointers == ["?as_of"], "\(list)")
            }
            for walk in ["graph", "impact"] {
                let path: String = "/v1/lineage/\(walk)?node=dataset:d&as_of="
                #expect(await harness.ask(.get, path + "\(before)").code == "entity_not_found")
                #expect(await harness.ask(.get, path + "\(future)").pointers == ["?as_of"])
            }
            // Where nothing tells of the past, asking for it is refused rather than answered with the present.
            for path in [
                "lineage/runs?job=a:b&", "models/m/versions/1.0.0/artifacts?", "models/m/versions/1.0.0/risk?",
            ] {
                #expect(await harness.ask(.get, "/v1/\(path)as_of=\(before)").pointers == ["?as_of"], "\(path)")
            }
            #expect(await harness.ask(.get, "/v1/lifecycle?as_of=2020-01-01").code == "lifecycle_revision_not_found")
            #expect(await harness.ask(.get, "/v1/lifecycle?as_of=\(future)").status == 422)
            #expect(await harness.ask(.get, "/v1/models/m?as_of=soon").status == 422)
            // An ordering that only rows have cannot be had of the past.
            let order: String = "/v1/models/m/versions?as_of=\(harness.clock.now)&order_by="
            #expect(await harness.ask(.get, order + "metrics.auc").pointers == ["?order_by"])
            #expect(await harness.ask(.get, order + "number,created_at").pointers == ["?order_by"])
            #expect(await harness.ask(.get, order + "nonsense").code == "invalid_filter")
            let answer: Reply = await harness.ask(.get, "/v1/models/m/versions/latest?as_of=\(harness.clock.now)")
            #expect(answer.headers["etag"] == nil && answer.headers["cache-control"] == "no-store")
            #expect(answer.headers["content-location"]?.hasPrefix("/v1/models/m/versions/1.0.0?as_of=") == true)
        }
    }

    @Test func whatWasDeletedIsStillToldOfThePast() async throws {
        try await APIHarness.with { harness in
            for version in ["1.0.0", "1.1.0"] { try await harness.publish("m", version) }
            _ = await harness.send(.put, "/v1/models/m/aliases/champion", #"{"version":"1.1.0"}"#)
            let then: Timestamp = harness.clock.now
            harness.clock.advance(milliseconds: 1_000)
            #expect(await harness.ask(.delete, "/v1/models/m/versions/1.1.0").status == 204)
            harness.clock.advance(milliseconds: 1_000)
            #expect(await harness.ask(.delete, "/v1/models/m").status == 204)
            harness.clock.advance(milliseconds: 1_000)
            #expect(await harness.ask(.get, "/v1/models/m").status == 404)
            let model: JSONValue = await harness.ask(.get, "/v1/models/m?as_of=\(then)").json
            #expect(model["aliases"] == ["champion": "1.1.0"] && model["version_count"] == 2)
            #expect(model["latest_version"] == "1.1.0")
            for ref in ["1.1.0", "latest", "@champion", "^1"] {
                let reply: Reply = await harness.ask(.get, "/v1/models/m/versions/\(ref)?as_of=\(then)")
                #expect(reply.json["version"] == "1.1.0", "\(ref): \(reply.text)")
            }
            let alias: Reply = await harness.ask(.get, "/v1/models/m/aliases/champion?as_of=\(then)")
            #expect(alias.json["version"] == "1.1.0")
            #expect(await harness.ask(.get, "/v1/models/m?as_of=\(harness.clock.now)").status == 404)
        }
    }

    @Test func tokensSeeThePastOfTheirModelsOnly() async throws {
        try await APIHarness.with { harness in
            for model in ["fraud_a", "hidden", "fraud_b"] { try await harness.publish(model, "1.0.0") }
            let secret: String = try await harness.registry.token("r", roles: ["reader"], models: ["fraud_*"])
            let (token, now): (APIHarness.Token, Timestamp) = (.secret(secret), harness.clock.now)
            let models: Reply = await harness.ask(.get, "/v1/models?as_of=\(now)", token: token)
            #expect(models.items("name") == ["fraud_a", "fraud_b"])
            let versions: Reply = await harness.ask(.get, "/v1/model-versions?as_of=\(now)", token: token)
            #expect(versions.items("model") == ["fraud_b", "fraud_a"])
            for path in ["", "/versions", "/versions/1.0.0", "/aliases", "/production", "/timeline"] {
                let reply: Reply = await harness.ask(.get, "/v1/models/hidden\(path)?as_of=\(now)", token: token)
                #expect(reply.code == "model_not_found", "\(path)")
            }
            // A cursor holds the moment too.
            let page: Reply = await harness.ask(.get, "/v1/models?limit=1&as_of=\(now)", token: token)
            let cursor: String = try #require(page.json["next_cursor"]?.string)
            harness.clock.advance(milliseconds: 1)
            let same: String = "/v1/models?limit=1&cursor=\(cursor)"
            #expect(await harness.ask(.get, same + "&as_of=\(now)", token: token).items("name") == ["fraud_b"])
            #expect(await harness.ask(.get, same, token: token).code == "invalid_cursor")
            #expect(
                await harness.ask(.get, same + "&as_of=\(harness.clock.now)", token: token).code == "invalid_cursor")
        }
    }

    /// Pruned events are not there at all: what is now must not be taken for what was.
    @Test func prunedPartsOfTheTrailAreGaps() async throws {
        let day: Int64 = 86_400_000
        try await APIHarness.with(policy: RegistryPolicy(auditRetentionMilliseconds: 10 * day)) { harness in
            for model in ["m", "held"] {
                try await harness.publish(model, "1.0.0", more: #","description":"first","tags":{"a":"1"}"#)
                _ = await harness.send(.patch, "/v1/models/\(model)", #"{"owner":"ann"}"#)
            }
            _ = await harness.send(.put, "/v1/lineage/entities/dataset/d", #"{"owner":"ann"}"#)
            let then: Timestamp = harness.clock.now
            harness.clock.advance(milliseconds: 1_000)
            for model in ["m", "held"] {
                let change: String = #"{"description":"second","performance_metrics":{"auc":0.5}}"#
                _ = await harness.send(.patch, "/v1/models/\(model)/versions/1.0.0", change)
                _ = await harness.send(.patch, "/v1/models/\(model)", #"{"owner":"ben"}"#)
            }
            _ = await harness.send(.put, "/v1/lineage/entities/dataset/d", #"{"owner":"ben"}"#)
            let since: Timestamp = harness.clock.now
            let held: Reply = await harness.send(.post, "/v1/legal-holds", #"{"model":"held","reason":"case"}"#)
            #expect(held.status == 201, "\(held.text)")
            harness.clock.advance(milliseconds: 4_000 * day)
            let run: Reply = await harness.send(.post, "/v1/audit/retention/runs", #"{"confirm_clock":true}"#)
            #expect(run.status == 200, "\(run.text)")
            for (path, gaps) in [
                ("/models/m", ["description", "domain", "use_case", "owner", "tags", "metadata"]),
                ("/models/m/versions/1.0.0", ["description", "tags", "evidence_revision"]),
                ("/models/m/versions/1.0.0/gates", ["description", "evidence_revision"]),
                ("/lineage/entities/dataset/d", ["name", "description", "owner", "metadata", "updated_at"]),
                ("/models/held", []), ("/models/held/versions/1.0.0", []), ("/models/held/versions/1.0.0/gates", []),
            ] as [(String, [String])] {
                let past: JSONValue = await harness.ask(.get, "/v1\(path)?as_of=\(then)").json
                #expect(past["as_of_gaps"] == .array(gaps.map { .string($0) }), "\(path): \(past)")
                let isHeld: Bool = path.contains("held")
                if let owner = past["owner"] { #expect(owner == (isHeld ? "ann" : .null), "\(path)") }
                if path.hasSuffix("1.0.0") {
                    #expect(past["description"] == (isHeld ? "first" : .null), "\(path)")
                }
                // Nothing changed since that, so that rows tell all of it.
                let present: JSONValue = await harness.ask(.get, "/v1\(path)?as_of=\(since)").json
                #expect(present["as_of_gaps"] == [], "\(path): \(present)")
            }
        }
    }

    /// Where what was before a change is erased, and nothing else tells it, a gap is named; the present is not shown as past.
    @Test func erasedPartsOfTheTrailAreGaps() async throws {
        try await APIHarness.with { harness in
            try await harness.publish(
                "m", "1.0.0", more: #","description":"first","tags":{"a":"1"},"performance_metrics":{"auc":0.5}"#)
            _ = await harness.send(.patch, "/v1/models/m", #"{"owner":"ann"}"#)
            let then: Timestamp = harness.clock.now
            harness.clock.advance(milliseconds: 1_000)
            let path: String = "/v1/models/m/versions/1.0.0"
            _ = await harness.send(
                .patch, path, #"{"description":"second","tags":{"a":"2"},"performance_metrics":{"auc":0.75}}"#)
            _ = await harness.send(.patch, "/v1/models/m", #"{"owner":"ben"}"#)
            harness.clock.advance(milliseconds: 1_000)
            let whole: JSONValue = await harness.ask(.get, path + "?as_of=\(then)").json
            #expect(whole["description"] == "first" && whole["as_of_gaps"] == [])
            let store = try #require(harness.registry.store as? SQLiteMetadataStore)
            try await store.database.write { transaction in
                try transaction.execute("DELETE FROM audit_private WHERE field = 'changes'")
            }
            let version: JSONValue = await harness.ask(.get, path + "?as_of=\(then)").json
            #expect(version["as_of_gaps"] == ["description", "tags"], "\(version)")
            #expect(version["description"] == .null && version["tags"] == [:])
            #expect(version["performance_metrics"] == ["auc": 0.5], "metrics have a history of their own")
            let model: JSONValue = await harness.ask(.get, "/v1/models/m?as_of=\(then)").json
            #expect(model["owner"] == .null && model["as_of_gaps"]?.array?.count == 6, "\(model)")
            // A filter on what was erased does not leave the row out as though it were known not to pass.
            let filtered: Reply = await harness.ask(
                .get, "/v1/models/m/versions?filter=description%20%3D%20'first'&as_of=\(then)")
            #expect(filtered.items("version") == ["1.0.0"])
            let other: Reply = await harness.ask(
                .get, "/v1/models/m/versions?filter=metrics.auc%20%3E%200.7&as_of=\(then)")
            #expect(other.items("version") == [])
            let present: JSONValue = await harness.ask(.get, path + "?as_of=\(harness.clock.now)").json
            #expect(present["description"] == "second" && present["as_of_gaps"] == [])
        }
    }
}
