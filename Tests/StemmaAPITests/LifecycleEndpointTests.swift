import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaTesting
import Testing

@testable import StemmaAPI

/// Moving versions over the API: promotion, displacement, rollback, aliases, definitions, automation.
@Suite struct LifecycleEndpointTests {
    private func state(_ harness: APIHarness, _ version: String) async -> String? {
        await harness.ask(.get, "/v1/models/m/versions/" + version).json["state"]?.string
    }

    private func move(
        _ harness: APIHarness, _ version: String, _ to: String, _ more: String = #","rationale":"r""#,
        token: APIHarness.Token = .admin
    ) async -> Reply {
        await harness.send(
            .post, "/v1/models/m/versions/\(version)/transitions", #"{"to":"\#(to)"\#(more)}"#, token: token)
    }

    /// Three versions in staging of a registry whose lifecycle has no guards.
    private func withUnguarded(_ body: (APIHarness) async throws -> Void) async throws {
        try await APIHarness.with(lifecycle: try TestLifecycle.unguarded()) { harness in
            for version in ["1.0.0", "1.1.0", "1.2.0"] {
                try await harness.publish("m", version, files: [("f", [1])], more: #","use_case":"\#(version)""#)
                #expect(await move(harness, version, "staging").status == 200)
            }
            try await body(harness)
        }
    }

    @Test func promotionDisplacesAndMovesTheAlias() async throws {
        try await withUnguarded { harness in
            #expect(await harness.ask(.get, "/v1/models/m/aliases/staging").json["version"]?.string == "1.2.0")
            #expect(await move(harness, "1.0.0", "production").status == 200)
            let alias: Reply = await harness.ask(.get, "/v1/models/m/aliases/production")
            #expect(alias.json["version"]?.string == "1.0.0")
            #expect(alias.json["state"]?.string == "production")
            let reply: Reply = await move(
                harness, "1.1.0", "production",
                #","rationale":"validated","evidence":{"test_results":"report.pdf"},"rollback_plan":"back to 1.0.0""#)
            #expect(reply.json["counterpart_version"]?.string == "1.0.0")
            #expect(reply.json["evidence"] == ["test_results": "report.pdf"])
            #expect(await state(harness, "1.0.0") == "deprecated")
            #expect(await state(harness, "1.1.0") == "production")
            #expect(await harness.ask(.get, "/v1/models/m/aliases/production").json["version"]?.string == "1.1.0")
            // One event says all of it.
            let events: [JSONValue] =
                await harness.ask(.get, "/v1/audit?action=promote_version").json["items"]?.array ?? []
            let event: JSONValue = try #require(events.first { $0["model_id"]?.string == "m_v1.1.0" })
            #expect(event["rationale"]?.string == "validated")
            #expect(event["rollback_plan"]?.string == "back to 1.0.0")
            #expect(event["evidence"]?["test_results"]?.string == "report.pdf")
            #expect(event["changes"]?["after"]?["state"]?.string == "production")
            #expect(event["sequence"] == reply.json["audit_sequence"])
            // The alias's own history tells it too, from the same event.
            let history: Reply = await harness.ask(.get, "/v1/models/m/aliases/production/history")
            #expect(history.items("to") == ["1.1.0", "1.0.0"])
            #expect(history.json["items"]?.array?.first?["audit_id"] == event["audit_id"])
            // The displaced version's history says what displaced it.
            let displaced: Reply = await harness.ask(.get, "/v1/models/m/versions/1.0.0/transitions")
            #expect(displaced.items("kind") == ["displaced", "requested", "requested"])
            #expect(displaced.items("counterpart_version").first == "1.1.0")
        }
    }

    @Test func rollbackGoesBackStepByStep() async throws {
        try await withUnguarded { harness in
            for version in ["1.0.0", "1.1.0", "1.2.0"] { _ = await move(harness, version, "production") }
            let dry: Reply = await harness.ask(.post, "/v1/models/m/versions/1.2.0/rollback?dry_run=true")
            #expect(dry.status == 200)
            #expect(await state(harness, "1.2.0") == "production")
            for (from, to) in [("1.2.0", "1.1.0"), ("1.1.0", "1.0.0")] {
                let reply: Reply = await harness.send(
                    .post, "/v1/models/m/versions/\(from)/rollback", #"{"rationale":"errors"}"#)
                #expect(reply.status == 200, "\(reply.text)")
                #expect(reply.json["counterpart_version"]?.string == to)
                #expect(await state(harness, from) == "deprecated")
                #expect(await harness.ask(.get, "/v1/models/m/aliases/production").json["version"]?.string == to)
            }
            let last: Reply = await harness.ask(.post, "/v1/models/m/versions/1.0.0/rollback")
            #expect(last.status == 409)
            #expect(last.code == "rollback_refused")
            #expect(await harness.ask(.post, "/v1/models/m/versions/1.2.0/rollback").code == "rollback_refused")
            let publisher: APIHarness.Token = .secret(try await harness.registry.token("p", roles: ["publisher"]))
            #expect(
                await harness.ask(.post, "/v1/models/m/versions/1.0.0/rollback", token: publisher).status == 403)
        }
    }

    /// With the default lifecycle: every guard explains itself, and nothing goes around them.
    @Test func refusalsNameEveryGuard() async throws {
        try await APIHarness.with { harness in
            try await harness.publish("m", "1.0.0")
            let refused: Reply = await move(harness, "1.0.0", "validation")
            #expect(refused.status == 409)
            #expect(refused.code == "transition_refused")
            let guards: [JSONValue] = refused.json["guards"]?.array ?? []
            #expect(
                guards.compactMap { $0["name"]?.string } == ["training_completed", "artifact_present", "no_quarantine"])
            let training: JSONValue = try #require(guards.first)
            #expect(training["passed"] == false)
            #expect(training["missing"]?.array?.contains("training_data.dataset_id") == true)
            #expect(training["supplied_by"] == ["publisher"])
            let dry: Reply = await harness.send(
                .post, "/v1/models/m/versions/1.0.0/transitions?dry_run=true", #"{"to":"validation"}"#)
            #expect(dry.status == 200)
            #expect(dry.json["guards"] == refused.json["guards"])
            #expect(dry.json["allowed"] == false)
            // No such way.
            let jump: Reply = await move(harness, "1.0.0", "production")
            #expect(jump.code == "transition_refused")
            #expect(jump.json["targets"] == ["validation", "deprecated"])
            #expect(await move(harness, "1.0.0", "development").code == "transition_refused")
            // No side door.
            let alias: Reply = await harness.send(.put, "/v1/models/m/aliases/production", #"{"version":"1.0.0"}"#)
            #expect(alias.code == "alias_state_refused")
            try await harness.place("m", "1.0.0", in: .staging)
            let byHand: Reply = await harness.send(.put, "/v1/models/m/aliases/production", #"{"version":"1.0.0"}"#)
            #expect(byHand.code == "transition_refused")
            #expect(
                byHand.json["guards"]?.array?.contains { $0["name"] == "approval_gates" && $0["passed"] == false }
                    == true)
            #expect(await harness.ask(.get, "/v1/models/m/aliases/production").status == 404)
            #expect(await move(harness, "1.0.0", "nowhere").status == 422)
        }
    }

    @Test func rolesDecideWhoMayAsk() async throws {
        try await APIHarness.with { harness in
            try await harness.publish("m", "1.0.0")
            try await harness.place("m", "1.0.0", in: .staging)
            let publisher: APIHarness.Token = .secret(try await harness.registry.token("p", roles: ["publisher"]))
            let reader: APIHarness.Token = .secret(try await harness.registry.token("r", roles: ["reader"]))
            #expect(await move(harness, "1.0.0", "production", token: publisher).status == 403)
            #expect(await move(harness, "1.0.0", "validation", token: reader).status == 403)
            #expect(await move(harness, "1.0.0", "validation", token: publisher).status == 200)
            let allowed: Reply = await harness.ask(
                .get, "/v1/models/m/versions/1.0.0/transitions/allowed", token: publisher)
            let items: [JSONValue] = allowed.json["items"]?.array ?? []
            #expect(items.compactMap { $0["to"]?.string } == ["staging", "development", "deprecated"])
            #expect(items.allSatisfy { $0["may_request"] == true })
        }
    }

    @Test func aliasesFollowTheirStates() async throws {
        try await withUnguarded { harness in
            _ = await move(harness, "1.0.0", "production")
            #expect(await harness.ask(.delete, "/v1/models/m/aliases/production").code == "alias_state_refused")
            // Moving the alias by hand is the same promotion.
            let moved: Reply = await harness.send(
                .put, "/v1/models/m/aliases/production", #"{"version":"1.1.0","rationale":"by hand"}"#)
            #expect(moved.status == 200)
            #expect(moved.json["displaced_version"]?.string == "1.0.0")
            #expect(moved.json["state"]?.string == "production")
            #expect(await state(harness, "1.0.0") == "deprecated")
            // A version that leaves takes its alias along.
            #expect(await move(harness, "1.1.0", "deprecated").status == 200)
            #expect(await harness.ask(.get, "/v1/models/m/aliases/production").status == 404)
            #expect(await harness.ask(.get, "/v1/models/m/aliases/staging").json["version"]?.string == "1.2.0")
            // Another alias says the new state at once.
            _ = await harness.send(.put, "/v1/models/m/aliases/champion", #"{"version":"1.2.0"}"#)
            _ = await move(harness, "1.2.0", "shadow")
            #expect(await harness.ask(.get, "/v1/models/m/aliases/champion").json["state"]?.string == "shadow")
            #expect(await harness.ask(.get, "/v1/models/m/aliases/staging").status == 404)
        }
    }

    @Test func definitionsAreVersionedData() async throws {
        try await APIHarness.with { harness in
            let present: Reply = await harness.ask(.get, "/v1/lifecycle")
            #expect(present.json["revision"] == 1)
            // What was read may be sent back as it is.
            let same: Reply = await harness.send(.put, "/v1/lifecycle", present.text)
            #expect(same.status == 200, "\(same.text)")
            #expect(same.json["revision"] == 1)
            let etag: String = try #require(present.headers["etag"])
            let unguarded: String = "\(try TestLifecycle.unguarded())"
            let put: Reply = await harness.send(.put, "/v1/lifecycle", unguarded, [("if-match", etag)])
            #expect(put.json["revision"] == 2)
            #expect(await harness.send(.put, "/v1/lifecycle", unguarded, [("if-match", etag)]).status == 412)
            #expect(
                await harness.ask(.get, "/v1/lifecycle/revisions/1").json["transitions"] == present.json["transitions"])
            #expect(await harness.ask(.get, "/v1/lifecycle/revisions/3").code == "lifecycle_revision_not_found")
            #expect(await harness.ask(.get, "/v1/lifecycle/revisions").json["items"]?.array?.count == 2)
            let deployer: APIHarness.Token = .secret(try await harness.registry.token("d", roles: ["deployer"]))
            #expect(await harness.send(.put, "/v1/lifecycle", unguarded, token: deployer).status == 403)
            let audit: String = "/v1/audit?action=put_lifecycle&filter=outcome%20%3D%20'success'"
            #expect(await harness.ask(.get, audit).json["items"]?.array?.count == 1)
        }
    }

    private static let faults: [(member: String, value: String, pointer: String)] = [
        ("transitions", #"[{"from":"staging","to":"staging","requested_by":["admin"]}]"#, "/transitions/0/to"),
        (
            "transitions",
            #"[{"from":"staging","to":"shadow","requested_by":["admin"],"automatic_after_minutes":0},{"from":"shadow","to":"staging","requested_by":["admin"],"automatic_after_minutes":9}]"#,
            "/transitions"
        ),
        (
            "transitions", #"[{"from":"staging","to":"shadow","requested_by":["admin"],"guards":[{"guard":"luck"}]}]"#,
            "/transitions/0/guards/0/guard"
        ),
        (
            "transitions",
            #"[{"from":"staging","to":"shadow","requested_by":["admin"],"guards":[{"guard":"retention_elapsed","parameters":{"days":-1}}]}]"#,
            "/transitions/0/guards/0/parameters/days"
        ), ("transitions", #"[{"from":"staging","to":"limbo","requested_by":["admin"]}]"#, "/transitions/0/to"),
        ("states", #"[{"state":"development"},{"state":"production"}]"#, "/states"),
        ("states", #"[{"state":"development"},{"state":"development"}]"#, "/states/1/state"),
        ("states", #"[{"state":"development"}]"#, "/states"),
        (
            "states",
            #"[{"state":"development"},{"state":"production","exclusive":true,"displaced_to":"development","withdrawn_to":"development","alias":"live"}]"#,
            "/states"
        ),
        ("gates", #"{"technical":{"quorum":0,"reviewers":["admin"],"items":[]}}"#, "/gates/technical/quorum"),
        (
            "gates",
            #"{"technical":{"quorum":1,"reviewers":["admin"],"items":[{"item":"a","title":"b","guard":"approval_gates"}]}}"#,
            "/gates/technical/items/0/guard"
        ), ("protected_aliases", #"[{"alias":"production","states":["shadow"]}]"#, "/protected_aliases"),
        ("environments", #"{"Prod":{"states":["production"]}}"#, "/environments/Prod"),
    ]

    @Test(arguments: faults)
    func wrongDefinitionsAreRefused(_ fault: (member: String, value: String, pointer: String)) async throws {
        try await APIHarness.with { harness in
            let value: JSONValue = try JSONParser.parse(Array(fault.value.utf8))
            let body: JSONValue = try TestLifecycle.replacing(fault.member, by: value)
            let reply: Reply = await harness.send(.put, "/v1/lifecycle", "\(body)")
            #expect(reply.status == 422, "\(fault.pointer)")
            #expect(reply.pointers.contains(fault.pointer), "\(fault.pointer): \(reply.pointers)")
        }
    }

    /// A draft with more guards is tried on what happened under one without any.
    @Test func backtestsTellWhatADraftWouldHaveRefused() async throws {
        try await withUnguarded { harness in
            _ = await move(harness, "1.0.0", "production")
            let strict: String = "{\"definition\":\(try TestLifecycle.replacing("environments", by: .object([:])))}"
            let report: Reply = await harness.send(.post, "/v1/lifecycle/backtest", strict)
            #expect(report.status == 200, "\(report.text)")
            // Three jumps from development to staging, and a promotion without approvals.
            #expect(report.json["past"]?["transitions"] == 4)
            #expect(report.json["past"]?["refused"] == 4)
            let last: JSONValue? = report.json["past"]?["items"]?.array?.last
            #expect(last?["to"] == "production")
            #expect(last?["guards"]?.array?.contains { $0["name"] == "approval_gates" } == true)
            #expect(report.json["present"]?["versions"] == 3)
            #expect(report.json["present"]?["violations"] == 3)
            // Nothing happened.
            #expect(await harness.ask(.get, "/v1/lifecycle").json["revision"] == 1)
            let mild: String = "{\"definition\":\(try TestLifecycle.unguarded())}"
            let none: Reply = await harness.send(.post, "/v1/lifecycle/backtest", mild)
            #expect(none.json["past"]?["refused"] == 0)
            #expect(none.json["present"]?["violations"] == 0)
        }
    }

    /// Versions that are left alone move by themselves, and only those whose guards pass.
    @Test func theRegistryMovesVersionsItself() async throws {
        try await APIHarness.with { harness in
            let training: String = #","training_data":{"dataset_id":"d"},"performance_metrics":{"auc":0.9}"#
            try await harness.publish("m", "1.0.0", files: [("f", [1])], more: training)
            try await harness.publish("m", "1.1.0", files: [("f", [1])], more: #","use_case":"no training""#)
            let automation = LifecycleAutomation(core: harness.registry.core)
            #expect(try await automation.run() == 0)
            harness.clock.advance(milliseconds: 61 * 60_000)
            #expect(try await automation.run() == 1)
            #expect(await state(harness, "1.0.0") == "validation")
            #expect(await state(harness, "1.1.0") == "development")
            let history: Reply = await harness.ask(.get, "/v1/models/m/versions/1.0.0/transitions")
            #expect(history.items("kind") == ["automatic"])
            #expect(history.items("by") == ["stemma"])
            #expect(try await automation.run() == 0)
            // Retention: deprecated, then archived when its time is over.
            _ = await move(harness, "1.0.0", "deprecated")
            #expect(await harness.ask(.get, "/v1/models/m/versions/1.0.0").headers["sunset"] != nil)
            harness.clock.advance(milliseconds: 89 * 86_400_000)
            #expect(try await automation.run() == 0)
            harness.clock.advance(milliseconds: 2 * 86_400_000)
            #expect(try await automation.run() == 1)
            #expect(await state(harness, "1.0.0") == "archived")
        }
    }
}
