internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let readComplianceReport = Endpoint(
        "ReadComplianceReport", .get, "/v1/compliance/reports/{framework}",
        "How a framework's rules are kept, as JSON or, by `Accept`, as CSV or a page to print",
        access: .permission(.readCompliance),
        query: [
            QueryParameter(
                name: "from", shape: CommonShapes.time,
                summary: "The period's start, 90 days before its end where absent"),
            QueryParameter(name: "to", shape: CommonShapes.time, summary: "The period's end, now where absent"),
        ],
        answers: [
            AnswerDescription(200, "The report", .jsonOr(ComplianceReport.shape, [ReportForm.csv, ReportForm.html]))
        ], refusals: [.frameworkNotFound]
    ) { call in
        let report: ComplianceReport = try await call.services.compliance.report(
            framework: call.parameter("framework"), from: try call.query.time("from"), to: try call.query.time("to"),
            try call.principal)
        return ReportForm.answer(report, call)
    }
}

/// The forms of a report.
enum ReportForm {
    static let csv: String = "text/csv"
    static let html: String = "text/html"

    /// The first form of `Accept` that there is, JSON otherwise.
    static func answer(_ report: ComplianceReport, _ call: Call) -> HTTPResponse {
        let wanted: String? = MediaType.accepted(call.request).first { [csv, html, Answering.json].contains($0) }
        var response: HTTPResponse
        switch wanted {
        case csv?:
            response = document(ReportCSV.text(report), csv + "; charset=utf-8; header=present")
            response.headers.append(
                "content-disposition", ContentDisposition.attachment("compliance-\(report.framework).csv"))
        case html?:
            response = document(ReportHTML.text(report), html + "; charset=utf-8")
            // Nothing in the page is active, and nothing that slipped in would be.
            response.headers.append(
                "content-security-policy", "sandbox; default-src 'none'; style-src 'unsafe-inline'")
            response.headers.append(
                "content-disposition",
                "inline; filename=\"compliance-\(ResourcePath.segment(report.framework)).html\"")
        default:
            response = Answering.plain(report.json)
        }
        response.headers.append("vary", "accept")
        return response
    }

    private static func document(_ bytes: [UInt8], _ type: String) -> HTTPResponse {
        HTTPResponse(
            status: 200,
            headers: HTTPFields([
                ("content-type", type), ("cache-control", "no-store"), ("x-content-type-options", "nosniff"),
            ]), body: .bytes(bytes))
    }
}
