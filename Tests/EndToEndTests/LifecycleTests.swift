import StemmaJSON
import StemmaTesting
import Synchronization
import Testing

/// Versions move by rule, and every refusal explains itself (API.md, section 6).
@Suite struct LifecycleTests {
    /// Names of those members of a guard's finding that the contract promises and that are not there.
    private func lacking(_ guardFinding: JSONValue) -> [String] {
        let isPassed = guardFinding["passed"]?.bool
        var lacking = ["name", "read", "limit"].filter { guardFinding[$0] == nil }
        if isPassed == nil { lacking.append("passed") }
        if isPassed == false, guardFinding["supplied_by"]?.array == nil { lacking.append("supplied_by") }
        return lacking
    }

    @Test func versionGoesFromDevelopmentToProduction() async throws {
        let stage = try await LifecycleStage(try await Registry.shared(), "promoted")
        let made = try await stage.register("2.1.3")
        #expect(made["state"] == "development")
        for state in ["validation", "staging"] {
            let reply = try await stage.move("2.1.3", to: state, as: stage.author)
            #expect(reply.status == 200 && reply.json["to"]?.string == state, "\(reply)")
            #expect(try await stage.state("2.1.3") == state)
        }
        let before = try await stage.registry.admin.get(stage.path("2.1.3", "/gates")).json
        #expect(before["all_passed"] == false)
        for gate in LifecycleStage.gates {
            #expect(before[gate]?["passed"] == false && before[gate]?["issues"]?.array?.isEmpty == false, "\(gate)")
            #expect(before[gate]?["items"]?.array?.isEmpty == false)
            let reply = try await stage.review("2.1.3", gate)
            #expect(reply.status == 201, "\(reply)")
            #expect(reply.json["manifest_digest"] == made["manifest_digest"])
        }
        let gates = try await stage.registry.admin.get(stage.path("2.1.3", "/gates")).json
        #expect(gates["all_passed"] == true, "\(gates)")
        for gate in LifecycleStage.gates {
            #expect(gates[gate]?["passed"] == true && gates[gate]?["issues"] == [], "\(gates)")
        }
        expectProblem(try await stage.move("2.1.3", to: "production", as: stage.author), 403)
        let reply = try await stage.promote("2.1.3")
        #expect(reply.status == 200, "\(reply)")
        #expect(try await stage.inProduction() == ["2.1.3"])
        let alias = try await stage.registry.admin.get(stage.alias("production")).json
        #expect(alias["version"] == "2.1.3" && alias["state"] == "production")
        #expect(alias["manifest_digest"] == made["manifest_digest"])

        // The event is the specification's audit trail entry.
        let events = try await stage.registry.all("/v1/audit?model=\(stage.model)")
        let event = try #require(
            events.first { $0["rationale"]?.string == "Performance improvement validated in A/B test" })
        for member in [
            "audit_id", "sequence", "timestamp", "action", "user", "model_id", "resource", "approvers", "rationale",
            "evidence", "rollback_plan", "changes", "request_id", "leaf_hash",
        ] { #expect(event[member] != nil && event[member]?.isNull == false, "\(member) of \(event)") }
        #expect(event["model_id"] == made["model_id"])
        #expect(event["rollback_plan"] == "rollback_plan.md")
        #expect(event["evidence"]?["test_results"] == "ab_test_report.pdf")
        let approvers = Set((event["approvers"]?.array ?? []).compactMap(\.string))
        #expect(approvers == Set(stage.reviewerNames.values), "\(approvers)")

        let history = try await stage.registry.all(stage.path("2.1.3", "/transitions"))
        #expect(Set(history.compactMap { $0["to"]?.string }) == ["validation", "staging", "production"])
        let archive = try await stage.move("2.1.3", to: "archived")
        expectProblem(archive, 409, "transition_refused")
    }

