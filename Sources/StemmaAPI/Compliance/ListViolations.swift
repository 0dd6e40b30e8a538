internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let listViolations = Endpoint(
        "ListViolations", .get, "/v1/compliance/violations", "List violations, those due first",
        access: .permission(.readCompliance), query: QueryParameter.list,
        answers: [AnswerDescription(200, "One page", .list(ComplianceAnswers.violation))],
        refusals: [.invalidFilter, .invalidCursor]
    ) { call in
        Answering.list(
            try await call.services.compliance.listViolations(try call.listRequest(), try call.principal), call)
    }
}
