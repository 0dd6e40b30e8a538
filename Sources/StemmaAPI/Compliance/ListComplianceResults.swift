internal import StemmaHTTP
internal import StemmaJSON
internal import StemmaRegistry

extension Endpoint {
    static let listComplianceResults = Endpoint(
        "ListComplianceResults", .get, "/v1/compliance/scans/{id}/results",
        "List what each rule found of each subject; a page may be shorter than asked for",
        access: .permission(.readCompliance),
        query: QueryParameter.page + [
            .framework,
            QueryParameter(
                name: "rule", shape: .text(maxBytes: 20), summary: "Only results of this rule, e.g. `SOD-01`"),
            QueryParameter(
                name: "outcome", shape: .choice(ComplianceLetter.names), summary: "Only results with this outcome"),
            QueryParameter(
                name: "model", shape: .text(maxBytes: 800), summary: "Only results about this model or its versions"),
        ], answers: [AnswerDescription(200, "One page", .list(ComplianceAnswers.result))],
        refusals: [.scanNotFound, .frameworkNotFound, .invalidCursor]
    ) { call in
        let filter = ComplianceService.ResultFilter(
            rule: call.query["rule"], outcome: call.query["outcome"], framework: call.query["framework"],
            model: call.query["model"])
        return Answering.list(
            try await call.services.compliance.listResults(
                scan: call.parameter("id"), filter, try call.listRequest(), try call.principal), call)
    }
}