    @Test func refusalNamesEveryGuard() async throws {
        let registry = try await Registry.shared()
        let stage = try await LifecycleStage(registry, "refused")
        try await stage.stage("1.0.0")
        let body: JSONValue = ["to": "production"]
        let target = stage.path("1.0.0", "/transitions")
        let refused = try await stage.deployer.post(target, body)
        expectProblem(refused, 409, "transition_refused")
        let guards = try #require(refused.json["guards"]?.array)
        for finding in guards { #expect(lacking(finding) == [], "\(finding)") }
        let allowed = try await stage.deployer.get(stage.path("1.0.0", "/transitions/allowed"))
        #expect(allowed.status == 200, "\(allowed)")
        let production = try #require(allowed.json["items"]?.array?.first { $0["to"] == "production" })
        let promised = (production["guards"]?.array ?? []).compactMap { $0["name"]?.string }
        #expect(promised == guards.compactMap { $0["name"]?.string }, "\(production)")
        #expect(guards.contains { $0["passed"] == true } && guards.contains { $0["passed"] == false })
        let approvals = try #require(guards.first { $0["name"] == "approval_gates" })
        #expect(approvals["passed"] == false)
        let suppliers = Set((approvals["supplied_by"]?.array ?? []).compactMap(\.string))
        #expect(suppliers.isSuperset(of: LifecycleStage.gates.map { "reviewer:" + $0 }), "\(approvals)")

        // Tried instead of done: the same findings, as 200, and no effect.
        let size = try await registry.all("/v1/audit?model=\(stage.model)").count
        let tried = try await stage.deployer.post(target + "?dry_run=true", body)
        #expect(tried.status == 200, "\(tried)")
        #expect(tried.json["guards"] == refused.json["guards"])
        #expect(tried.json["detail"] == nil || tried.json["detail"] == refused.json["detail"])
        #expect(try await stage.state("1.0.0") == "staging")
        #expect(try await registry.all("/v1/audit?model=\(stage.model)").count == size)

        // A way that the lifecycle does not know.
        let unknown = try await stage.move("1.0.0", to: "archived")
        expectProblem(unknown, 409, "transition_refused")
        expectProblem(try await stage.move("1.0.0", to: "nowhere"), 422)
        expectProblem(try await stage.move("9.9.9", to: "staging"), 404)
    }

    /// The dry run of what would pass answers what the real one answers.
    @Test func dryRunAnswersAsTheRealRun() async throws {
        let stage = try await LifecycleStage(try await Registry.shared(), "tried")
        try await stage.stage("1.0.0")
        try await stage.approve("1.0.0")
        let tried = try await stage.promote("1.0.0", query: "?dry_run=true")
        #expect(tried.status == 200, "\(tried)")
        #expect(try await stage.inProduction() == [])
        expectProblem(try await stage.registry.admin.get(stage.alias("production")), 404, "alias_not_found")
        let done = try await stage.promote("1.0.0")
        #expect(done.status == 200, "\(done)")
        let names = { (reply: WireReply) in (reply.json.object?.members ?? []).map(\.name) }
        #expect(names(tried) == names(done), "one shape: \(tried) \(done)")
        for member in ["from", "to", "guards"] { #expect(tried.json[member] == done.json[member], "\(member)") }
    }

    /// What readers of a moving alias saw.
    private final class Sights: Sendable {
        let versions = Mutex<[String: Int]>([:])
        let faults = Mutex<[String]>([])
        let isOver = Mutex(false)
    }

    @Test func promotionIsOneStepForEveryReader() async throws {
        let stage = try await LifecycleStage(try await Registry.fresh(), "moving")
        try await stage.liftGuards()
        let versions = (0..<12).map { "1.\($0).0" }
        var manifests: [String: String] = [:]
        for version in versions {
            manifests[version] = try await stage.register(version)["manifest_digest"]?.string
            for state in ["validation", "staging"] {
                try #require(try await stage.move(version, to: state).status == 200)
            }
        }
        try #require(try await stage.move(versions[0], to: "production").status == 200)
        let sights = Sights()
        let (expected, order) = (manifests, versions)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for reader in 0..<16 {
                group.addTask { try await watch(stage, order, expected, sights, isListing: reader == 0) }
            }
            for (before, version) in zip(versions, versions.dropFirst()) {
                let reply = try await stage.move(version, to: "production")
                #expect(reply.status == 200, "\(reply)")
                #expect(reply.json.mentions(before), "the displaced version is named: \(reply)")
                #expect(
                    try await stage.registry.admin.get(stage.alias("production")).json["version"]?.string == version)
                #expect(try await stage.state(before) == "deprecated")
            }
            sights.isOver.withLock { $0 = true }
            try await group.waitForAll()
        }
        #expect(sights.faults.withLock { Array($0.prefix(5)) } == [])
        #expect(sights.versions.withLock { $0.count } > 3, "too little was seen to tell anything")
        #expect(try await stage.inProduction() == [versions[11]])
        // One event tells all of a promotion; the displaced version's history knows it too.
        let moves = try await stage.registry.all(stage.alias("production") + "/history")
        #expect(moves.count == 12, "\(moves)")
        let displaced = try await stage.registry.all(stage.path(versions[3], "/transitions"))
        #expect(displaced.contains { $0["to"] == "deprecated" && $0.mentions(versions[4]) }, "\(displaced)")
        try await stage.registry.daemon.stop()
    }

