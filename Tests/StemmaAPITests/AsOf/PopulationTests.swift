import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaTesting
import Testing

@testable import StemmaAPI

/// The inventory as of a date, and the changes of a period.
@Suite struct PopulationTests {
    @Test func theInventoryIsThatOfTheDate() async throws {
        try await PromotionScene.with { scene in
            let harness: APIHarness = scene.harness
            _ = await harness.send(
                .post, "/v1/models",
                #"{"name":"=later","owner":"=cmd()","tags":{"backup_owner":"zoe"},"use_case":"u","domain":"d"}"#)
            let entries: Reply = await harness.ask(.get, "/v1/compliance/inventory")
            #expect(entries.items("model") == ["=later", "m"], "\(entries.text)")
            let later: JSONValue = try #require(entries.json["items"]?.array?.first)
            #expect(
                later["backup_owner"] == "zoe" && later["versions_by_state"] == [:] && later["last_review_at"] == .null)
            let past: Reply = await harness.ask(.get, "/v1/compliance/inventory?as_of=\(scene.second)")
            let model: JSONValue = try #require(past.json["items"]?.array?.first)
            #expect(past.json["items"]?.array?.count == 1)
            #expect(model["production_version"] == "1.1.0" && model["production_alias"] == "1.1.0")
            #expect(model["production_since"]?.string == scene.second.description)
            #expect(model["versions_by_state"] == ["deprecated": 1, "production": 1], "\(model)")
            #expect(model["risk_tier"] == "low" && model["last_review_by"] == "bob")
            #expect(model["last_review_version"] == "1.1.0" && model["version_count"] == 2)
            let first: Reply = await harness.ask(.get, "/v1/compliance/inventory?as_of=\(scene.first)")
            #expect(first.json["items"]?.array?.first?["versions_by_state"] == ["production": 1])

            // Whatever a spreadsheet would run stays text.
            let csv: Reply = await harness.ask(.get, "/v1/compliance/inventory", [("accept", "text/csv")])
            let lines: [Substring] = csv.text.split(separator: "\r\n")
            #expect(lines.count == 3 && lines[0].hasPrefix("model,owner,backup_owner,use_case,domain"))
            #expect(lines[1].hasPrefix("'=later,'=cmd(),zoe,u,d,"), "\(lines[1])")
            let ndjson: Reply = await harness.ask(
                .get, "/v1/compliance/inventory", [("accept", "application/x-ndjson")])
            #expect(ndjson.text.split(separator: "\n").count == 2)
            // A cursor goes on with the date that the first page had.
            let page: Reply = await harness.ask(.get, "/v1/compliance/inventory?limit=1")
            harness.clock.advance(milliseconds: 1_000)
            let cursor: String = try #require(page.json["next_cursor"]?.string)
            let next: Reply = await harness.ask(.get, "/v1/compliance/inventory?limit=1&cursor=\(cursor)")
            #expect(next.items("model") == ["m"] && next.items("as_of") == page.items("as_of"))
            let future: Timestamp = harness.clock.now.adding(milliseconds: 1)
            #expect(await harness.ask(.get, "/v1/compliance/inventory?as_of=\(future)").status == 422)
            #expect(await harness.ask(.get, "/v1/compliance/inventory?cursor=AAAA").code == "invalid_cursor")
        }
    }

