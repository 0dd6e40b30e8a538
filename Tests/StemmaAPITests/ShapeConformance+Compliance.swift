import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaTesting
import Testing

@testable import StemmaAPI

extension ShapeConformanceTests {
    /// Scans, violations, reports, assessments of risk and records, on a model of their own.
    func checkCompliance(
        _ harness: APIHarness, _ check: (APIHarness, String, Reply) throws -> Void
    ) async throws {
        try await harness.publish("k", "1.0.0", files: [("README.md", [35])])
        try await harness.place("k", "1.0.0", in: .production)
        let risk: String = "/v1/models/k/versions/1.0.0/risk"
        try check(harness, "ReadRisk", await harness.ask(.get, risk))
        for body in [
            #"{"tier":"high","exposure":2,"purpose":3,"annex_iv":{"1":"README.md"},"rationale":"r"}"#, #"{"tier":4}"#,
        ] {
            try check(harness, "AssessRisk", await harness.send(.put, risk, body))
        }
        try check(harness, "ReadRisk", await harness.ask(.get, risk))
        try check(harness, "ReadRisk", await harness.ask(.get, risk, [("if-none-match", "*")]))
        try check(harness, "ReadVersion", await harness.ask(.get, "/v1/models/k/versions/1.0.0"))
        let scan: Reply = await harness.send(.post, "/v1/compliance/scans", #"{"models":["*"]}"#)
        try check(harness, "ScanCompliance", scan)
        let target: String = try #require(scan.headers["location"])
        let list: String = "/v1/compliance/violations"
        let id: String = try #require(await harness.ask(.get, list + "?filter=rule%3D'DAT-01'").items("id").first)
        let waiver: String = #"{"owner":"o","note":"n","waiver":{"reason":"r","expires_at":"2024-03-01"}}"#
        let registered: JSONValue = try #require(
            await harness.ask(.get, list + "?filter=rule%3D'LOG-02'").json["items"]?.array?.first)
        let other: String = list + "/" + (registered["id"]?.string ?? "")
        try check(harness, "UpdateViolation", await harness.send(.patch, other, waiver))
        for (operation, path) in [
            ("ListComplianceRules", "/v1/compliance/rules?framework=sox"),
            ("ListComplianceScans", "/v1/compliance/scans"), ("ReadComplianceScan", target),
            ("ListComplianceResults", target + "/results?outcome=fail"), ("ListViolations", list),
            ("ReadViolation", list + "/" + id), ("ReadViolation", other),
            ("ReadComplianceReport", "/v1/compliance/reports/sox"),
        ] {
            try check(harness, operation, await harness.ask(.get, path))
        }
        try check(harness, "ReadViolation", await harness.ask(.get, other, [("if-none-match", "*")]))
        for body in [
            #"{"kind":"review_audit_log","note":"n"}"#,
            #"{"kind":"record_incident","model":"k","incident_kind":"serious"}"#,
        ] {
            try check(harness, "RecordCompliance", await harness.send(.post, "/v1/compliance/records", body))
        }
    }
}