    /// Reads the alias (or the list of what is in production) until the promotions are over.
    private func watch(
        _ stage: LifecycleStage, _ order: [String], _ manifests: [String: String], _ sights: Sights, isListing: Bool
    ) async throws {
        var last = 0
        while !sights.isOver.withLock({ $0 }) {
            if isListing {
                let listed = try await stage.inProduction()
                if listed.count != 1 { sights.faults.withLock { $0.append("in production: \(listed)") } }
                continue
            }
            let read = try await stage.registry.admin.get(stage.alias("production"))
            let version = read.json["version"]?.string ?? ""
            let index = order.firstIndex(of: version) ?? -1
            let isWhole =
                read.status == 200 && read.json["state"] == "production"
                && read.json["manifest_digest"]?.string == manifests[version]
            if !isWhole || index < last { sights.faults.withLock { $0.append("after \(order[last]): \(read)") } }
            last = max(last, index)
            sights.versions.withLock { $0[version, default: 0] += 1 }
        }
    }

    @Test func rollbackRestoresTheVersionBefore() async throws {
        let stage = try await LifecycleStage(try await Registry.shared(), "rolled")
        try await stage.launch("1.0.0")
        let first = try await stage.deployer.post(stage.path("1.0.0", "/rollback"), ["rationale": "x"])
        expectProblem(first, 409)
        try await stage.launch("1.1.0", against: "1.0.0")
        #expect(try await stage.state("1.0.0") == "deprecated")
        expectProblem(try await stage.author.post(stage.path("1.1.0", "/rollback"), ["rationale": "x"]), 403)
        expectProblem(try await stage.deployer.post(stage.path("1.0.0", "/rollback"), ["rationale": "x"]), 409)
        let reply = try await stage.deployer.post(stage.path("1.1.0", "/rollback"), ["rationale": "error rate"])
        #expect(reply.status == 200, "\(reply)")
        #expect(try await stage.inProduction() == ["1.0.0"])
        #expect(try await stage.registry.admin.get(stage.alias("production")).json["version"] == "1.0.0")
        #expect(try await stage.state("1.1.0") != "production")
        let events = try await stage.registry.all("/v1/audit?model=\(stage.model)")
        #expect(events.filter { $0["rationale"] == "error rate" }.count == 1)
    }