    @Test func everyChangeOfWhatIsInServiceIsThere() async throws {
        try await PromotionScene.with { scene in
            let harness: APIHarness = scene.harness
            _ = await harness.send(.put, "/v1/models/m/aliases/free", #"{"version":"1.0.0"}"#)
            let deployment: Reply = await harness.send(
                .post, "/v1/deployments",
                #"{"model":"m","ref":"@production","environment":"development","rationale":"go"}"#)
            try #require(deployment.status == 201, "\(deployment.text)")
            let path: String = try #require(deployment.headers["location"])
            _ = await harness.send(.patch, path, #"{"detail":"nothing moves"}"#)
            _ = await harness.send(.patch, path, #"{"status":"deployed"}"#)
            let all: Reply = await harness.ask(.get, "/v1/compliance/changes")
            #expect(
                all.items("category") == ["promotion", "promotion", "rollback", "deployment", "deployment"],
                "\(all.text)")
            #expect(all.json["count"] == 5)
            let size: Int = try await harness.registry.events().count
            #expect(all.json["log_size"]?.integer == Int64(size))
            let first: JSONValue = try #require(all.json["items"]?.array?.first)
            #expect(first["approvals"]?.array?.compactMap { $0["gate"]?.string }.sorted() == ["business", "technical"])
            #expect(
                first["approvals"]?.array?.allSatisfy { ($0["at"]?.string ?? "z") < scene.first.description } == true)
            #expect(
                first["requested_by"] == "admin" && first["executed_by"] == "admin" && first["approvers"] == ["bob"])
            #expect(first["rationale_present"] == true && first["rollback_plan_present"] == true)
            let told: Reply = await harness.ask(
                .get, "/v1/audit?filter=sequence%20%3D%20\(first["sequence"]?.integer ?? -1)")
            let event: JSONValue = try #require(told.json["items"]?.array?.first)
            #expect(event["leaf_hash"] == first["leaf_hash"] && event["action"] == first["action"])
            #expect(event["detail"]?["manifest_digest"] == first["manifest_digest"])

            // A period has what happened in it, and no more.
            let second: String = "from=\(scene.second)&to=\(scene.restored)"
            let period: Reply = await harness.ask(.get, "/v1/compliance/changes?" + second)
            #expect(period.items("version") == ["1.1.0"] && period.json["count"] == 1)
            #expect(await harness.ask(.get, "/v1/compliance/changes?from=2031-01-01").json["count"] == 0)
            #expect(
                await harness.ask(.get, "/v1/compliance/changes?from=2024-01-02&to=2024-01-01").pointers == ["?to"])

            // Pages are of one population, whatever is appended meanwhile.
            var seen: [Int64] = []
            var target: String? = "/v1/compliance/changes?limit=2"
            while let asked = target {
                let page: Reply = await harness.ask(.get, asked)
                #expect(page.json["count"] == 5)
                seen += (page.json["items"]?.array ?? []).compactMap { $0["sequence"]?.integer }
                target = page.json["next_cursor"]?.string.map { "/v1/compliance/changes?limit=2&cursor=\($0)" }
                _ = await harness.send(.patch, path, #"{"status":"failed"}"#)
            }
            #expect(seen == (all.json["items"]?.array ?? []).compactMap { $0["sequence"]?.integer })
            let csv: Reply = await harness.ask(.get, "/v1/compliance/changes?" + second, [("accept", "text/csv")])
            #expect(csv.text.split(separator: "\r\n").count == 2)
            #expect(csv.headers["stemma-population-count"] == "1" && csv.headers["stemma-log-size"] != nil)
            let lines: Reply = await harness.ask(
                .get, "/v1/compliance/changes", [("accept", "application/x-ndjson")])
            #expect(lines.text.split(separator: "\n").count == 6)
        }
    }

    @Test func populationsAreForAuditorsOfTheModels() async throws {
        try await PromotionScene.with { scene in
            let harness: APIHarness = scene.harness
            try await harness.publish("hidden", "1.0.0")
            let reader: APIHarness.Token = .secret(try await harness.registry.token("r", roles: ["reader"]))
            let scoped: APIHarness.Token = .secret(
                try await harness.registry.token("s", roles: ["auditor"], models: ["m"]))
            let other: APIHarness.Token = .secret(
                try await harness.registry.token("o", roles: ["auditor"], models: ["x*"]))
            for path in ["/v1/compliance/inventory", "/v1/compliance/changes"] {
                #expect(await harness.ask(.get, path, token: reader).status == 403)
            }
            #expect(await harness.ask(.get, "/v1/compliance/inventory", token: scoped).items("model") == ["m"])
            #expect(await harness.ask(.get, "/v1/compliance/inventory", token: other).items("model") == [])
            let changes: Reply = await harness.ask(.get, "/v1/compliance/changes", token: scoped)
            #expect(changes.json["count"] == 3 && changes.json["log_size"] == .null)
            let none: Reply = await harness.ask(.get, "/v1/compliance/changes", token: other)
            #expect(none.json["count"] == 0 && none.json["items"] == [])
        }
    }
}
