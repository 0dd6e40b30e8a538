import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaTesting
import Testing

/// The life of a violation, and who may do what to it.
@Suite struct ViolationTests {
    private static let list: String = "/v1/compliance/violations"

    /// A version in staging whose risk nobody assessed, scanned; the target of its violation of INV-03.
    private func withViolation(
        _ body: (ComplianceScene, String) async throws -> Void
    ) async throws {
        try await ComplianceScene.with { scene in
            _ = try await scene.token("olga", ["publisher"])
            try await scene.serve("staging")
            try await scene.patchModel(#"{"owner":"olga","tags":{"backup_owner":"bert"}}"#)
            try await scene.scan()
            let id: String = try #require(try await scene.violation("INV-03")?["id"]?.string)
            try await body(scene, Self.list + "/" + id)
        }
    }

    private func waive(
        _ scene: ComplianceScene, _ target: String, until: String = "2024-02-15T10:00:00Z",
        token: APIHarness.Token = .admin
    ) async -> Reply {
        await scene.harness.send(
            .patch, target, #"{"waiver":{"reason":"because","expires_at":"\#(until)"}}"#, token: token)
    }

    @Test func ownersAndDueDatesComeFromTheRule() async throws {
        try await withViolation { scene, target in
            let found: JSONValue = await scene.harness.ask(.get, target).json
            #expect(found["owner"]?.string == "olga")
            #expect(found["owner_role"]?.string == "model_owner")
            #expect(found["due_at"]?.string == "2024-02-14T10:00:00.000Z")
            #expect(found["subject"]?["id"]?.string == "m_v1.0.0")
            #expect(found["failures"]?.integer == 1)
            let log: JSONValue = try #require(try await scene.violation("LOG-02", "registry"))
            #expect(log["owner"]?.isNull == true)
            #expect(log["owner_role"]?.string == "admin")
        }
    }

    @Test func aRefreshNotesOnlyWhatChanged() async throws {
        try await withViolation { scene, target in
            scene.pass(days: 1)
            try await scene.scan()
            let same: JSONValue = await scene.harness.ask(.get, target).json
            #expect(same["failures"]?.integer == 2)
            #expect(same["last_seen_at"]?.string == "2024-01-16T10:00:00.000Z")
            #expect(try await scene.steps("INV-03") == ["opened"])
            try await scene.assess(#"{"tier":3,"exposure":1,"purpose":1}"#)
            try await scene.scan()
            #expect(try await scene.steps("INV-03") == ["opened", "refreshed"])
            #expect(try await scene.status("INV-03") == "open")
        }
    }

    @Test func nobodyClosesOneByHand() async throws {
        try await withViolation { scene, target in
            for body in [
                #"{"status":"closed"}"#, #"{"status":"closed","note":"done"}"#, #"{"closed_at":"2024-01-15"}"#,
            ] {
                let reply: Reply = await scene.harness.send(.patch, target, body)
                #expect(reply.status == 422, "\(reply.text)")
            }
            let refused: Reply = await scene.harness.send(.patch, target, #"{"status":"closed"}"#)
            #expect(refused.pointers == ["/status"])
            let steps: [String] = try await scene.steps("INV-03")
            #expect(steps == ["opened"])
        }
    }

    @Test func aReopenedOneKeepsItsHistory() async throws {
        try await withViolation { scene, target in
            let id: JSONValue? = await scene.harness.ask(.get, target).json["id"]
            _ = await scene.harness.send(.patch, target, #"{"owner":"nora","note":"looking"}"#)
            try await scene.move("development")
            try await scene.scan()
            #expect(try await scene.status("INV-03") == "closed")
            let closed: Reply = await scene.harness.send(.patch, target, #"{"note":"late"}"#)
            #expect(closed.code == "violation_closed")
            scene.pass(days: 2)
            try await scene.move("staging")
            let scan: JSONValue = try await scene.scan()
            #expect((scan["violations"]?["reopened"]?.integer ?? 0) > 0)
            let again: JSONValue = await scene.harness.ask(.get, target).json
            #expect(again["id"] == id)
            #expect(again["status"]?.string == "open")
            #expect(again["owner"]?.string == "nora")
            #expect(again["due_at"]?.string == "2024-02-16T10:00:00.000Z")
            #expect(try await scene.steps("INV-03") == ["opened", "assigned", "noted", "closed", "reopened"])
            let history: JSONValue? = again["history"]?.array?[3]
            #expect(history?["detail"]?["because"]?.string == "not_applicable")
        }
    }

    @Test func whatIsGoneIsClosed() async throws {
        try await withViolation { scene, target in
            try await scene.move("development")
            _ = await scene.harness.ask(.delete, ComplianceScene.version)
            let scan: JSONValue = try await scene.scan()
            #expect((scan["violations"]?["closed"]?.integer ?? 0) > 0)
            let closed: JSONValue = await scene.harness.ask(.get, target).json
            #expect(closed["status"]?.string == "closed")
            #expect(closed["history"]?.array?.last?["detail"]?["because"]?.string == "gone")
        }
    }

    @Test func aWaiverNeedsTheWordOfSomebodyElse() async throws {
        try await withViolation { scene, target in
            let roles: [String] = ["auditor"]
            for subject in ["olga", "bert"] {
                let refused: Reply = await waive(scene, target, token: try await scene.token(subject, roles))
                #expect(refused.status == 409)
                #expect(refused.code == "sod_violation", "\(subject)")
            }
            // The admin registered the version.
            #expect(await waive(scene, target).code == "sod_violation")
            _ = await scene.harness.send(.patch, target, #"{"owner":"nora"}"#)
            let nora: APIHarness.Token = try await scene.token("nora", roles)
            #expect(await waive(scene, target, token: nora).code == "sod_violation")
            // Nor does it help to be made owner, or to hand it on, in the same change.
            let handed: Reply = await scene.harness.send(
                .patch, target,
                #"{"owner":"x","waiver":{"reason":"r","expires_at":"2024-02-15"}}"#, token: nora)
            #expect(handed.code == "sod_violation")
            let publisher: APIHarness.Token = try await scene.token("paul", ["publisher"])
            #expect(await waive(scene, target, token: publisher).status == 403)
            let done: Reply = await waive(scene, target, token: try await scene.token("aude", roles))
            #expect(done.status == 200, "\(done.text)")
            #expect(done.json["status"]?.string == "waived")
            #expect(done.json["waiver"]?["approver"]?.string == "aude")
        }
    }

    /// Who hands on what they answer for goes on answering for it, as far as a waiver goes.
    @Test func handingItOnFreesNobodyToWaive() async throws {
        try await withViolation { scene, target in
            let roles: [String] = ["auditor", "publisher"]
            let nora: APIHarness.Token = try await scene.token("nora", roles)
            _ = await scene.harness.send(.patch, target, #"{"owner":"nora"}"#)
            scene.pass(days: 1)
            let handed: Reply = await scene.harness.send(.patch, target, #"{"owner":"other"}"#, token: nora)
            #expect(handed.status == 200, "\(handed.text)")
            #expect(await waive(scene, target, token: nora).code == "sod_violation")
            // The first owner is named by nothing but the step that took it from her.
            let olga: APIHarness.Token = try await scene.token("olga", roles)
            let bert: APIHarness.Token = try await scene.token("bert", roles)
            let changed: Reply = await scene.harness.send(
                .patch, ComplianceScene.model, #"{"owner":"zoe","tags":{"backup_owner":"yves"}}"#, token: olga)
            #expect(changed.status == 200, "\(changed.text)")
            for token in [olga, bert] {
                let refused: Reply = await waive(scene, target, token: token)
                #expect(refused.status == 409 && refused.code == "sod_violation", "\(refused.text)")
            }
            let aude: APIHarness.Token = try await scene.token("aude", ["auditor"])
            #expect(await waive(scene, target, token: aude).status == 200)
        }
    }

    /// The owner of the model alone, whom the violation never named, cannot leave the model to waive either.
    @Test func aFormerOwnerOfTheModelWaivesNothing() async throws {
        try await withViolation { scene, target in
            try await scene.patchModel(#"{"owner":"petra"}"#)
            scene.pass(days: 1)
            try await scene.patchModel(#"{"owner":"zoe"}"#)
            let petra: APIHarness.Token = try await scene.token("petra", ["auditor"])
            let refused: Reply = await waive(scene, target, token: petra)
            #expect(refused.status == 409 && refused.code == "sod_violation", "\(refused.text)")
        }
    }

    @Test func aWaiverEndsByItselfAndCounts() async throws {
        try await withViolation { scene, target in
            let aude: APIHarness.Token = try await scene.token("aude", ["auditor"])
            for until in ["2024-01-15T10:00:00Z", "2023-01-01", "2025-01-16", "soon"] {
                #expect(await waive(scene, target, until: until, token: aude).status == 422, "\(until)")
            }
            #expect(await waive(scene, target, token: aude).status == 200)
            let scan: JSONValue = try await scene.scan()
            #expect(scan["counts"]?["INV-03"]?["waived"]?.integer == 1)
            #expect(scan["counts"]?["INV-03"]?["fail"]?.integer == 0)
            let waived: Reply = await scene.harness.ask(
                .get, Self.list + "?filter=" + ResourcePath.segment("status = 'waived'"))
            #expect(waived.items("rule") == ["INV-03"])
            scene.pass(days: 31)
            // At once, whether a scan noticed it or not.
            #expect(try await scene.status("INV-03") == "open")
            #expect(try await scene.steps("INV-03") == ["opened", "waived"])
            let next: JSONValue = try await scene.scan()
            #expect(next["counts"]?["INV-03"]?["fail"]?.integer == 1)
            #expect(try await scene.steps("INV-03") == ["opened", "waived", "waiver_expired"])
            #expect(try await scene.violation("INV-03")?["waiver"]?.isNull == true)
            #expect(await waive(scene, target, until: "2024-06-01", token: aude).status == 200)
            let revoked: Reply = await scene.harness.send(.patch, target, #"{"waiver":null}"#, token: aude)
            #expect(revoked.json["status"]?.string == "open")
            #expect(try await scene.steps("INV-03").suffix(2) == ["waived", "waiver_revoked"])
        }
    }

    @Test func publishersSeeToTheirOwnModels() async throws {
        try await withViolation { scene, target in
            let paul: APIHarness.Token = try await scene.token("paul", ["publisher"], models: ["m"])
            let changed: Reply = await scene.harness.send(
                .patch, target, #"{"owner":"paul","note":"I do it"}"#, token: paul)
            #expect(changed.status == 200)
            #expect(changed.json["owner"]?.string == "paul")
            let postponed: Reply = await scene.harness.send(
                .patch, target, #"{"due_at":"2024-05-01"}"#, token: paul)
            #expect(postponed.status == 403)
            let stranger: APIHarness.Token = try await scene.token("sven", ["publisher"], models: ["x_*"])
            #expect(await scene.harness.ask(.get, target, token: stranger).status == 404)
            #expect(await scene.harness.send(.patch, target, #"{"note":"x"}"#, token: stranger).status == 404)
            let reader: APIHarness.Token = try await scene.token("rena", ["reader"])
            #expect(await scene.harness.ask(.get, target, token: reader).status == 403)
        }
    }

    @Test func changesAreConditionalAndOnTheRecord() async throws {
        try await withViolation { scene, target in
            let read: Reply = await scene.harness.ask(.get, target)
            let etag: String = try #require(read.headers["etag"])
            let due: String = #"{"due_at":"2024-03-01T00:00:00Z","note":"secret words"}"#
            let done: Reply = await scene.harness.send(.patch, target, due, [("if-match", etag)])
            #expect(done.status == 200)
            #expect(done.json["due_at"]?.string == "2024-03-01T00:00:00.000Z")
            #expect(await scene.harness.send(.patch, target, due, [("if-match", etag)]).code == "stale_etag")
            let again: Reply = await scene.harness.send(.patch, target, due)
            #expect(again.headers["etag"] == done.headers["etag"])
            for due in ["2024-01-01", "2044-01-01"] {
                #expect(await scene.harness.send(.patch, target, #"{"due_at":"\#(due)"}"#).status == 422)
            }
            let events: [AuditEvent] = try await scene.harness.registry.events()
            let steps: [AuditEvent] = events.filter { $0.record.action == "update_violation" }
            #expect(steps.count == 1)
            let leaf: String = String(decoding: try #require(steps.first?.record.leaf), as: UTF8.self)
            #expect(leaf.contains("due_changed"))
            #expect(!leaf.contains("secret"))
            #expect(steps.first?.record.resource.id == "m_v1.0.0")
            let opened: [String] = events.filter { $0.record.action == "open_violation" }.map(\.record.resource.type)
            #expect(opened.contains("registry") && opened.contains("model") && opened.contains("model_version"))
        }
    }

    @Test func evidenceNamesNoModelOutOfReach() async throws {
        try await ComplianceScene.with { scene in
            try await scene.serve("staging", more: #","lineage":{"parent_models":["secret_v1.0.0"]}"#)
            try await scene.scan()
            let scoped: APIHarness.Token = try await scene.token("paul", ["publisher"], models: ["m"])
            let seen: JSONValue = try #require(try await scene.violation("SEC-05", token: scoped))
            #expect((seen["evidence"]?["findings"]?.array ?? []).count == 4)
            #expect(!seen.description.contains("secret"))
            let whole: JSONValue = try #require(try await scene.violation("SEC-05"))
            #expect(whole.description.contains("secret_v1.0.0"))
        }
    }
}