    /// A person is one person, whatever token they use, and whatever their part in the version was.
    @Test func nobodyApprovesTheirOwnWork() async throws {
        let stage = try await LifecycleStage(try await Registry.shared(), "own")
        try await stage.stage("1.0.0")
        for gate in LifecycleStage.gates {
            let reply = try await stage.review("1.0.0", gate, as: stage.authorAsReviewer)
            expectProblem(reply, 403, "self_approval")
        }
        // Somebody approves first and has a hand in the version afterwards.
        let name = Registry.name("helper")
        let reviewer = try await stage.registry.client(roles: ["reviewer:technical"], subject: name)
        let publisher = try await stage.registry.client(roles: ["publisher"], subject: name)
        #expect(try await stage.review("1.0.0", "technical", as: reviewer).status == 201)
        let patched = try await publisher.patch(
            stage.path("1.0.0"), ["performance_metrics": ["precision": 0.93]])
        #expect(patched.status == 200, "\(patched)")
        expectProblem(try await stage.review("1.0.0", "technical", as: reviewer), 403, "self_approval")
        let gates = try await stage.registry.admin.get(stage.path("1.0.0", "/gates")).json
        #expect(gates["technical"]?["passed"] == false, "\(gates)")
        // A reviewer of one gate has no say at another.
        let other = try #require(stage.reviewers["business"])
        expectProblem(try await stage.review("1.0.0", "security", as: other), 403)
    }

