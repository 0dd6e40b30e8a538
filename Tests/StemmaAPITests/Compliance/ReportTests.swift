import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaTesting
import Testing

/// Reports in their three forms.
@Suite struct ReportTests {
    private static let report: String = "/v1/compliance/reports/"

    /// A violation that is open, one that is waived and one that was closed, two days after the start.
    private func withFindings(_ body: (ComplianceScene) async throws -> Void) async throws {
        try await ComplianceScene.with { scene in
            try await scene.serve("staging")
            try await scene.patchModel(#"{"owner":"=cmd|' /C calc'!A0"}"#)
            try await scene.scan()
            let id: String = try #require(try await scene.violation("DOC-01")?["id"]?.string)
            let aude: APIHarness.Token = try await scene.token("<img src=x>", ["auditor"])
            let waived: Reply = await scene.harness.send(
                .patch, "/v1/compliance/violations/" + id,
                #"{"waiver":{"reason":"+1 <script>alert('x')</script> & \"so\"","expires_at":"2024-03-01"}}"#,
                token: aude)
            try #require(waived.status == 200, "\(waived.text)")
            scene.pass(days: 2)
            try await scene.assess(#"{"tier":4,"exposure":4,"purpose":4}"#)
            try await scene.scan()
            _ = try await scene.harness.registry.log.checkpoint()
            try await body(scene)
        }
    }

    @Test func jsonSaysEverything() async throws {
        try await withFindings { scene in
            let reply: Reply = await scene.harness.ask(.get, Self.report + "model-risk")
            #expect(reply.headers["content-type"] == "application/json")
            #expect(reply.headers["vary"] == "accept")
            let report: JSONValue = reply.json
            #expect(report["framework"]?.string == "model-risk")
            #expect(report["pack"]?["digest"]?.string?.hasPrefix("sha256:") == true)
            #expect(report["scan"]?["pack"]?["digest"] == report["pack"]?["digest"])
            #expect(report["scan"]?["as_of_audit_size"]?.integer ?? 0 > 0)
            #expect(report["audit_log"]?["root"]?.string?.hasPrefix("sha256:") == true)
            #expect(report["audit_log"]?["note"]?.string?.contains("stemma.test/audit") == true)
            let rules: [JSONValue] = report["rules"]?.array ?? []
            let inventory: JSONValue = try #require(rules.first { $0["id"]?.string == "INV-03" })
            #expect(inventory["counts"]?["pass"]?.integer == 1)
            #expect(inventory["citations"]?.array?.isEmpty == false)
            let card: JSONValue = try #require(rules.first { $0["id"]?.string == "DOC-01" })
            #expect(card["counts"]?["waived"]?.integer == 1)
            #expect(report["waived"]?.array?.compactMap { $0["rule"]?.string } == ["DOC-01"])
            #expect(report["waived"]?.array?.first?["waiver_approver"]?.string == "<img src=x>")
            let closed: JSONValue = try #require(
                report["closed"]?.array?.first { $0["rule"]?.string == "INV-03" })
            #expect(closed["hours_to_close"]?.integer == 48)
            let overdue: JSONValue = try #require(report["open"]?.array?.first { $0["rule"]?.string == "LOG-02" })
            #expect(overdue["overdue"]?.bool == true)
        }
    }

    /// A head is over everything, so that tokens for some models are told of none.
    @Test func aHeadIsForTokensOfAllModels() async throws {
        try await withFindings { scene in
            let token: APIHarness.Token = try await scene.token("sam", ["auditor"], models: ["m"])
            for type in ["application/json", "text/csv", "text/html"] {
                let reply: Reply = await scene.harness.ask(
                    .get, Self.report + "model-risk", token: token, [("accept", type)])
                #expect(reply.status == 200 && !reply.text.contains("stemma.test/audit"), "\(type)")
                #expect(!reply.text.contains("audit_log_root"))
            }
            let report: JSONValue = await scene.harness.ask(.get, Self.report + "model-risk", token: token).json
            #expect(report["audit_log"]?.isNull == true)
        }
    }

    @Test func aPeriodChoosesTheScanAndWhatWasClosed() async throws {
        try await withFindings { scene in
            let before: JSONValue = await scene.harness.ask(
                .get, Self.report + "model-risk?from=2024-01-14&to=2024-01-16T00:00:00Z"
            ).json
            let rule: JSONValue? = before["rules"]?.array?.first { $0["id"]?.string == "INV-03" }
            #expect(rule?["counts"]?["fail"]?.integer == 1)
            #expect(before["closed"]?.array?.isEmpty == true)
            let never: JSONValue = await scene.harness.ask(.get, Self.report + "sox?to=2023-12-01").json
            #expect(never["scan"]?.isNull == true)
            #expect(never["rules"]?.array?.first?["counts"]?["fail"]?.integer == 0)
            #expect(await scene.harness.ask(.get, Self.report + "sox?from=2024-02-01&to=2024-01-01").status == 422)
            #expect(await scene.harness.ask(.get, Self.report + "sox?from=x").status == 422)
            #expect(await scene.harness.ask(.get, Self.report + "pci").code == "framework_not_found")
        }
    }

    @Test func cellsOfTheTableAreNoFormulas() async throws {
        try await withFindings { scene in
            let reply: Reply = await scene.harness.ask(
                .get, Self.report + "model-risk", [("accept", "text/csv")])
            #expect(reply.headers["content-type"]?.hasPrefix("text/csv") == true)
            #expect(reply.headers["content-disposition"]?.hasPrefix("attachment") == true)
            #expect(reply.headers["x-content-type-options"] == "nosniff")
            let lines: [Substring] = reply.text.split(separator: "\r\n")
            #expect(lines.first?.hasPrefix("section,name,value,rule") == true)
            #expect(reply.text.contains(#",'=cmd|' /C calc'!A0,"#))
            #expect(reply.text.contains(#""'+1 <script>alert('x')</script> & ""so""""#))
            for line in lines {
                for cell in line.split(separator: ",") {
                    let start: Character? = cell.drop(while: { $0 == "\"" }).first
                    #expect(!"=+-@".contains(start ?? "x"), "\(cell)")
                }
            }
        }
    }

    @Test func thePageIsInert() async throws {
        try await withFindings { scene in
            let reply: Reply = await scene.harness.ask(
                .get, Self.report + "model-risk", [("accept", "text/html,application/xhtml+xml,*/*;q=0.8")])
            #expect(reply.headers["content-type"] == "text/html; charset=utf-8")
            #expect(
                reply.headers["content-security-policy"] == "sandbox; default-src 'none'; style-src 'unsafe-inline'")
            #expect(reply.headers["content-disposition"]?.contains("compliance-model-risk.html") == true)
            #expect(reply.text.hasPrefix("<!DOCTYPE html>"))
            for active in ["<script", "<img", "javascript:", "onerror=", "<a ", "<iframe", "<link"] {
                #expect(!reply.text.lowercased().contains(active), "\(active)")
            }
            #expect(reply.text.contains("&lt;img src=x&gt;"))
            #expect(reply.text.contains("+1 &lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;so&quot;"))
            #expect(reply.text.contains("stemma.test/audit"))
        }
    }
}
