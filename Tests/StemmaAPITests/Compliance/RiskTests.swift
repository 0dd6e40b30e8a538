import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaTesting
import Testing

/// Assessments of risk after registration.
@Suite struct RiskTests {
    private static let risk: String = ComplianceScene.version + "/risk"

    @Test func theNewestAssessmentIsShownAndTheManifestStays() async throws {
        try await ComplianceScene.with { scene in
            try await scene.publish()
            let before: JSONValue = await scene.harness.ask(.get, ComplianceScene.version).json
            #expect(before["risk"]?["tier"]?.string == "low")
            let made: Reply = await scene.harness.send(
                .put, Self.risk, #"{"tier":"critical","exposure":1,"purpose":4,"rationale":"it decides on people"}"#)
            #expect(made.status == 201, "\(made.text)")
            let risk: JSONValue = try #require(made.json["risk"])
            #expect(risk["assessed_at"]?.string == "2024-01-15T10:00:00.000Z")
            #expect(risk["assessed_by"]?.string == "admin")
            #expect(risk["next_review_at"]?.string == "2024-04-14T10:00:00.000Z")
            #expect(made.json["computed_tier"]?.integer == 2)
            let after: JSONValue = await scene.harness.ask(.get, ComplianceScene.version).json
            #expect(after["risk"] == risk)
            for name in ["manifest_digest", "artifacts_digest", "evidence_revision"] {
                #expect(after[name] == before[name], "\(name)")
            }
            #expect(after["etag"] != before["etag"])
            scene.pass(days: 1)
            let second: Reply = await scene.harness.send(
                .put, Self.risk, #"{"tier":4,"review_period_days":10}"#, [("if-match", made.headers["etag"] ?? "")])
            #expect(second.status == 200)
            #expect(second.json["risk"]?["next_review_at"]?.string == "2024-01-26T10:00:00.000Z")
            #expect(second.json["registered"]?["tier"]?.string == "low")
            #expect(second.json["history"]?.array?.compactMap { $0["revision"]?.integer } == [2, 1])
            let filtered: Reply = await scene.harness.ask(
                .get, "/v1/model-versions?filter=" + ResourcePath.segment("metadata.risk.review_period_days = 10"))
            #expect(filtered.items("model_id") == ["m_v1.0.0"])
            _ = await scene.harness.send(.patch, ComplianceScene.version, #"{"tags":{"a":"b"}}"#)
            #expect(
                await scene.harness.ask(
                    .get, "/v1/model-versions?filter=" + ResourcePath.segment("metadata.risk.review_period_days = 10")
                ).items("model_id") == ["m_v1.0.0"])
            let stale: Reply = await scene.harness.send(
                .put, Self.risk, #"{"tier":4}"#, [("if-match", made.headers["etag"] ?? "")])
            #expect(stale.code == "stale_etag")
        }
    }

    @Test func theShapeIsClosed() async throws {
        try await ComplianceScene.with { scene in
            try await scene.publish()
            for (body, pointer) in [
                ("{}", "/tier"), (#"{"tier":5}"#, "/tier"), (#"{"tier":"grave"}"#, "/tier"),
                (#"{"tier":null}"#, "/tier"),
                (#"{"tier":1,"exposure":0}"#, "/exposure"), (#"{"tier":1,"other":1}"#, "/other"),
                (#"{"tier":1,"assessed_at":"2024-01-01"}"#, "/assessed_at"),
                (#"{"tier":1,"annex_iv":{"0":"README.md"}}"#, "/annex_iv/0"),
                (#"{"tier":1,"annex_iv":{"1":"absent.md"}}"#, "/annex_iv/1"),
                (#"{"tier":1,"decision_use":{"x":true}}"#, "/decision_use/x"),
                (#"{"tier":1,"review_period_days":1096}"#, "/review_period_days"),
                (#"{"tier":1,"ai_act_class":"huge"}"#, "/ai_act_class"),
            ] {
                let reply: Reply = await scene.harness.send(.put, Self.risk, body)
                #expect(reply.status == 422, "\(body): \(reply.text)")
                #expect(reply.pointers == [pointer], "\(body)")
            }
        }
    }

    @Test func draftsAndStrangersAreRefused() async throws {
        try await ComplianceScene.with { scene in
            try await scene.publish()
            _ = await scene.harness.send(
                .post, ComplianceScene.model + "/versions", #"{"version":"2.0.0","draft":true}"#)
            let draft: Reply = await scene.harness.send(
                .put, ComplianceScene.model + "/versions/2.0.0/risk", #"{"tier":1}"#)
            #expect(draft.code == "draft_version")
            for (roles, models, status) in [
                (["reader"], ["*"], 403), (["deployer"], ["*"], 403), (["reviewer:business"], ["*"], 201),
                (["publisher"], ["x"], 404), (["auditor"], ["*"], 200),
            ] {
                let token: APIHarness.Token = try await scene.token(roles[0] + models[0], roles, models: models)
                let reply: Reply = await scene.harness.send(.put, Self.risk, #"{"tier":1}"#, token: token)
                #expect(reply.status == status, "\(roles)")
            }
        }
    }

    /// The gate's item goes by the newest one.
    @Test func guardsSeeTheNewestAssessment() async throws {
        try await ComplianceScene.with { scene in
            try await scene.publish(more: #","performance_metrics":{"accuracy":0.9}"#)
            func passed() async -> Bool? {
                let gates: JSONValue = await scene.harness.ask(.get, ComplianceScene.version + "/gates").json
                return gates["business"]?["items"]?.array?.first { $0["item"]?.string == "risk_assessment" }?["passed"]?
                    .bool
            }
            #expect(await passed() == false)
            try await scene.assess(#"{"tier":3}"#)
            #expect(await passed() == true)
        }
    }
}