    /// Two tokens of one person are one voice.
    @Test func quorumCountsPeople() async throws {
        let stage = try await LifecycleStage(try await Registry.fresh(), "quorum")
        let present = try await stage.registry.admin.get("/v1/lifecycle")
        let patched = try #require(present.json.object)
        var gates = try #require(present.json["gates"]?.object)
        gates.set("technical", .object(try #require(gates["technical"]?.object).with(["quorum": 2])))
        let put = try await stage.registry.admin.put("/v1/lifecycle", .object(patched.with(["gates": .object(gates)])))
        try #require(put.status == 200, "\(put)")
        try await stage.stage("1.0.0")
        try await stage.approve("1.0.0")
        let name = try #require(stage.reviewerNames["technical"])
        let again = try await stage.registry.client(roles: ["reviewer:technical", "publisher"], subject: name)
        #expect(try await stage.review("1.0.0", "technical", as: again).status == 201)
        let alone = try await stage.registry.admin.get(stage.path("1.0.0", "/gates")).json
        #expect(alone["technical"]?["passed"] == false && alone["business"]?["passed"] == true, "\(alone)")
        let other = try await stage.registry.client(roles: ["reviewer:technical"])
        #expect(try await stage.review("1.0.0", "technical", as: other).status == 201)
        #expect(try await stage.registry.admin.get(stage.path("1.0.0", "/gates")).json["all_passed"] == true)
        try await stage.registry.daemon.stop()
    }

    @Test func changeVoidsApprovalsVisibly() async throws {
        let stage = try await LifecycleStage(try await Registry.shared(), "void")
        try await stage.stage("1.0.0")
        try await stage.approve("1.0.0")
        let gates = stage.path("1.0.0", "/gates")
        #expect(try await stage.registry.admin.get(gates).json["all_passed"] == true)
        let patched = try await stage.author.patch(
            stage.path("1.0.0"), ["performance_metrics": ["precision": 0.99]])
        #expect(patched.status == 200, "\(patched)")
        let after = try await stage.registry.admin.get(gates).json
        #expect(after["all_passed"] == false, "\(after)")
        let reviews = try await stage.registry.all(stage.path("1.0.0", "/reviews"))
        #expect(reviews.count == 4)
        for review in reviews {
            #expect(review["valid"] == false && review["voided_because"]?.string?.isEmpty == false, "\(review)")
        }
        let refused = try await stage.promote("1.0.0")
        expectProblem(refused, 409, "transition_refused")
        let finding = refused.json["guards"]?.array?.first { $0["name"] == "approval_gates" }
        #expect(finding?["passed"] == false)
        try await stage.approve("1.0.0")
        #expect(try await stage.promote("1.0.0").status == 200)
    }

    @Test func rejectionKeepsAGateShut() async throws {
        let stage = try await LifecycleStage(try await Registry.shared(), "rejected")
        try await stage.stage("1.0.0")
        try await stage.approve("1.0.0")
        #expect(try await stage.review("1.0.0", "security", "reject").status == 201)
        let gates = try await stage.registry.admin.get(stage.path("1.0.0", "/gates")).json
        #expect(gates["security"]?["passed"] == false && gates["technical"]?["passed"] == true, "\(gates)")
        expectProblem(try await stage.promote("1.0.0"), 409, "transition_refused")
        #expect(try await stage.review("1.0.0", "security", "comment").status == 201)
        expectProblem(try await stage.promote("1.0.0"), 409, "transition_refused")
        #expect(try await stage.review("1.0.0", "security").status == 201)
        #expect(try await stage.promote("1.0.0").status == 200)
    }

    /// An alias that is moved by hand obeys the rules of the transition that it stands for.
    @Test func aliasIsNoSideDoor() async throws {
        let stage = try await LifecycleStage(try await Registry.shared(), "door")
        try await stage.launch("1.0.0")
        try await stage.register("1.1.0")
        let target = stage.alias("production")
        let unready = try await stage.deployer.put(target, ["version": "1.1.0", "rationale": "now"])
        expectProblem(unready, 409)
        for state in ["validation", "staging"] { _ = try await stage.move("1.1.0", to: state) }
        let byHand = try await stage.deployer.put(target, ["version": "1.1.0", "rationale": "now"])
        expectProblem(byHand, 409, "transition_refused")
        let guards = byHand.json["guards"]?.array ?? []
        #expect(guards.contains { $0["name"] == "approval_gates" && $0["passed"] == false }, "\(byHand)")
        for finding in guards { #expect(lacking(finding) == [], "\(finding)") }
        expectProblem(try await stage.author.put(target, ["version": "1.1.0", "rationale": "now"]), 403)
        expectProblem(try await stage.deployer.delete(target), 409)
        #expect(try await stage.registry.admin.get(target).json["version"] == "1.0.0")
        expectProblem(try await stage.registry.admin.delete(stage.path("1.0.0")), 409)
        #expect(try await stage.inProduction() == ["1.0.0"])
    }

    @Test func deploymentNeedsReadiness() async throws {
        let stage = try await LifecycleStage(try await Registry.shared(), "deployed")
        try await stage.stage("1.0.0")
        let readiness = stage.path("1.0.0", "/readiness?environment=production")
        let before = try await stage.deployer.get(readiness)
        #expect(before.status == 200 && before.json["ready"] == false, "\(before)")
        #expect(before.json["checks"]?.array?.contains { $0["passed"] == false } == true)
        let order: JSONValue = ["model": .string(stage.model), "ref": "1.0.0", "environment": "production"]
        expectProblem(try await stage.deployer.post("/v1/deployments", order), 409)
        #expect(try await stage.registry.all("/v1/deployments?filter=\(encoded("model = '\(stage.model)'"))") == [])
        try await stage.approve("1.0.0")
        try #require(try await stage.promote("1.0.0").status == 200)
        #expect(try await stage.deployer.get(readiness).json["ready"] == true)
        let made = try await stage.deployer.post("/v1/deployments", order)
        #expect(made.status == 201 && made.json["status"] == "pending", "\(made)")
        let target = try #require(made["Location"])
        let done = try await stage.deployer.patch(target, ["status": "deployed"])
        #expect(done.status == 200 && done.json["status"] == "deployed", "\(done)")
        #expect(try await stage.deployer.get(target).json == done.json)
        let version = try await stage.registry.admin.get(stage.path("1.0.0")).json
        #expect(version["deployment_status"]?.string?.contains("deployed") == true, "\(version)")
        let digest = try #require(version["manifest_digest"]?.string)
        for format in ["kubernetes", "kserve", "compose"] {
            let config = try await stage.deployer.get(
                stage.path("1.0.0", "/deployment-config?environment=production&format=\(format)"))
            #expect(config.status == 200 && config.text.contains(digest), "\(config)")
        }
        expectProblem(try await stage.author.post("/v1/deployments", order), 403)
    }

    @Test func trafficMovesStepByStep() async throws {
        let stage = try await LifecycleStage(try await Registry.shared(), "traffic")
        let traffic = "/v1/models/\(stage.model)/traffic"
        try await stage.launch("1.0.0")
        func split() async throws -> [String: Int64] {
            let reply = try await stage.registry.admin.get(traffic)
            try #require(reply.status == 200, "\(reply)")
            var split: [String: Int64] = [:]
            for part in reply.json["splits"]?.array ?? [] {
                split[part["version"]?.string ?? ""] = part["percent"]?.integer
            }
            return split
        }
        #expect(try await split() == ["1.0.0": 100])
        try await stage.stage("1.1.0")
        let wish: JSONValue = [
            "version": "1.1.0", "steps": [10, 50, 100], "minimum_step_minutes": 60, "rationale": "ramp",
            "success_criteria": [["metric": "precision", "minimum": 0.9]],
        ]
        expectProblem(try await stage.deployer.post("/v1/models/\(stage.model)/rollouts", wish), 409)
        try await stage.approve("1.1.0")
        let started = try await stage.deployer.post("/v1/models/\(stage.model)/rollouts", wish)
        try #require(started.status == 201, "\(started)")
        #expect(try await split() == ["1.0.0": 90, "1.1.0": 10])
        let target = try #require(started["Location"])
        expectProblem(try await stage.deployer.post(target + "/advance", [:]), 409)
        expectProblem(try await stage.deployer.post("/v1/models/\(stage.model)/rollouts", wish), 409)
        let forced = try await stage.deployer.post(target + "/advance", ["force": true, "rationale": "urgent"])
        #expect(forced.status == 200, "\(forced)")
        #expect(try await split() == ["1.0.0": 50, "1.1.0": 50])
        let aborted = try await stage.deployer.post(target + "/abort", ["rationale": "errors"])
        #expect(aborted.status == 200 && aborted.json["status"] == "aborted", "\(aborted)")
        #expect(try await split() == ["1.0.0": 100])
        #expect(try await stage.inProduction() == ["1.0.0"])
    }

    @Test func monitoringSendsTenThousandAtOnce() async throws {
        let stage = try await LifecycleStage(try await Registry.shared(), "observed")
        try await stage.register("1.0.0")
        var items: [JSONValue] = []
        for index in 0..<10_000 {
            let (day, hour) = (index / 24 % 28 + 1, index % 24)
            let month = index / 672 % 12 + 1
            let two = { (number: Int) in number < 10 ? "0\(number)" : "\(number)" }
            items.append([
                "metric": .string(index < 5_000 ? "accuracy" : "daily_requests"), "value": .integer(Int64(index)),
                "at": .string("2025-\(two(month))-\(two(day))T\(two(hour)):00:00Z"),
            ])
        }
        let target = stage.path("1.0.0", "/observations")
        let reply = try await stage.author.post(target, ["observations": .array(items)])
        #expect(reply.status == 200, "\(reply)")
        #expect(reply.json["accepted"] == 10_000, "\(reply)")
        let one = try await stage.author.post(target, .array(items + [items[0]]))
        expectProblem(one, anyOf: [413, 422])
        let wrong: JSONValue = [["metric": "accuracy"], ["metric": "accuracy", "value": "x"]]
        let refused = try await stage.author.post(target, wrong)
        expectProblem(refused, 422)
        #expect(refused.pointers.count == 2, "\(refused)")
        let series = try await stage.registry.all(target + "?resolution=month&metric=accuracy")
        #expect(!series.isEmpty && series.count < 13, "\(series.count) months")
        #expect(series.reduce(0) { $0 + ($1["count"]?.integer ?? 0) } == 5_000, "\(series)")
    }

    @Test func consumersRegisterByReading() async throws {
        let stage = try await LifecycleStage(try await Registry.shared(), "consumed")
        try await stage.register("1.0.0")
        try await stage.registry.point(stage.model, "champion", at: "1.0.0")
        let target = "/v1/models/\(stage.model)/consumers"
        #expect(try await stage.registry.all(target) == [])
        let read = try await stage.registry.admin.get(stage.alias("champion"), ["Stemma-Consumer": "fraud-scorer"])
        #expect(read.status == 200)
        let consumers = try await Patience.wait(for: "the consumer", limit: .seconds(60)) {
            let list = try? await stage.registry.all(target)
            return list?.isEmpty == false ? list : nil
        }
        #expect(consumers.first?["consumer"] == "fraud-scorer" && consumers.first?["version"] == "1.0.0")
        let refused = try await stage.registry.admin.delete(stage.path("1.0.0"))
        expectProblem(refused, 409)
        #expect(refused.text.contains("fraud-scorer"), "\(refused)")
        expectProblem(try await stage.registry.admin.delete("/v1/models/\(stage.model)"), 409)
    }

    @Test func deprecatedVersionsSaySo() async throws {
        let stage = try await LifecycleStage(try await Registry.shared(), "sunset")
        try await stage.register("1.0.0")
        try await stage.registry.point(stage.model, "champion", at: "1.0.0")
        let before = try await stage.registry.admin.get(stage.path("1.0.0"))
        #expect(before["Deprecation"] == nil && before["Sunset"] == nil)
        try #require(try await stage.move("1.0.0", to: "deprecated").status == 200)
        for path in [stage.path("1.0.0"), stage.alias("champion"), stage.path("1.0.0", "/artifacts/model.pkl")] {
            let read = try await stage.registry.admin.get(path)
            // RFC 9745: a structured field's date; RFC 8594: an HTTP date.
            #expect(read["Deprecation"]?.hasPrefix("@") == true, "\(path): \(read.fields)")
            #expect(read["Sunset"]?.hasSuffix("GMT") == true, "\(path): \(read.fields)")
        }
    }

    @Test func policyRecommendsAndMovesNothing() async throws {
        let stage = try await LifecycleStage(try await Registry.shared(), "policy")
        try await stage.stage("1.0.0")
        try await stage.stage("1.1.0")
        let name = Registry.name("policy")
        let policy: JSONValue = [
            "name": .string(name), "kind": "promotion", "mode": "recommend",
            "filter": .string("model = '\(stage.model)'"),
            "criteria": [
                "business_metric": ["metric": "revenue", "required_improvement": 5],
                "metric": ["metric": "precision", "minimum": 0.9],
            ],
        ]
        expectProblem(try await stage.deployer.post("/v1/policies", policy), 403)
        let made = try await stage.registry.admin.post("/v1/policies", policy)
        try #require(made.status == 201, "\(made)")
        let target = try #require(made["Location"])
        for query in ["?dry_run=true", ""] {
            let run = try await stage.registry.admin.post("\(target)/run\(query)", [:])
            #expect(run.status == 200, "\(run)")
            let decisions = try #require(run.json["decisions"]?.array)
            #expect(
                Set(decisions.compactMap { $0["model_id"]?.string })
                    == ["\(stage.model)_v1.0.0", "\(stage.model)_v1.1.0"])
            for decision in decisions {
                // Revenue was never measured, so nobody knows.
                #expect(decision["verdict"] == "unknown", "\(decision)")
                #expect(decision["reason"]?.string?.isEmpty == false)
            }
        }
        #expect(try await stage.registry.all(target + "/runs").count == 2)
        let replaced = try await stage.registry.admin.put(
            target,
            [
                "name": .string(name), "kind": "promotion", "filter": .string("model = '\(stage.model)'"),
                "criteria": ["metric": ["metric": "precision", "minimum": 0.9]],
            ], ["If-Match": try await stage.registry.admin.get(target).etag])
        #expect(replaced.status == 200, "\(replaced)")
        let run = try await stage.registry.admin.post(target + "/run", [:])
        // Both would do, but only one version of a model can be in production.
        #expect(run.json["counts"]?["promote"] == 1, "\(run)")
        for version in ["1.0.0", "1.1.0"] { #expect(try await stage.state(version) == "staging") }
        #expect(try await stage.registry.admin.delete(target).isSuccess)
    }

    @Test func lifecycleIsVersionedData() async throws {
        let stage = try await LifecycleStage(try await Registry.fresh(), "rules")
        let admin = stage.registry.admin
        let first = try await admin.get("/v1/lifecycle")
        #expect(first.status == 200 && first.json["revision"] == 1)
        let states = Set((first.json["states"]?.array ?? []).compactMap { $0["state"]?.string })
        #expect(
            states == ["development", "validation", "staging", "production", "shadow", "deprecated", "archived"])
        try await stage.liftGuards()
        expectProblem(
            try await admin.put("/v1/lifecycle", first.json, ["If-Match": first.etag]), 412, "stale_etag")
        #expect(try await admin.get("/v1/lifecycle").json["revision"] == 2)
        #expect(try await admin.get("/v1/lifecycle/revisions/1").json["transitions"] == first.json["transitions"])
        try await stage.register("1.0.0")
        for state in ["validation", "staging", "production"] {
            try #require(try await stage.move("1.0.0", to: state).status == 200)
        }
        let report = try await admin.post("/v1/lifecycle/backtest", ["definition": first.json])
        #expect(report.status == 200, "\(report)")
        #expect(report.json.mentions("approval_gates") && report.json.mentions("production"), "\(report)")
        #expect(try await admin.get("/v1/lifecycle").json["revision"] == 2)
        try await stage.registry.daemon.stop()
    }

    @Test func confirmedPromotionSurvivesTheCrash() async throws {
        let first = try await Registry.fresh()
        let stage = try await LifecycleStage(first, "crash")
        try await stage.launch("1.0.0")
        try await stage.stage("1.1.0")
        try await stage.approve("1.1.0")
        let done = try await stage.promote("1.1.0", against: "1.0.0")
        try #require(done.status == 200, "\(done)")
        try await first.daemon.kill()
        let second = try await first.restarted()
        let read = try await second.admin.get(stage.alias("production"))
        #expect(read.json["version"] == "1.1.0" && read.json["state"] == "production", "\(read)")
        let listed = try await second.all("/v1/models/\(stage.model)/versions")
        let states = Dictionary(
            uniqueKeysWithValues: listed.map { ($0["version"]?.string ?? "", $0["state"]?.string ?? "") })
        #expect(states == ["1.0.0": "deprecated", "1.1.0": "production"])
        let events = try await second.all("/v1/audit?model=\(stage.model)")
        let event = try #require(events.first { $0["sequence"] == done.json["audit_sequence"] })
        #expect(event["model_id"]?.string == "\(stage.model)_v1.1.0")
        #expect((event["approvers"]?.array ?? []).count == 4)
        let history = try await second.all(stage.path("1.1.0", "/transitions"))
        #expect(history.contains { $0["to"] == "production" && $0["audit_sequence"] == event["sequence"] })
        let traffic = try await second.admin.get("/v1/models/\(stage.model)/traffic").json
        #expect(traffic["splits"]?.array?.count == 1 && traffic.mentions("1.1.0"), "\(traffic)")
        try await second.daemon.stop()
    }
}
