import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaTesting
import Testing

/// Records that people make for rules.
@Suite struct RecordTests {
    private static let records: String = "/v1/compliance/records"

    @Test func eachKindTakesItsOwnMembers() async throws {
        try await ComplianceScene.with { scene in
            try await scene.publish()
            for (body, pointers) in [
                (#"{"kind":"other"}"#, ["/kind"]), ("{}", ["/kind"]), (#"{"kind":"attest_model"}"#, ["/model"]),
                (#"{"kind":"review_audit_log","model":"m"}"#, ["/model"]),
                (#"{"kind":"record_incident","model":"m"}"#, ["/incident_kind"]),
                (#"{"kind":"record_incident","model":"m","incident_kind":"odd"}"#, ["/incident_kind"]),
                (#"{"kind":"report_incident","model":"m"}"#, ["/incident"]),
                (
                    #"{"kind":"record_incident","model":"m","incident_kind":"death","occurred_at":"2030-01-01"}"#,
                    ["/occurred_at"]
                ), (#"{"kind":"record_erasure_request","entity":"model:m_v1.0.0"}"#, ["/entity"]),
                (#"{"kind":"record_erasure_request","entity":"x"}"#, ["/entity"]),
            ] {
                let reply: Reply = await scene.harness.send(.post, Self.records, body)
                #expect(reply.status == 422, "\(body): \(reply.text)")
                #expect(reply.pointers == pointers, "\(body)")
            }
            for (body, code) in [
                (#"{"kind":"attest_model","model":"none"}"#, "model_not_found"),
                (#"{"kind":"report_incident","model":"m","incident":"i9"}"#, "incident_not_found"),
                (#"{"kind":"record_erasure_request","entity":"dataset:none"}"#, "entity_not_found"),
                (#"{"kind":"declare_emergency_change","change":"audit_20240115_9999"}"#, "audit_event_not_found"),
            ] {
                #expect(await scene.harness.send(.post, Self.records, body).code == code, "\(body)")
            }
        }
    }

    @Test func recordsAreEventsAndNotesArePrivate() async throws {
        try await ComplianceScene.with { scene in
            try await scene.publish()
            let made: JSONValue = try await scene.record(
                #"{"kind":"record_incident","model":"m","incident_kind":"death","note":"very private"}"#)
            let id: String = try #require(made["audit_id"]?.string)
            let event: JSONValue = await scene.harness.ask(.get, "/v1/audit/" + id).json
            #expect(event["action"]?.string == "record_incident")
            #expect(event["rationale"]?.string == "very private")
            #expect(event["detail"]?["incident"] == made["incident"])
            #expect(event["detail"]?["kind"]?.string == "death")
            let leaf: [UInt8]? = try await scene.harness.registry.events().last?.record.leaf
            #expect(!String(decoding: try #require(leaf), as: UTF8.self).contains("private"))
            let again: Reply = await scene.harness.send(
                .post, Self.records,
                """
                {"kind":"record_incident","model":"m","incident_kind":"death",\
                "incident":"\(made["incident"]?.string ?? "")"}
                """)
            #expect(again.pointers == ["/incident"])
            let early: Reply = await scene.harness.send(
                .post, Self.records,
                """
                {"kind":"report_incident","model":"m","incident":"\(made["incident"]?.string ?? "")",\
                "occurred_at":"2024-01-01"}
                """)
            #expect(early.pointers == ["/occurred_at"])
        }
    }

    @Test func attestingIsForOwners() async throws {
        try await ComplianceScene.with { scene in
            try await scene.publish()
            try await scene.patchModel(#"{"owner":"olga","tags":{"backup_owner":"bert"}}"#)
            let body: String = #"{"kind":"attest_model","model":"m"}"#
            #expect(await scene.harness.send(.post, Self.records, body).status == 403)
            for subject in ["olga", "bert"] {
                try await scene.record(body, token: try await scene.token(subject, ["reader"]))
            }
            let hidden: APIHarness.Token = try await scene.token("olga", ["reader"], models: ["x"])
            #expect(await scene.harness.send(.post, Self.records, body, token: hidden).status == 404)
        }
    }

    @Test func theLogIsReviewedByAuditors() async throws {
        try await ComplianceScene.with { scene in
            let body: String = #"{"kind":"review_audit_log"}"#
            for (roles, models, status) in [
                (["reader"], ["*"], 403), (["publisher"], ["*"], 403), (["auditor"], ["m"], 403),
                (["auditor"], ["*"], 201),
            ] {
                let token: APIHarness.Token = try await scene.token("p-\(roles[0])-\(models[0])", roles, models: models)
                #expect(await scene.harness.send(.post, Self.records, body, token: token).status == status)
            }
        }
    }

    @Test func emergenciesAreReviewedBySomebodyElse() async throws {
        try await ComplianceScene.with { scene in
            try await scene.publish()
            let dana: APIHarness.Token = try await scene.token("dana", ["deployer", "reviewer:security"])
            try await scene.move("production", token: dana)
            let events: Reply = await scene.harness.ask(.get, "/v1/audit?model=m&order_by=sequence%20desc")
            let change: String = try #require(events.items("audit_id").first)
            let review: String = #"{"kind":"review_emergency_change","change":"\#(change)"}"#
            #expect(await scene.harness.send(.post, Self.records, review).pointers == ["/change"])
            try await scene.record(#"{"kind":"declare_emergency_change","change":"\#(change)"}"#, token: dana)
            let own: Reply = await scene.harness.send(.post, Self.records, review, token: dana)
            #expect(own.code == "sod_violation")
            let deployer: APIHarness.Token = try await scene.token("dirk", ["deployer"])
            #expect(await scene.harness.send(.post, Self.records, review, token: deployer).status == 403)
            try await scene.scan()
            // Not due yet.
            #expect(try await scene.violation("CHG-04", "m") == nil)
            scene.pass(days: 3)
            try await scene.record(review, token: try await scene.token("rosa", ["reviewer:security"]))
            scene.pass(days: 30)
            try await scene.scan()
            #expect(try await scene.violation("CHG-04", "m") == nil)
        }
    }
}
