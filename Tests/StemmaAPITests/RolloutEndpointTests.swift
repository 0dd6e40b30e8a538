import StemmaHTTP
import StemmaJSON
import StemmaTesting
import Testing

@testable import StemmaAPI
@testable import StemmaRegistry

/// A model with 1.0.0 in production and 2.0.0 in staging, and what tests do to it.
struct RolloutStage {
    let harness: APIHarness
    let scene: RolloutScene
    static let rollouts: String = "/v1/models/m/rollouts"
    static let traffic: String = "/v1/models/m/traffic"

    init(_ harness: APIHarness, rolloutGuards: [JSONValue] = [], promotionGuards: [JSONValue] = []) async throws {
        self.harness = harness
        scene = try await RolloutScene(harness.registry)
        try await harness.publish("m", "1.0.0", files: [("f", [1])])
        try await harness.publish("m", "2.0.0", files: [("f", [2])])
        try await harness.publish("m", "3.0.0", files: [("f", [3])])
        for version in ["1.0.0", "2.0.0", "3.0.0"] { try await scene.move("m", version, to: .staging) }
        try await scene.move("m", "1.0.0", to: .production)
        try await scene.use(rolloutGuards: rolloutGuards, promotionGuards: promotionGuards)
    }

    /// Starts a rollout of 2.0.0 and answers its path. `more` are further members of the body.
    func start(_ more: String = "", version: String = "2.0.0") async throws -> String {
        let reply: Reply = await harness.send(
            .post, RolloutStage.rollouts, #"{"version":"\#(version)"\#(more)}"#)
        try #require(reply.status == 201, "\(reply.text)")
        return try #require(reply.headers["location"])
    }

    func observe(_ version: String, _ metric: String, _ values: Double...) async throws {
        try await scene.observe("m", version, metric, values)
    }

    /// One minute's work of the registry itself, that many minutes later.
    func tick(afterMinutes minutes: Int64 = 0) async throws {
        harness.clock.advance(milliseconds: minutes * 60_000)
        try await RolloutAutomation(core: harness.registry.core).run()
    }

    /// The split as `version:percent` of each.
    func split() async -> [String] {
        let reply: Reply = await harness.ask(.get, RolloutStage.traffic)
        return (reply.json["splits"]?.array ?? []).map {
            "\($0["version"]?.string ?? ""):\($0["percent"]?.integer ?? -1)"
        }
    }

    func read(_ path: String) async -> JSONValue { await harness.ask(.get, path).json }

    /// What was done, refused attempts left out.
    func actions() async throws -> [String] {
        try await harness.registry.events().filter { $0.record.outcome == "success" }.map(\.record.action)
    }
}

@Suite struct RolloutEndpointTests {
    private static let accuracy: String = #","success_criteria":[{"metric":"accuracy","minimum":0.9}]"#

