internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let listComplianceScans = Endpoint(
        "ListComplianceScans", .get, "/v1/compliance/scans",
        "List scans, newest first, with the totals of the models that the token reaches",
        access: .permission(.readCompliance), query: QueryParameter.page,
        answers: [AnswerDescription(200, "One page", .list(ComplianceAnswers.scan))], refusals: [.invalidCursor]
    ) { call in
        Answering.list(
            try await call.services.compliance.listScans(try call.listRequest(), try call.principal), call)
    }
}
