import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaTesting
import Testing

/// Scans: what they say, whom they show it, and that there is one at a time.
@Suite struct ScanTests {
    private static let scans: String = "/v1/compliance/scans"

    @Test func aScanTellsWhatItAskedAndFound() async throws {
        try await ComplianceScene.with { scene in
            try await scene.serve("staging")
            let reply: Reply = await scene.harness.send(
                .post, Self.scans, #"{"frameworks":["gdpr","sox"]}"#, [("idempotency-key", "k1")])
            #expect(reply.status == 201)
            let scan: JSONValue = reply.json
            #expect(reply.headers["location"] == Self.scans + "/" + (scan["id"]?.string ?? ""))
            #expect(scan["frameworks"]?.array?.compactMap(\.string) == ["sox", "gdpr"])
            #expect(scan["packs"]?.array?.count == 2)
            #expect(scan["packs"]?.array?.first?["digest"]?.string?.hasPrefix("sha256:") == true)
            let rules: [String] = (scan["rules"]?.array ?? []).compactMap { $0["id"]?.string }
            #expect(rules.contains("SOD-01") && rules.contains("DAT-05") && !rules.contains("INV-01"))
            #expect(scan["as_of_audit_size"]?.integer ?? 0 > 0)
            // The model, its version, and the registry.
            #expect(scan["subjects"]?.integer == 3)
            #expect(scan["counts"]?["LOG-02"]?["fail"]?.integer == 1)
            #expect(scan["counts"]?["CHG-05"]?["not_applicable"]?.integer == 1)
            let again: Reply = await scene.harness.send(
                .post, Self.scans, #"{"frameworks":["gdpr","sox"]}"#, [("idempotency-key", "k1")])
            #expect(again.json["id"] == scan["id"])
            #expect(again.headers["idempotent-replayed"] == "true")
            let event: AuditEvent? = try await scene.harness.registry.events().last {
                $0.record.action == "scan_compliance"
            }
            #expect(event?.record.resource.type == "registry")
        }
    }

    @Test func wishesAreChecked() async throws {
        try await ComplianceScene.with { scene in
            for (body, pointer) in [
                (#"{"frameworks":["nope"]}"#, "/frameworks/0"), (#"{"frameworks":[]}"#, "/frameworks"),
                (#"{"models":[1]}"#, "/models/0"), (#"{"x":1}"#, "/x"),
            ] {
                let reply: Reply = await scene.harness.send(.post, Self.scans, body)
                #expect(reply.status == 422)
                #expect(reply.pointers == [pointer])
            }
            #expect(await scene.harness.ask(.get, Self.scans + "/scan_x").code == "scan_not_found")
            #expect(await scene.harness.ask(.get, "/v1/compliance/rules?framework=x").code == "framework_not_found")
            let scoped: APIHarness.Token = try await scene.token("aude", ["auditor"], models: ["m"])
            #expect(await scene.harness.ask(.post, Self.scans, token: scoped).status == 403)
            let publisher: APIHarness.Token = try await scene.token("paul", ["publisher"])
            #expect(await scene.harness.ask(.post, Self.scans, token: publisher).status == 403)
        }
    }

    @Test func aScanOfSomeModelsLeavesTheOthersAlone() async throws {
        try await ComplianceScene.with { scene in
            for model in ["a_one", "b_two"] {
                try await scene.harness.publish(model, "1.0.0", more: ComplianceScene.complete)
                try await scene.harness.place(model, "1.0.0", in: .staging)
            }
            try await scene.scan(#"{"models":["a_*"]}"#)
            #expect(try await scene.status("INV-03", "a_one_v1.0.0") == "open")
            #expect(try await scene.violation("INV-03", "b_two_v1.0.0") == nil)
            #expect(try await scene.violation("LOG-02", "registry") == nil)
            try await scene.scan()
            #expect(try await scene.status("INV-03", "b_two_v1.0.0") == "open")
            try await scene.harness.place("b_two", "1.0.0", in: .development)
            try await scene.scan(#"{"models":["a_*"]}"#)
            #expect(try await scene.status("INV-03", "b_two_v1.0.0") == "open")
            try await scene.scan(#"{"frameworks":["hipaa"]}"#)
            #expect(try await scene.status("INV-03", "b_two_v1.0.0") == "open")
            try await scene.scan(#"{"models":["b_*"],"frameworks":["model-risk"]}"#)
            #expect(try await scene.status("INV-03", "b_two_v1.0.0") == "closed")
        }
    }

    @Test func resultsAreFiltered() async throws {
        try await ComplianceScene.with { scene in
            try await scene.serve("staging")
            try await scene.harness.publish("n", "1.0.0")
            let id: String = try #require(try await scene.scan()["id"]?.string)
            let target: String = Self.scans + "/\(id)/results"
            func results(_ query: String, token: APIHarness.Token = .admin) async throws -> [JSONValue] {
                var items: [JSONValue] = []
                var next: String? = target + "?limit=7" + query
                while let page = next {
                    let reply: Reply = await scene.harness.ask(.get, page, token: token)
                    try #require(reply.status == 200, "\(reply.text)")
                    items += reply.json["items"]?.array ?? []
                    next = reply.json["next_cursor"]?.string.map { target + "?limit=7\(query)&cursor=\($0)" }
                }
                return items
            }
            let all: [JSONValue] = try await results("")
            let rules: [JSONValue] = try #require(
                await scene.harness.ask(.get, "/v1/compliance/rules?limit=500").json["items"]?.array)
            let scoped: (String) -> Int = { scope in rules.count { $0["scope"]?.string == scope } }
            #expect(all.count == 2 * scoped("model") + 2 * scoped("version") + scoped("registry"))
            let keys: [String] = all.map { "\($0["rule"] ?? .null) \($0["subject"]?["id"] ?? .null)" }
            #expect(Set(keys).count == keys.count)
            let failed: [JSONValue] = try await results("&outcome=fail&model=m")
            #expect(!failed.isEmpty)
            #expect(failed.allSatisfy { $0["violation"]?.string != nil && $0["subject"]?["model"]?.string == "m" })
            #expect(failed.contains { $0["rule"]?.string == "INV-03" })
            let one: [JSONValue] = try await results("&rule=INV-03")
            #expect(one.compactMap { $0["outcome"]?.string } == ["fail", "not_applicable"])
            let framework: [JSONValue] = try await results("&framework=ccpa&outcome=not_applicable")
            #expect(framework.contains { $0["rule"]?.string == "CCPA-01" })
            #expect(framework.allSatisfy { ["CCPA-01", "CCPA-02", "LOG-01", "HOLD-01"].contains($0["rule"]?.string) })
            #expect(await scene.harness.ask(.get, target + "?outcome=bad").status == 422)
            #expect(await scene.harness.ask(.get, target + "?cursor=bad").code == "invalid_cursor")
        }
    }

    @Test func aScanNamesNoModelOutOfReach() async throws {
        try await ComplianceScene.with { scene in
            for model in ["a_one", "secret_b"] { try await scene.harness.publish(model, "1.0.0") }
            let wish: String = #"{"models":["secret_b","a_one","a_*","*_b","a?one"]}"#
            let id: String = try #require(try await scene.scan(wish)["id"]?.string)
            let hidden: String = try #require(try await scene.scan(#"{"models":["secret_*"]}"#)["id"]?.string)
            _ = try await scene.scan()
            let token: APIHarness.Token = try await scene.token("aude", ["auditor"], models: ["a_*"])
            let read: JSONValue = await scene.harness.ask(.get, Self.scans + "/" + id, token: token).json
            #expect(read["models"]?.array?.compactMap(\.string) == ["a_one", "a_*"])
            let other: JSONValue = await scene.harness.ask(.get, Self.scans + "/" + hidden, token: token).json
            #expect(other["models"]?.array?.isEmpty == true && other["subjects"]?.integer == 0)
            let listed: Reply = await scene.harness.ask(.get, Self.scans, token: token)
            #expect(
                !listed.text.contains("secret")
                    && listed.json["items"]?.array?.first?["models"]?.array?.compactMap(\.string) == ["*"])
            let whole: JSONValue = await scene.harness.ask(.get, Self.scans + "/" + id).json
            #expect(whole["models"]?.array?.count == 5)
        }
    }

    @Test func aScopedTokenSeesItsModelsAlone() async throws {
        try await ComplianceScene.with { scene in
            for model in ["a_one", "b_two"] {
                try await scene.harness.publish(model, "1.0.0", more: ComplianceScene.complete)
                try await scene.harness.place(model, "1.0.0", in: .staging)
            }
            let scan: JSONValue = try await scene.scan()
            let id: String = try #require(scan["id"]?.string)
            for token in [
                try await scene.token("aude", ["auditor"], models: ["a_*"]),
                try await scene.token("paul", ["publisher"], models: ["a_*"]),
            ] {
                let read: JSONValue = await scene.harness.ask(.get, Self.scans + "/" + id, token: token).json
                #expect(read["subjects"]?.integer == 2)
                #expect(read["counts"]?["INV-03"]?["fail"]?.integer == 1)
                #expect(read["counts"]?["LOG-02"]?["fail"]?.integer == 0)
                let listed: Reply = await scene.harness.ask(.get, Self.scans, token: token)
                #expect(listed.json["items"]?.array?.first?["subjects"]?.integer == 2)
                let results: Reply = await scene.harness.ask(
                    .get, Self.scans + "/\(id)/results?limit=500", token: token)
                let models: Set<String> = Set(
                    (results.json["items"]?.array ?? []).compactMap { $0["subject"]?["model"]?.string })
                #expect(models == ["a_one"])
                #expect(!results.text.contains("b_two") && !results.text.contains("\"registry\""))
                let violations: Reply = await scene.harness.ask(
                    .get, "/v1/compliance/violations?limit=500", token: token)
                #expect(violations.text.contains("a_one"))
                #expect(!violations.text.contains("b_two") && !violations.text.contains("\"registry\""))
                for type in ["application/json", "text/csv", "text/html"] {
                    let report: Reply = await scene.harness.ask(
                        .get, "/v1/compliance/reports/model-risk", token: token, [("accept", type)])
                    #expect(report.text.contains("a_one") && !report.text.contains("b_two"))
                }
            }
            // Somebody who makes models everywhere still does not see what is about the registry.
            let maker: APIHarness.Token = try await scene.token("mia", ["publisher"])
            let violations: Reply = await scene.harness.ask(
                .get, "/v1/compliance/violations?limit=500", token: maker)
            #expect(violations.text.contains("b_two") && !violations.text.contains("LOG-02"))
        }
    }

    @Test func thereIsOneScanAtATime() async throws {
        try await ComplianceScene.with { scene in
            for number in 0..<40 { try await scene.harness.publish("m", "1.0.\(number)") }
            let statuses: [Int] = await withTaskGroup(of: Int.self) { group in
                for _ in 0..<4 { group.addTask { await scene.harness.ask(.post, Self.scans).status } }
                var statuses: [Int] = []
                for await status in group { statuses.append(status) }
                return statuses
            }
            #expect(Set(statuses).isSubset(of: [201, 409]))
            #expect(statuses.contains(201))
            // Whoever came second left nothing behind.
            #expect(await scene.harness.ask(.get, Self.scans).items("status").count == statuses.count { $0 == 201 })
            #expect(await scene.harness.ask(.post, Self.scans).status == 201)
        }
    }

    @Test func theRegistryScansByItself() async throws {
        try await ComplianceScene.with { scene in
            let automation = ComplianceAutomation(core: scene.harness.registry.core)
            try await automation.run()
            #expect(await scene.harness.ask(.get, Self.scans).items("id").isEmpty)
            scene.pass(days: 1)
            try await automation.run()
            try await automation.run()
            let scans: Reply = await scene.harness.ask(.get, Self.scans)
            #expect(scans.items("cause") == ["scheduled"])
            #expect(scans.items("by") == ["stemma"])
            scene.harness.clock.advance(milliseconds: 86_399_999)
            try await automation.run()
            #expect(await scene.harness.ask(.get, Self.scans).items("id").count == 1)
            scene.harness.clock.advance(milliseconds: 1)
            try await automation.run()
            #expect(await scene.harness.ask(.get, Self.scans).items("id").count == 2)
        }
        let never = RegistryPolicy(complianceScanMilliseconds: 0)
        try await ComplianceScene.with(policy: never) { scene in
            scene.pass(days: 90)
            try await ComplianceAutomation(core: scene.harness.registry.core).run()
            #expect(await scene.harness.ask(.get, Self.scans).items("id").isEmpty)
        }
    }

    @Test func frameworksThatAreSwitchedOffAreNotThere() async throws {
        let policy = RegistryPolicy(complianceFrameworks: ["ccpa"])
        try await ComplianceScene.with(policy: policy) { scene in
            let rules: Reply = await scene.harness.ask(.get, "/v1/compliance/rules")
            #expect(rules.items("id") == ["CCPA-01", "CCPA-02", "HOLD-01", "LOG-01"])
            #expect(rules.json["items"]?.array?.first?["frameworks"]?.array?.compactMap(\.string) == ["ccpa"])
            #expect(await scene.harness.ask(.get, "/v1/compliance/reports/sox").code == "framework_not_found")
            let scan: JSONValue = try await scene.scan()
            #expect(scan["counts"]?.object?.members.map(\.name) == ["CCPA-01", "CCPA-02", "HOLD-01", "LOG-01"])
        }
    }
}
