import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaTesting
import Testing

@Suite struct GovernanceQuarantineTests {
    private let path: String = GovernanceFixture.version + "/quarantine"

    private func open(
        _ fixture: GovernanceFixture, _ reason: String, _ fields: [(String, String)] = []
    ) async -> Reply {
        await fixture.harness.send(.put, path, #"{"reason":"\#(reason)"}"#, token: fixture.bob, fields)
    }

    @Test func quarantinesOpenAndEnd() async throws {
        try await GovernanceFixture.with { fixture in
            let harness: APIHarness = fixture.harness
            let first: Reply = await open(fixture, "leaks")
            #expect(first.status == 201)
            #expect(first.headers["location"] == path)
            #expect(first.json["opened_by"] == "bob")
            #expect(first.json["lifted_at"]?.isNull == true)
            #expect(await fixture.read().json["quarantined"] == true)
            let same: Reply = await open(fixture, "leaks")
            #expect(same.status == 200)
            #expect(same.body == first.body)
            harness.clock.advance(milliseconds: 1_000)
            #expect(await open(fixture, "biased").status == 201)
            #expect(await harness.ask(.get, path).items("reason") == ["biased", "leaks"])
            let dry: Reply = await harness.ask(.delete, path + "?dry_run=true", token: fixture.bob)
            #expect(dry.status == 204)
            #expect(await fixture.read().json["quarantined"] == true)
            let lifted: Reply = await harness.ask(.delete, path + "?reason=looked%20into", token: fixture.carol)
            #expect(lifted.status == 204)
            #expect(await fixture.read().json["quarantined"] == false)
            let list: Reply = await harness.ask(.get, path)
            #expect(list.items("lifted_by") == ["carol", "carol"])
            #expect(list.items("lift_reason") == ["looked into", "looked into"])
            #expect(list.headers["content-location"] == path)
            let again: Reply = await harness.ask(.delete, path, token: fixture.carol)
            #expect(again.status == 404)
            #expect(again.code == "quarantine_not_found")
            // It may come back for the same reason.
            #expect(await open(fixture, "leaks").status == 201)
            let opened: [JSONValue] = try await fixture.events("quarantine_version").filter {
                $0["outcome"] == "success"
            }
            #expect(opened.map { $0["rationale"] } == ["leaks", "biased", "leaks"])
            #expect(opened.first?["detail"]?["quarantine"] == first.json["id"])
            let ended: [JSONValue] = try await fixture.events("lift_quarantine").filter { $0["outcome"] == "success" }
            #expect(ended.map { $0["rationale"] } == ["looked into"])
            #expect(ended.first?["detail"]?["quarantines"]?.array?.count == 2)
        }
    }

    /// It neither voids approvals nor is seen by gates; the guards that ask for it refuse.
    @Test func quarantinesStandBesideTheEvidence() async throws {
        try await GovernanceFixture.with { fixture in
            #expect(await fixture.approve("technical", token: fixture.bob).status == 201)
            _ = await open(fixture, "leaks")
            #expect(await fixture.read("/gates").json["technical"]?["passed"] == true)
            #expect(await fixture.read().json["evidence_revision"] == 1)
            let lifecycle = LifecycleService(core: fixture.harness.registry.core)
            let context: RequestContext = fixture.harness.registry.context()
            do {
                _ = try await lifecycle.transitionVersion(
                    model: "m", version: "1.0.0", ["to": "validation"], context)
                Issue.record("it moved")
            } catch let error as StemmaError {
                #expect(error.code == .transitionRefused)
                #expect(error.detail.contains("quarantined: leaks"))
            }
            _ = await fixture.harness.ask(.delete, path, token: fixture.bob)
            let moved: Answer = try await lifecycle.transitionVersion(
                model: "m", version: "1.0.0", ["to": "validation"], context)
            #expect(moved.outcome == .updated)
        }
    }

    @Test func requestsAreChecked() async throws {
        try await GovernanceFixture.with { fixture in
            let harness: APIHarness = fixture.harness
            for (body, status, code) in [
                ("{}", 422, "validation_failed"), (#"{"reason":""}"#, 422, "validation_failed"),
                (#"{"reason":"  "}"#, 422, "validation_failed"), (#"{"reason":1}"#, 422, "validation_failed"),
                (#"{"reason":"x","until":1}"#, 422, "validation_failed"), ("", 400, "malformed_json"),
            ] {
                let reply: Reply = await harness.send(.put, path, body, token: fixture.bob)
                #expect(reply.status == status, "\(body)")
                #expect(reply.code == code, "\(body)")
            }
            for (method, body) in [(HTTPMethod.put, #"{"reason":"x"}"#), (.delete, "")] {
                let refused: Reply = await harness.send(method, path, body, token: fixture.alice)
                #expect(refused.status == 403)
                #expect(refused.json["detail"]?.string?.contains("versions:quarantine") == true)
                #expect(await harness.send(method, path, body, token: .none).status == 401)
                let latest: String = "/v1/models/m/versions/latest/quarantine"
                #expect(await harness.send(method, latest, body, token: fixture.bob).status == 404)
            }
            #expect(await open(fixture, "x", [("if-match", "\"0\"")]).status == 412)
            #expect(await open(fixture, "x", [("if-none-match", "*")]).status == 201)
            #expect(await open(fixture, "y", [("if-none-match", "*")]).status == 412)
            let etag: String = try #require(await fixture.read().headers["etag"])
            #expect(
                await harness.ask(.delete, path, token: fixture.bob, [("if-match", "\"0\"")]).status == 412)
            #expect(await harness.ask(.delete, path, token: fixture.bob, [("if-match", etag)]).status == 204)
            let long = String(repeating: "x", count: 10_001)
            #expect(await harness.ask(.delete, path + "?reason=" + long, token: fixture.bob).pointers == ["?reason"])
            _ = await harness.send(
                .post, "/v1/models/m/versions", #"{"version":"1.0.1","draft":true}"#, token: fixture.alice)
            let draft: Reply = await harness.send(
                .put, "/v1/models/m/versions/1.0.1/quarantine", #"{"reason":"x"}"#, token: fixture.bob)
            #expect(draft.code == "draft_version")
        }
    }

    @Test func openQuarantinesHaveALimit() async throws {
        var policy = RegistryPolicy()
        policy.limits.openQuarantines = 1
        policy.limits.reviewsPerVersion = 1
        try await APIHarness.with(policy: policy) { harness in
            try await harness.publish("m", "1.0.0")
            let reviewer: APIHarness.Token = .secret(
                try await harness.registry.token("r", roles: ["reviewer:technical"]))
            #expect(await harness.send(.put, path, #"{"reason":"a"}"#).status == 201)
            #expect(await harness.send(.put, path, #"{"reason":"b"}"#).status == 422)
            #expect(await harness.send(.put, path, #"{"reason":"a"}"#).status == 200)
            let reviews: String = GovernanceFixture.version + "/reviews"
            let comment: String = #"{"gate":"technical","decision":"comment","comment":"c"}"#
            #expect(await harness.send(.post, reviews, comment, token: reviewer).status == 201)
            #expect(await harness.send(.post, reviews, comment, token: reviewer).status == 422)
        }
    }
}