    @Test func stepsAreTakenByHandAndEndInProduction() async throws {
        try await APIHarness.with { harness in
            let stage = try await RolloutStage(harness)
            let path: String = try await stage.start(#","automatic":false,"rationale":"better""#)
            #expect(await stage.split() == ["1.0.0:95", "2.0.0:5"])
            let made: JSONValue = await stage.read(path)
            #expect(made["status"]?.string == "running")
            #expect(made["steps"] == [5, 25, 50, 100])
            #expect(made["baseline_version"]?.string == "1.0.0")
            #expect(made["next_step_not_before"]?.string == "2024-01-15T11:00:00.000Z")
            let early: Reply = await harness.ask(.post, path + "/advance")
            #expect(early.code == "rollout_step_not_ready" && early.status == 409)
            #expect(early.json["seconds_left"]?.integer == 3_600)
            var seen: [[String]] = []
            for _ in 0..<4 {
                harness.clock.advance(milliseconds: 3_600_000)
                let reply: Reply = await harness.ask(.post, path + "/advance")
                #expect(reply.status == 200, "\(reply.text)")
                seen.append(await stage.split())
            }
            #expect(
                seen == [
                    ["1.0.0:75", "2.0.0:25"], ["1.0.0:50", "2.0.0:50"], ["1.0.0:0", "2.0.0:100"], ["2.0.0:100"],
                ])
            let end: JSONValue = await stage.read(path)
            #expect(end["status"]?.string == "succeeded")
            #expect(end["next_step_not_before"]?.isNull == true)
            #expect(
                end["history"]?.array?.compactMap { $0["event"]?.string } == [
                    "started", "advanced", "advanced", "advanced", "succeeded",
                ])
            #expect(await stage.read("/v1/models/m/versions/2.0.0")["state"]?.string == "production")
            #expect(await stage.read("/v1/models/m/versions/1.0.0")["state"]?.string == "deprecated")
            #expect(
                try await stage.actions().suffix(6) == [
                    "start_rollout", "advance_rollout", "advance_rollout", "advance_rollout", "promote_version",
                    "advance_rollout",
                ])
            // The transition names the event of the promotion, not that of the rollout.
            let events: [AuditEvent] = try await harness.registry.events()
            let promotion: AuditEvent = try #require(events.last { $0.record.action == "promote_version" })
            let stored: TransitionRecord? = try await harness.registry.core.store.read { reader in
                try reader.transitions(after: 0, limit: 100).last { $0.version == "2.0.0" }
            }
            #expect(stored?.stored.auditSequence == promotion.record.sequence)
            #expect(await harness.ask(.post, path + "/advance").code == "rollout_ended")
            #expect(await harness.send(.post, path + "/abort", #"{"rationale":"x"}"#).code == "rollout_ended")
        }
    }

    @Test func criteriaMustHoldBeforeAStepEnds() async throws {
        try await APIHarness.with { harness in
            let stage = try await RolloutStage(harness)
            let path: String = try await stage.start(
                #","steps":[10,100],"success_criteria":[{"metric":"accuracy","minimum":0.9,"minimum_observations":2}]"#)
            // Unknown: neither by itself nor by hand.
            try await stage.tick(afterMinutes: 61)
            #expect(await stage.split() == ["1.0.0:90", "2.0.0:10"])
            let unknown: Reply = await harness.ask(.post, path + "/advance")
            #expect(unknown.code == "rollout_step_not_ready")
            #expect(unknown.json["evaluation"]?.array?.first?["status"]?.string == "unknown")
            try await stage.observe("2.0.0", "accuracy", 0.95)
            try await stage.tick()
            #expect(await stage.split() == ["1.0.0:90", "2.0.0:10"])
            // Failed: it waits, and force does not help.
            try await stage.tick(afterMinutes: 1)
            try await stage.observe("2.0.0", "accuracy", 0.7)
            try await stage.tick()
            #expect(await stage.split() == ["1.0.0:90", "2.0.0:10"])
            let failed: Reply = await harness.send(.post, path + "/advance", #"{"force":true,"rationale":"now"}"#)
            #expect(failed.code == "rollout_step_not_ready")
            #expect(failed.json["evaluation"]?.array?.first?["status"]?.string == "failed")
            // Passed.
            try await stage.tick(afterMinutes: 1)
            try await stage.observe("2.0.0", "accuracy", 1, 1, 1, 1)
            try await stage.tick()
            #expect(await stage.split() == ["1.0.0:0", "2.0.0:100"])
            #expect(await stage.read(path)["history"]?.array?.last?["by"]?.string == "stemma")
            // What was measured before the step does not count for it.
            harness.clock.advance(milliseconds: 1)
            #expect(await stage.read(path)["evaluation"]?.array?.first?["status"]?.string == "unknown")
        }
    }

    @Test func forcePassesOverTimeAndIgnoranceAndSaysWhy() async throws {
        try await APIHarness.with { harness in
            let stage = try await RolloutStage(harness)
            let path: String = try await stage.start(RolloutEndpointTests.accuracy)
            let silent: Reply = await harness.send(.post, path + "/advance", #"{"force":true}"#)
            #expect(silent.status == 422 && silent.pointers == ["/rationale"])
            let forced: Reply = await harness.send(.post, path + "/advance", #"{"force":true,"rationale":"urgent"}"#)
            #expect(forced.status == 200, "\(forced.text)")
            let last: JSONValue? = forced.json["history"]?.array?.last
            #expect(last?["forced"]?.bool == true && last?["reason"]?.string == "urgent")
            let event: AuditEvent = try #require(try await harness.registry.events().last)
            #expect(event.detail["forced"]?.bool == true)
            #expect(event.personal["rationale"]?.string == "urgent")
        }
    }

    static let comparisons: [(more: String, own: Double, baseline: Double?, status: String)] = [
        (#""max_drop":0.02"#, 0.89, 0.9, "passed"), (#""max_drop":0.02"#, 0.88, 0.9, "passed"),
        (#""max_drop":0.02"#, 0.87, 0.9, "failed"), (#""max_drop":0.02"#, 0.87, nil, "unknown"),
        (#""max_drop":-0.01"#, 0.9, 0.9, "failed"), (#""max_drop":-0.01"#, 0.91, 0.9, "passed"),
        (#""max_drop":5,"lower_is_better":true"#, 104, 100, "passed"),
        (#""max_drop":5,"lower_is_better":true"#, 106, 100, "failed"), (#""maximum":0.1"#, 0.1, nil, "passed"),
        (#""maximum":0.1"#, 0.11, nil, "failed"), (#""minimum":0.9,"maximum":1"#, 0.9, nil, "passed"),
        (#""minimum":0.9,"max_drop":0.1"#, 0.8, nil, "failed"),
        (#""minimum":0.9,"max_drop":0.1"#, 0.95, nil, "unknown"),
    ]

    @Test(arguments: comparisons) func everyBoundDecides(
        _ row: (more: String, own: Double, baseline: Double?, status: String)
    ) async throws {
        try await APIHarness.with { harness in
            let stage = try await RolloutStage(harness)
            let path: String = try await stage.start(#","success_criteria":[{"metric":"x",\#(row.more)}]"#)
            harness.clock.advance(milliseconds: 3_600_000)
            try await stage.observe("2.0.0", "x", row.own)
            if let baseline = row.baseline { try await stage.observe("1.0.0", "x", baseline) }
            #expect(await stage.read(path)["evaluation"]?.array?.first?["status"]?.string == row.status)
            #expect(await harness.ask(.post, path + "/advance").status == (row.status == "passed" ? 200 : 409))
        }
    }

    /// With all traffic gone, the baseline is compared as it was when it last had some.
    @Test func theBaselineIsRememberedOnceItHasNoTraffic() async throws {
        try await APIHarness.with { harness in
            let stage = try await RolloutStage(harness)
            let path: String = try await stage.start(
                #","steps":[50,100],"success_criteria":[{"metric":"x","max_drop":0.1}]"#)
            harness.clock.advance(milliseconds: 60_000)
            try await stage.observe("1.0.0", "x", 0.9)
            try await stage.observe("2.0.0", "x", 0.9)
            try await stage.tick(afterMinutes: 60)
            #expect(await stage.split() == ["1.0.0:0", "2.0.0:100"])
            harness.clock.advance(milliseconds: 60_000)
            try await stage.observe("2.0.0", "x", 0.85)
            let finding: JSONValue? = await stage.read(path)["evaluation"]?.array?.first
            #expect(finding?["status"]?.string == "passed")
            #expect(finding?["read"]?["baseline_since"]?.string == "2024-01-15T10:00:00.000Z")
            try await stage.tick(afterMinutes: 60)
            #expect(await stage.split() == ["2.0.0:100"])
        }
    }

    @Test func aBreachAbortsAtOnceAndRestoresTheBaseline() async throws {
        try await APIHarness.with { harness in
            let stage = try await RolloutStage(harness)
            let path: String = try await stage.start(
                #","steps":[50,100],"abort_criteria":[{"metric":"errors","maximum":0.05}]"#)
            try await stage.tick()
            #expect(await stage.split() == ["1.0.0:50", "2.0.0:50"])
            harness.clock.advance(milliseconds: 1_000)
            try await stage.observe("2.0.0", "errors", 0.2)
            try await stage.tick()
            #expect(await stage.split() == ["1.0.0:100"])
            let end: JSONValue = await stage.read(path)
            #expect(end["status"]?.string == "aborted")
            #expect(end["end_reason"]?.string?.contains("errors is 0.2") == true)
            #expect(end["evaluation"]?.array?.first?["status"]?.string == "failed")
            #expect(try await stage.actions().last == "abort_rollout")
            #expect(try await harness.registry.events().last?.personal["actor.subject"]?.string == "stemma")
            #expect(await stage.read("/v1/models/m/versions/2.0.0")["state"]?.string == "staging")
            // The way is free again.
            _ = try await stage.start()
        }
    }

    @Test func withoutAutomationNothingMovesByItself() async throws {
        try await APIHarness.with { harness in
            let stage = try await RolloutStage(harness)
            let path: String = try await stage.start(
                #","automatic":false,"abort_criteria":[{"metric":"errors","maximum":0.05}]"#)
            try await stage.observe("2.0.0", "errors", 0.2)
            try await stage.tick(afterMinutes: 600)
            #expect(await stage.read(path)["status"]?.string == "running")
            #expect(await stage.split() == ["1.0.0:95", "2.0.0:5"])
            let aborted: Reply = await harness.send(.post, path + "/abort", #"{"rationale":"errors"}"#)
            #expect(aborted.status == 200 && aborted.json["end_reason"]?.string == "errors")
            #expect(await stage.split() == ["1.0.0:100"])
        }
    }

    /// A promotion by moving the alias ends a rollout like any other, and the log says so.
    @Test func anAliasMovedByHandEndsTheRollout() async throws {
        try await APIHarness.with { harness in
            let stage = try await RolloutStage(harness)
            let path: String = try await stage.start()
            let moved: Reply = await harness.send(.put, "/v1/models/m/aliases/production", #"{"version":"3.0.0"}"#)
            #expect(moved.status == 200, "\(moved.text)")
            #expect(await stage.read(path)["status"]?.string == "aborted")
            #expect(await stage.split() == ["3.0.0:100"])
            #expect(try await stage.actions().last == "abort_rollout")
        }
    }

    /// Everything that takes the ground away ends the rollout in the same transaction.
    @Test func movesEndTheRolloutTheyContradict() async throws {
        try await APIHarness.with { harness in
            let stage = try await RolloutStage(harness)
            func aborted(_ path: String) async -> Bool { await stage.read(path)["status"]?.string == "aborted" }
            // Of the same kind: staging to shadow.
            var path: String = try await stage.start()
            try await stage.scene.move("m", "2.0.0", to: .shadow)
            #expect(await stage.read(path)["status"]?.string == "running")
            #expect(await stage.split() == ["1.0.0:95", "2.0.0:5"])
            try await stage.scene.move("m", "2.0.0", to: .staging)
            // The candidate goes.
            try await stage.scene.move("m", "2.0.0", to: .deprecated)
            #expect(await aborted(path))
            #expect(await stage.split() == ["1.0.0:100"])
            #expect(try await stage.actions().suffix(2) == ["transition_version", "abort_rollout"])
            // Another version is promoted.
            try await stage.scene.move("m", "2.0.0", to: .staging)
            path = try await stage.start()
            try await stage.scene.move("m", "3.0.0", to: .production)
            #expect(await aborted(path))
            #expect(await stage.split() == ["3.0.0:100"])
            // A rollback.
            path = try await stage.start()
            try await stage.scene.rollBack("m", "3.0.0")
            #expect(await aborted(path))
            #expect(await stage.split() == ["1.0.0:100"])
            // The candidate is promoted by hand.
            path = try await stage.start()
            try await stage.scene.move("m", "2.0.0", to: .production)
            #expect(await aborted(path))
            #expect(await stage.split() == ["2.0.0:100"])
            // Production is left empty.
            try await stage.scene.move("m", "1.0.0", to: .staging)
            path = try await stage.start(version: "1.0.0")
            try await stage.scene.move("m", "2.0.0", to: .deprecated)
            #expect(await aborted(path))
            #expect(await stage.split() == [])
            #expect(await stage.read(RolloutStage.traffic)["updated_at"]?.isNull == true)
        }
    }

    @Test func aQuarantineEndsTheRolloutWithTheNextMinute() async throws {
        try await APIHarness.with { harness in
            let stage = try await RolloutStage(harness)
            let path: String = try await stage.start(#","automatic":false"#)
            try await stage.scene.quarantine("m", "2.0.0")
            let refused: Reply = await harness.send(.post, path + "/advance", #"{"force":true,"rationale":"x"}"#)
            #expect(refused.code == "rollout_step_not_ready")
            try await stage.tick()
            #expect(await stage.read(path)["end_reason"]?.string == "2.0.0 is quarantined")
            #expect(await stage.split() == ["1.0.0:100"])
        }
    }

    @Test func startsAreRefusedWithEveryGuard() async throws {
        try await APIHarness.with { harness in
            let stage = try await RolloutStage(
                harness, rolloutGuards: [["guard": "no_quarantine"], ["guard": "rollback_plan"]])
            let body: String = #"{"version":"2.0.0"}"#
            let refused: Reply = await harness.send(.post, RolloutStage.rollouts, body)
            #expect(refused.status == 409 && refused.code == "transition_refused")
            let guards: [JSONValue] = try #require(refused.json["guards"]?.array)
            #expect(
                guards.compactMap { $0["name"]?.string } == [
                    "baseline_in_production", "no_quarantine", "rollback_plan",
                ])
            #expect(guards.compactMap { $0["passed"]?.bool } == [true, true, false])
            let dry: Reply = await harness.send(.post, RolloutStage.rollouts + "?dry_run=true", body)
            #expect(dry.status == 200 && dry.json["guards"] == refused.json["guards"])
            #expect(dry.json["allowed"]?.bool == false)
            let planned: String = #"{"version":"2.0.0","rollback_plan":"back"}"#
            #expect(await harness.send(.post, RolloutStage.rollouts + "?dry_run=true", planned).status == 201)
            #expect(await stage.split() == ["1.0.0:100"])
            #expect(await harness.send(.post, RolloutStage.rollouts, planned).status == 201)
            let second: Reply = await harness.send(
                .post, RolloutStage.rollouts, #"{"version":"3.0.0","rollback_plan":"back"}"#)
            #expect(second.code == "rollout_running" && second.status == 409)
            #expect(second.json["version"]?.string == "2.0.0")
        }
    }

    @Test func onlyVersionsOnTheirWayRampUpAgainstSomething() async throws {
        try await APIHarness.with { harness in
            let stage = try await RolloutStage(harness)
            let inside: Reply = await harness.send(.post, RolloutStage.rollouts, #"{"version":"1.0.0"}"#)
            #expect(inside.code == "transition_refused")
            try await stage.scene.move("m", "3.0.0", to: .validation)
            let early: Reply = await harness.send(.post, RolloutStage.rollouts, #"{"version":"3.0.0"}"#)
            #expect(early.code == "transition_refused")
            #expect(early.json["targets"] == ["staging"])
            try await stage.scene.move("m", "1.0.0", to: .deprecated)
            let alone: Reply = await harness.send(.post, RolloutStage.rollouts, #"{"version":"2.0.0"}"#)
            #expect(alone.code == "transition_refused")
            #expect(alone.json["detail"]?.string?.contains("promote 2.0.0 instead") == true)
            _ = await harness.send(.post, "/v1/models/m/versions", #"{"version":"4.0.0","draft":true}"#)
            #expect(await harness.send(.post, RolloutStage.rollouts, #"{"version":"4.0.0"}"#).code == "draft_version")
            #expect(
                await harness.send(.post, RolloutStage.rollouts, #"{"version":"9.0.0"}"#).code == "version_not_found")
        }
    }

    static let faults: [(more: String, pointer: String)] = [
        (#","steps":[]"#, "/steps"), (#","steps":[0,5]"#, "/steps/0"), (#","steps":[5,101]"#, "/steps/1"),
        (#","steps":[5,5]"#, "/steps/1"), (#","steps":[50,25,100]"#, "/steps/1"), (#","steps":[2.5]"#, "/steps/0"),
        (#","minimum_step_minutes":-1"#, "/minimum_step_minutes"),
        (#","success_criteria":[{"metric":"x"}]"#, "/success_criteria/0"),
        (#","success_criteria":[{"minimum":1}]"#, "/success_criteria/0/metric"),
        (#","abort_criteria":[{"metric":"x","minimum":2,"maximum":1}]"#, "/abort_criteria/0"),
        (
            #","abort_criteria":[{"metric":"x","minimum":2,"minimum_observations":0}]"#,
            "/abort_criteria/0/minimum_observations"
        ),
        (#","automatic":"yes""#, "/automatic"), (#","surprise":1"#, "/surprise"),
    ]

    @Test func bodiesAreChecked() async throws {
        try await APIHarness.with { harness in
            let stage = try await RolloutStage(harness)
            for row in RolloutEndpointTests.faults {
                let reply: Reply = await harness.send(.post, RolloutStage.rollouts, #"{"version":"2.0.0"\#(row.more)}"#)
                #expect(reply.status == 422 && reply.pointers == [row.pointer], "\(row): \(reply.text)")
            }
            for version in ["latest", "^2.0", "@production"] {
                let reply: Reply = await harness.send(.post, RolloutStage.rollouts, #"{"version":"\#(version)"}"#)
                #expect(reply.status == 422 && reply.pointers == ["/version"], "\(version)")
            }
            let path: String = try await stage.start()
            #expect(await harness.send(.post, path + "/abort", "{}").pointers == ["/rationale"])
            #expect(await harness.send(.post, path + "/advance", #"{"x":1}"#).pointers == ["/x"])
            #expect(await harness.ask(.get, RolloutStage.rollouts + "/rol_0").code == "rollout_not_found")
            try await harness.publish("n", "1.0.0")
            let other: String = path.replacing("/m/", with: "/n/")
            #expect(await harness.ask(.get, other).code == "rollout_not_found")
            #expect(await harness.ask(.post, other + "/advance").code == "rollout_not_found")
        }
    }

    @Test func rolesAndScopesAreObeyed() async throws {
        try await APIHarness.with { harness in
            let stage = try await RolloutStage(harness)
            let publisher: APIHarness.Token = .secret(try await harness.registry.token("p", roles: ["publisher"]))
            let deployer: APIHarness.Token = .secret(try await harness.registry.token("d", roles: ["deployer"]))
            let reader: APIHarness.Token = .secret(try await harness.registry.token("r", roles: ["reader"]))
            let stranger: APIHarness.Token = .secret(
                try await harness.registry.token("s", roles: ["deployer"], models: ["x"]))
            let body: String = #"{"version":"2.0.0"}"#
            #expect(await harness.send(.post, RolloutStage.rollouts, body, token: publisher).status == 403)
            #expect(await harness.send(.post, RolloutStage.rollouts, body, token: stranger).status == 404)
            let made: Reply = await harness.send(.post, RolloutStage.rollouts, body, token: deployer)
            #expect(made.status == 201)
            let path: String = try #require(made.headers["location"])
            #expect(await harness.ask(.get, path, token: reader).status == 200)
            #expect(await harness.ask(.get, RolloutStage.traffic, token: reader).status == 200)
            #expect(await harness.ask(.get, RolloutStage.traffic, token: stranger).status == 404)
            #expect(await harness.ask(.post, path + "/advance", token: reader).status == 403)
            // A lifecycle in which only admins promote leaves deployers the way back.
            try await stage.scene.use(promoters: ["admin"])
            let forced: String = #"{"force":true,"rationale":"x"}"#
            let refused: Reply = await harness.send(.post, path + "/advance", forced, token: deployer)
            #expect(refused.code == "permission_denied")
            #expect(await harness.send(.post, path + "/advance", forced).status == 200)
            let abort: Reply = await harness.send(.post, path + "/abort", #"{"rationale":"x"}"#, token: deployer)
            #expect(abort.status == 200)
            #expect(await harness.send(.post, RolloutStage.rollouts, body, token: deployer).status == 403)
        }
    }

    /// The promotion's guards decide at the end; a rollout that they refuse stays and says why.
    @Test func aRefusedPromotionHoldsTheRollout() async throws {
        try await APIHarness.with { harness in
            let stage = try await RolloutStage(harness, promotionGuards: [["guard": "rollback_plan"]])
            let path: String = try await stage.start(#","steps":[100]"#)
            try await stage.tick(afterMinutes: 60)
            var held: JSONValue = await stage.read(path)
            #expect(held["status"]?.string == "running")
            #expect(held["promotion_refused"]?["guards"]?.array?.first?["name"]?.string == "rollback_plan")
            #expect(try await stage.actions().last == "hold_rollout")
            #expect(await stage.split() == ["1.0.0:0", "2.0.0:100"])
            let count: Int = try await stage.actions().count
            try await stage.tick(afterMinutes: 1)
            #expect(try await stage.actions().count == count)
            let byHand: Reply = await harness.ask(.post, path + "/advance")
            #expect(byHand.code == "transition_refused")
            try await stage.scene.use(promotionGuards: [["guard": "rationale_given"]])
            try await stage.tick(afterMinutes: 1)
            held = await stage.read(path)
            #expect(held["status"]?.string == "succeeded" && held["promotion_refused"]?.isNull == true)
            #expect(await stage.split() == ["2.0.0:100"])
        }
    }

    /// A rollout that measured what it demanded stands in for an A/B test; one that did not, does not.
    @Test func aMeasuredRolloutIsEvidenceForThePromotion() async throws {
        for isMeasured in [true, false] {
            try await APIHarness.with { harness in
                let stage = try await RolloutStage(harness, promotionGuards: [["guard": "ab_test_results"]])
                let path: String = try await stage.start(
                    #","steps":[100]"# + (isMeasured ? RolloutEndpointTests.accuracy : ""))
                harness.clock.advance(milliseconds: 60_000)
                if isMeasured { try await stage.observe("2.0.0", "accuracy", 0.95) }
                try await stage.tick(afterMinutes: 60)
                #expect(await stage.read(path)["status"]?.string == (isMeasured ? "succeeded" : "running"))
                #expect(await stage.split() == (isMeasured ? ["2.0.0:100"] : ["1.0.0:0", "2.0.0:100"]))
            }
        }
    }

    /// A rollout that shall not promote gives the traffic back, and counts for a later promotion against the same version.
    @Test func aTrialLeavesThePromotionToAPerson() async throws {
        try await APIHarness.with { harness in
            let stage = try await RolloutStage(harness, promotionGuards: [["guard": "ab_test_results"]])
            let path: String = try await stage.start(
                #","steps":[20],"promote_at_end":false"# + RolloutEndpointTests.accuracy)
            await #expect(throws: StemmaError.self) { try await stage.scene.move("m", "2.0.0", to: .production) }
            #expect(await stage.read(path)["status"]?.string == "running")
            harness.clock.advance(milliseconds: 60_000)
            try await stage.observe("2.0.0", "accuracy", 0.95)
            try await stage.tick(afterMinutes: 60)
            #expect(await stage.read(path)["status"]?.string == "succeeded")
            #expect(await stage.split() == ["1.0.0:100"])
            await #expect(throws: StemmaError.self) { try await stage.scene.move("m", "3.0.0", to: .production) }
            try await stage.scene.move("m", "2.0.0", to: .production)
            #expect(await stage.split() == ["2.0.0:100"])
        }
    }

    @Test func listsAreNewestFirstAndPaged() async throws {
        try await APIHarness.with { harness in
            let stage = try await RolloutStage(harness)
            var ids: [String] = []
            for _ in 0..<3 {
                let path: String = try await stage.start()
                ids.insert(String(try #require(path.split(separator: "/").last)), at: 0)
                _ = await harness.send(.post, path + "/abort", #"{"rationale":"again"}"#)
                harness.clock.advance(milliseconds: 1_000)
            }
            let first: Reply = await harness.ask(.get, RolloutStage.rollouts + "?limit=2")
            #expect(first.items("id") == Array(ids.prefix(2)))
            let cursor: String = try #require(first.json["next_cursor"]?.string)
            let second: Reply = await harness.ask(.get, RolloutStage.rollouts + "?limit=2&cursor=" + cursor)
            #expect(second.items("id") == Array(ids.suffix(1)))
            #expect(second.json["next_cursor"]?.isNull == true)
            #expect(await harness.ask(.get, RolloutStage.rollouts + "?cursor=x").code == "invalid_cursor")
            #expect(await harness.ask(.get, "/v1/models/none/rollouts").code == "model_not_found")
        }
    }

    @Test func changesHonourTheEntityTag() async throws {
        try await APIHarness.with { harness in
            let stage = try await RolloutStage(harness)
            let path: String = try await stage.start()
            let etag: String = try #require(await harness.ask(.get, path).headers["etag"])
            #expect(await harness.ask(.get, path, [("if-none-match", etag)]).status == 304)
            let stale: Reply = await harness.send(
                .post, path + "/abort", #"{"rationale":"x"}"#, [("if-match", "\"x\"")])
            #expect(stale.code == "stale_etag")
            #expect(
                await harness.send(.post, path + "/abort", #"{"rationale":"x"}"#, [("if-match", etag)]).status == 200)
        }
    }
}

extension ShapeConformanceTests {
    /// Every rollout operation's answer, with something measured.
    func checkRollouts(_ harness: APIHarness) async throws {
        let scene = try await RolloutScene(harness.registry)
        for version in ["1.0.0", "2.0.0"] {
            try await harness.publish("rolled", version, files: [("f", Array(version.utf8))])
            try await scene.move("rolled", version, to: .staging)
        }
        let rollouts: String = "/v1/models/rolled/rollouts"
        let body: String = """
            {"version":"2.0.0","minimum_step_minutes":0,"rationale":"why","rollback_plan":"back","evidence":{"a":1},\
            "steps":[10,100],"success_criteria":[{"metric":"x","minimum":0.5,"max_drop":0.1}],\
            "abort_criteria":[{"metric":"y","maximum":9,"lower_is_better":true}]}
            """
        try check(harness, "ReadTraffic", await harness.ask(.get, "/v1/models/rolled/traffic"))
        try check(harness, "StartRollout", await harness.send(.post, rollouts + "?dry_run=true", body))
        try await scene.move("rolled", "1.0.0", to: .production)
        try check(harness, "ReadTraffic", await harness.ask(.get, "/v1/models/rolled/traffic"))
        let inside: String = #"{"version":"1.0.0"}"#
        try check(harness, "StartRollout", await harness.send(.post, rollouts + "?dry_run=true", inside))
        let made: Reply = await harness.send(.post, rollouts, body)
        try check(harness, "StartRollout", made)
        let path: String = try #require(made.headers["location"])
        for metric in ["x", "y"] {
            for version in ["1.0.0", "2.0.0"] { try await scene.observe("rolled", version, metric, [0.9]) }
        }
        try check(harness, "AdvanceRollout", await harness.ask(.post, path + "/advance"))
        try await scene.use(promotionGuards: [
            ["guard": "no_quarantine"], ["guard": "ab_test_results", "parameters": ["accepts": ["review"]]],
        ])
        try await RolloutAutomation(core: harness.registry.core).run()
        let held: Reply = await harness.ask(.get, path)
        #expect(held.json["promotion_refused"]?.isNull == false)
        try check(harness, "ReadRollout", held)
        try check(harness, "ReadRollout", await harness.ask(.get, path, [("if-none-match", "*")]))
        try check(harness, "ReadTraffic", await harness.ask(.get, "/v1/models/rolled/traffic"))
        try check(
            harness, "ReadTraffic", await harness.ask(.get, "/v1/models/rolled/traffic", [("if-none-match", "*")]))
        try check(harness, "AbortRollout", await harness.send(.post, path + "/abort", #"{"rationale":"enough"}"#))
        try check(harness, "ListRollouts", await harness.ask(.get, rollouts))
    }
}
