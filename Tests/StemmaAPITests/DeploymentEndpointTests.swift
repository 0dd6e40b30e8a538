import StemmaHTTP
import StemmaJSON
import StemmaTesting
import Testing

@testable import StemmaAPI
@testable import StemmaRegistry

@Suite struct DeploymentEndpointTests {
    private func readiness(_ harness: APIHarness, _ ref: String, _ environment: String) async -> Reply {
        await harness.ask(.get, "/v1/models/m/versions/\(ref)/readiness?environment=\(environment)")
    }

    private func failed(_ json: JSONValue) -> [String] {
        (json["checks"]?.array ?? []).filter { $0["passed"]?.bool == false }.compactMap { $0["name"]?.string }
    }

    /// Each environment of the default lifecycle passes what it is for, and refuses what it is not.
    @Test func readinessFollowsTheEnvironmentsRule() async throws {
        try await APIHarness.with { harness in
            try await harness.deployable("m", "1.0.0", in: .development)
            try await harness.publish("m", "0.9.0", more: #","use_case":"bare""#)
            for (environment, wanted) in [
                ("development", []), ("staging", ["state_allowed"]),
                ("production", ["state_allowed", "approval_gates"]),
            ] {
                let reply: Reply = await readiness(harness, "1.0.0", environment)
                #expect(reply.status == 200)
                #expect(reply.json["ready"]?.bool == wanted.isEmpty, "\(environment)")
                #expect(failed(reply.json) == wanted, "\(environment): \(reply.text)")
                #expect(reply.json["model_id"]?.string == "m_v1.0.0")
                #expect(reply.json["environment"]?.string == environment)
                #expect(reply.json["checks"]?.array?.first?["name"]?.string == "state_allowed")
            }
            let bare: Reply = await readiness(harness, "0.9.0", "staging")
            #expect(failed(bare.json) == ["state_allowed", "artifact_present", "declared_resources"])
            #expect(failed(await readiness(harness, "0.9.0", "development").json) == ["artifact_present"])
            try await harness.put("m", "1.0.0", into: .staging)
            #expect(await readiness(harness, "1.0.0", "staging").json["ready"]?.bool == true)
            try await harness.put("m", "1.0.0", into: .production)
            #expect(failed(await readiness(harness, "1.0.0", "production").json) == ["approval_gates"])
            try await harness.approve("m", "1.0.0")
            let ready: Reply = await readiness(harness, "latest", "production")
            #expect(ready.json["ready"]?.bool == true, "\(ready.text)")
            #expect(
                ready.headers["content-location"] == "/v1/models/m/versions/1.0.0/readiness?environment=production")
            try await harness.put("m", "1.0.0", into: .archived)
            #expect(failed(await readiness(harness, "1.0.0", "development").json) == ["state_allowed"])
        }
    }

    @Test func readinessNeedsAKnownEnvironment() async throws {
        try await APIHarness.with { harness in
            try await harness.deployable("m", "1.0.0")
            let unknown: Reply = await readiness(harness, "1.0.0", "moon")
            #expect(unknown.status == 404)
            #expect(unknown.code == "environment_not_found")
            #expect(
                Set(unknown.json["environments"]?.array?.compactMap(\.string) ?? []) == [
                    "development", "staging", "production",
                ])
            #expect(unknown.json["detail"]?.string?.contains("staging") == true)
            for query in ["", "?environment="] {
                let missing: Reply = await harness.ask(.get, "/v1/models/m/versions/1.0.0/readiness" + query)
                #expect(missing.status == 422)
                #expect(missing.pointers == ["?environment"])
            }
            #expect(await readiness(harness, "9.9.9", "staging").code == "version_not_found")
            #expect(await readiness(harness, "@nobody", "staging").code == "alias_not_found")
        }
    }

    @Test func draftsAreNeverReady() async throws {
        try await APIHarness.with { harness in
            _ = await harness.send(
                .post, "/v1/models/m/versions?create_model=true", #"{"version":"1.0.0","draft":true}"#)
            let path: String = "/v1/models/m/versions/1.0.0/artifacts/f"
            #expect(await harness.ask(.put, path, body: .bytes([1])).status < 300)
            #expect(failed(await readiness(harness, "1.0.0", "development").json) == ["state_allowed"])
            #expect(await harness.deploy("m", "1.0.0", to: "development").code == "not_ready")
            _ = await harness.ask(.post, "/v1/models/m/versions/1.0.0/publish")
            #expect(await harness.deploy("m", "1.0.0", to: "development").status == 201)
        }
    }

    @Test func aDeploymentStaysWithTheVersionItsReferenceMeant() async throws {
        try await APIHarness.with { harness in
            try await harness.deployable("m", "1.0.0", in: .staging)
            _ = await harness.send(.put, "/v1/models/m/aliases/blue", #"{"version":"1.0.0"}"#)
            let made: Reply = await harness.deploy(
                "m", "@blue", to: "staging",
                more: #","rationale":"release 7","detail":"cluster a","annotations":{"ticket":"OPS-1"}"#)
            #expect(made.status == 201, "\(made.text)")
            let target: String = try #require(made.headers["location"])
            #expect(made.json["version"]?.string == "1.0.0")
            #expect(made.json["ref"]?.string == "@blue")
            #expect(made.json["status"]?.string == "pending")
            #expect(made.json["current"]?.bool == false)
            #expect(made.json["rationale"]?.string == "release 7")
            #expect(made.json["detail"]?.string == "cluster a")
            #expect(made.json["annotations"]?["ticket"]?.string == "OPS-1")
            #expect(made.json["created_by"]?.string == "admin")
            try await harness.deployable("m", "1.1.0", in: .staging, more: #","use_case":"x""#)
            _ = await harness.send(.put, "/v1/models/m/aliases/blue", #"{"version":"1.1.0"}"#)
            let read: Reply = await harness.ask(.get, target)
            #expect(read.body == made.body)
            #expect(read.headers["etag"] == made.headers["etag"])
            let version: Reply = await harness.ask(.get, "/v1/models/m/versions/1.0.0")
            #expect(read.json["manifest_digest"] == version.json["manifest_digest"])
            #expect(read.json["artifacts_digest"] == version.json["artifacts_digest"])
            #expect(version.json["deployment_status"]?.string == "pending_staging")
            for ref in ["latest", "^1.0", "1.1.0", "v1.1.0"] {
                #expect(await harness.deploy("m", ref, to: "development").json["version"]?.string == "1.1.0", "\(ref)")
            }
        }
    }

    @Test func whatIsNotReadyIsNotDeployed() async throws {
        try await APIHarness.with { harness in
            try await harness.deployable("m", "1.0.0", in: .development)
            let refused: Reply = await harness.deploy("m", "1.0.0", to: "production")
            #expect(refused.status == 409)
            #expect(refused.code == "not_ready")
            #expect(failed(refused.json) == ["state_allowed", "approval_gates"])
            #expect(refused.json["ready"]?.bool == false)
            #expect(refused.json["detail"]?.string?.contains("state_allowed") == true)
            for (body, status, code) in [
                (#"{"model":"m","ref":"1.0.0","environment":"moon"}"#, 404, "environment_not_found"),
                (#"{"model":"x","ref":"1.0.0","environment":"staging"}"#, 404, "model_not_found"),
                (#"{"model":"m","ref":"2.0.0","environment":"staging"}"#, 404, "version_not_found"),
                (#"{"model":"m","ref":"@x","environment":"staging"}"#, 404, "alias_not_found"),
                (#"{"model":"m","ref":"1.0.0"}"#, 422, "validation_failed"),
                (#"{"ref":"1.0.0","environment":"staging"}"#, 422, "validation_failed"),
                (#"{"model":"m","environment":"staging"}"#, 422, "validation_failed"),
                (#"{"model":"m","ref":"1.0.0","environment":"staging","status":"deployed"}"#, 422, "validation_failed"),
                (
                    #"{"model":"m","ref":"1.0.0","environment":"staging","annotations":{"a":1}}"#, 422,
                    "validation_failed"
                ),
            ] {
                let reply: Reply = await harness.send(.post, "/v1/deployments", body)
                #expect(reply.status == status, "\(body)")
                #expect(reply.code == code, "\(body)")
            }
            #expect(await harness.ask(.get, "/v1/deployments").items("id").isEmpty)
        }
    }

    @Test func aDryRunLeavesNothingBehind() async throws {
        try await APIHarness.with { harness in
            try await harness.deployable("m", "1.0.0", in: .staging)
            let body: String = #"{"model":"m","ref":"1.0.0","environment":"staging"}"#
            let dry: Reply = await harness.send(.post, "/v1/deployments?dry_run=true", body)
            #expect(dry.status == 201)
            #expect(dry.json["status"]?.string == "pending")
            #expect(await harness.ask(.get, "/v1/deployments").items("id").isEmpty)
            let version: Reply = await harness.ask(.get, "/v1/models/m/versions/1.0.0")
            #expect(version.json["deployment_status"]?.isNull == true)
            #expect(try await harness.registry.events().allSatisfy { $0.record.action != "create_deployment" })
            let key: [(String, String)] = [("idempotency-key", "k")]
            let first: Reply = await harness.send(.post, "/v1/deployments", body, key)
            let again: Reply = await harness.send(.post, "/v1/deployments", body, key)
            #expect(first.json["id"] == again.json["id"])
            #expect(await harness.ask(.get, "/v1/deployments").items("id").count == 1)
        }
    }

    /// Every way from every status to every other one.
    @Test func onlyTheWaysOfTheStatusMachineAreOpen() async throws {
        try await APIHarness.with { harness in
            try await harness.deployable("m", "1.0.0", in: .staging)
            let ways: [String: [String]] = [
                "pending": [], "deployed": ["deployed"], "failed": ["failed"], "rolled_back": ["rolled_back"],
            ]
            let open: [String: Set<String>] = [
                "pending": ["deployed", "failed", "rolled_back"], "deployed": ["failed", "rolled_back"],
                "failed": ["pending", "rolled_back"], "rolled_back": [],
            ]
            for (from, steps) in ways {
                for to in ways.keys where to != from {
                    let made: Reply = await harness.deploy("m", "1.0.0", to: "staging")
                    let target: String = try #require(made.headers["location"])
                    for step in steps {
                        #expect(await harness.send(.patch, target, #"{"status":"\#(step)"}"#).status == 200)
                    }
                    let reply: Reply = await harness.send(.patch, target, #"{"status":"\#(to)"}"#)
                    if open[from]?.contains(to) == true {
                        #expect(reply.status == 200, "\(from) to \(to)")
                        #expect(reply.json["status"]?.string == to)
                        let version: Reply = await harness.ask(.get, "/v1/models/m/versions/1.0.0")
                        #expect(version.json["deployment_status"]?.string == to + "_staging")
                    } else {
                        #expect(reply.status == 409, "\(from) to \(to)")
                        #expect(reply.code == "deployment_status_refused")
                        #expect(reply.json["current_status"]?.string == from)
                        #expect(Set(reply.json["allowed"]?.array?.compactMap(\.string) ?? []) == open[from])
                        for name in open[from] ?? [] {
                            #expect(reply.json["detail"]?.string?.contains(name) == true)
                        }
                        #expect(await harness.ask(.get, target).json["status"]?.string == from)
                    }
                }
            }
        }
    }

    @Test func detailsChangeWithoutAMove() async throws {
        try await APIHarness.with { harness in
            try await harness.deployable("m", "1.0.0", in: .staging)
            let made: Reply = await harness.deploy("m", "1.0.0", to: "staging", more: #","detail":"d","rationale":"r""#)
            let target: String = try #require(made.headers["location"])
            harness.clock.advance(milliseconds: 1_000)
            for body in ["{}", #"{"status":"pending"}"#, #"{"detail":"d"}"#] {
                let same: Reply = await harness.send(.patch, target, body)
                #expect(same.status == 200)
                #expect(same.headers["etag"] == made.headers["etag"], "\(body)")
            }
            let changed: Reply = await harness.send(.patch, target, #"{"detail":"e","rationale":null}"#)
            #expect(changed.json["detail"]?.string == "e")
            #expect(changed.json["rationale"]?.isNull == true)
            #expect(changed.json["updated_at"] != made.json["updated_at"])
            #expect(changed.headers["etag"] != made.headers["etag"])
            let etag: String = try #require(made.headers["etag"])
            let stale: Reply = await harness.send(.patch, target, #"{"status":"deployed"}"#, [("if-match", etag)])
            #expect(stale.code == "stale_etag")
            let fresh: String = try #require(changed.headers["etag"])
            #expect(
                await harness.send(.patch, target, #"{"status":"deployed"}"#, [("if-match", fresh)]).status == 200)
            #expect(await harness.ask(.get, target, [("if-none-match", fresh)]).status == 200)
            for body in [#"{"status":"gone"}"#, #"{"status":null}"#, #"{"version":"1.0.0"}"#, #"{"detail":1}"#, "[]"] {
                #expect(await harness.send(.patch, target, body).status == 422, "\(body)")
            }
            #expect(await harness.send(.patch, "/v1/deployments/dep_x", "{}").code == "deployment_not_found")
            #expect(await harness.ask(.get, "/v1/deployments/dep_x").code == "deployment_not_found")
        }
    }

    /// What was ready when it was asked for may no longer be so when it arrives.
    @Test func arrivingAndTryingAgainAskOnceMore() async throws {
        try await APIHarness.with { harness in
            try await harness.deployable("m", "1.0.0", in: .staging)
            let made: Reply = await harness.deploy("m", "1.0.0", to: "staging")
            let target: String = try #require(made.headers["location"])
            try await harness.put("m", "1.0.0", into: .deprecated)
            let refused: Reply = await harness.send(.patch, target, #"{"status":"deployed"}"#)
            #expect(refused.code == "not_ready")
            #expect(failed(refused.json) == ["state_allowed"])
            #expect(await harness.send(.patch, target, #"{"status":"failed"}"#).status == 200)
            #expect(await harness.send(.patch, target, #"{"status":"pending"}"#).code == "not_ready")
            try await harness.put("m", "1.0.0", into: .staging)
            #expect(await harness.send(.patch, target, #"{"status":"pending"}"#).status == 200)
            try await harness.put("m", "1.0.0", into: .deprecated)
            #expect(await harness.ask(.delete, "/v1/models/m/versions/1.0.0").status == 204)
            #expect(await harness.send(.patch, target, #"{"status":"deployed"}"#).code == "version_not_found")
            #expect(await harness.send(.patch, target, #"{"status":"rolled_back"}"#).status == 200)
        }
    }

    @Test func theLastOneToArriveIsCurrent() async throws {
        try await APIHarness.with { harness in
            for version in ["1.0.0", "1.1.0"] {
                try await harness.deployable(
                    "m", version, in: .staging, more: APIHarness.complete + #","use_case":"\#(version)""#)
            }
            func current(_ more: String = "") async -> [String] {
                let filter: String = ResourcePath.segment("current = true" + more)
                return await harness.ask(.get, "/v1/deployments?order_by=created_at&filter=" + filter).items("version")
            }
            let first: String = try await harness.deployed("m", "1.0.0", to: "staging")
            #expect(await current() == ["1.0.0"])
            // The clock stands still: the order of events decides, not the time.
            let second: String = try await harness.deployed("m", "1.1.0", to: "staging")
            #expect(await current() == ["1.1.0"])
            #expect(await harness.ask(.get, first).json["current"]?.bool == false)
            #expect(await harness.ask(.get, first).json["status"]?.string == "deployed")
            _ = try await harness.deployed("m", "1.0.0", to: "development")
            #expect(await current(" AND environment = 'staging'") == ["1.1.0"])
            #expect(await current() == ["1.1.0", "1.0.0"])
            #expect(await harness.send(.patch, second, #"{"status":"rolled_back"}"#).status == 200)
            #expect(await harness.ask(.get, first).json["current"]?.bool == true)
            #expect(await harness.ask(.get, second).json["current"]?.bool == false)
        }
    }

    @Test func everyChangeIsInTheLogOfTheVersion() async throws {
        try await APIHarness.with { harness in
            try await harness.deployable("m", "1.0.0", in: .staging)
            let made: Reply = await harness.deploy(
                "m", "1.0.0", to: "staging", more: #","rationale":"go","detail":"secret place""#)
            let target: String = try #require(made.headers["location"])
            _ = await harness.send(.patch, target, #"{"status":"deployed","rationale":"it works"}"#)
            _ = await harness.send(.patch, target, #"{"status":"deployed"}"#)
            let events: [AuditEvent] = try await harness.registry.events().filter {
                $0.record.action.hasSuffix("_deployment")
            }
            #expect(events.map(\.record.action) == ["create_deployment", "update_deployment"])
            let manifest: JSONValue? = made.json["manifest_digest"]
            for (event, status) in zip(events, ["pending", "deployed"]) {
                #expect(event.detail["environment"]?.string == "staging")
                #expect(event.detail["status"]?.string == status)
                #expect(event.detail["manifest_digest"] == manifest)
                #expect(event.detail["deployment"] == made.json["id"])
                #expect(!JSONValue.object(event.detail).description.contains("secret place"))
            }
            #expect(events[0].personal["rationale"]?.string == "go")
            #expect(events[1].personal["rationale"]?.string == "it works")
            #expect(events[1].detail["from_status"]?.string == "pending")
            let listed: Reply = await harness.ask(.get, "/v1/audit?model=m&action=update_deployment")
            #expect(listed.items("model_id") == ["m_v1.0.0"])
        }
    }

    @Test func writingNeedsItsPermissionAndScopesHold() async throws {
        try await APIHarness.with { harness in
            for model in ["a_one", "b_one"] {
                try await harness.deployable(model, "1.0.0", in: .staging)
                _ = try await harness.deployed(model, "1.0.0", to: "staging")
            }
            let deployer: APIHarness.Token = .secret(
                try await harness.registry.token("d", roles: ["deployer"], models: ["a_*"]))
            let publisher: APIHarness.Token = .secret(try await harness.registry.token("p", roles: ["publisher"]))
            let made: Reply = await harness.deploy("a_one", "1.0.0", to: "staging", token: deployer)
            #expect(made.status == 201)
            let own: String = try #require(made.headers["location"])
            #expect(await harness.deploy("b_one", "1.0.0", to: "staging", token: deployer).code == "model_not_found")
            #expect(await harness.deploy("a_one", "1.0.0", to: "staging", token: publisher).status == 403)
            #expect(await harness.send(.patch, own, #"{"status":"failed"}"#, token: publisher).status == 403)
            #expect(await harness.ask(.get, own, token: publisher).status == 200)
            let seen: Reply = await harness.ask(.get, "/v1/deployments", token: deployer)
            #expect(Set(seen.items("model")) == ["a_one"])
            let all: Reply = await harness.ask(.get, "/v1/deployments?filter=model%20%3D%20%27b_one%27")
            let foreign: String = "/v1/deployments/" + (try #require(all.items("id").first))
            #expect(await harness.ask(.get, foreign, token: deployer).code == "deployment_not_found")
            let patched: Reply = await harness.send(.patch, foreign, #"{"status":"failed"}"#, token: deployer)
            #expect(patched.code == "deployment_not_found")
            #expect(await harness.send(.patch, own, #"{"status":"failed"}"#, token: deployer).status == 200)
        }
    }

    @Test func listsAreFilteredOrderedAndPaged() async throws {
        try await APIHarness.with { harness in
            for version in ["1.9.0", "1.10.0"] {
                try await harness.deployable(
                    "m", version, in: .staging, more: APIHarness.complete + #","use_case":"\#(version)""#)
            }
            for (version, environment) in [("1.9.0", "staging"), ("1.10.0", "staging"), ("1.9.0", "development")] {
                _ = try await harness.deployed("m", version, to: environment)
                harness.clock.advance(milliseconds: 1_000)
            }
            let newest: Reply = await harness.ask(.get, "/v1/deployments?limit=2")
            #expect(newest.items("environment") == ["development", "staging"])
            let cursor: String = try #require(newest.json["next_cursor"]?.string)
            #expect(
                await harness.ask(.get, "/v1/deployments?limit=2&cursor=" + cursor).items("version") == ["1.9.0"])
            let ordered: Reply = await harness.ask(.get, "/v1/deployments?order_by=version%20desc,created_at")
            #expect(ordered.items("version") == ["1.10.0", "1.9.0", "1.9.0"])
            let filter: String = ResourcePath.segment("version < '1.10.0' AND environment = 'staging'")
            #expect(await harness.ask(.get, "/v1/deployments?filter=" + filter).items("version") == ["1.9.0"])
            #expect(await harness.ask(.get, "/v1/deployments?filter=nothing%20%3D%201").code == "invalid_filter")
        }
    }
}
