internal import StemmaHTTP
internal import StemmaJSON
internal import StemmaRegistry

extension Endpoint {
    static let listComplianceRules = Endpoint(
        "ListComplianceRules", .get, "/v1/compliance/rules",
        "List the rules of the frameworks that are switched on, or of one", access: .permission(.readCompliance),
        query: QueryParameter.page + [.filter, .framework],
        answers: [AnswerDescription(200, "One page", .list(ComplianceAnswers.rule))],
        refusals: [.frameworkNotFound, .invalidFilter, .invalidCursor]
    ) { call in
        Answering.list(
            try call.services.compliance.listRules(
                framework: call.query["framework"], try call.listRequest(), try call.principal), call)
    }
}

extension QueryParameter {
    static let framework = QueryParameter(
        name: "framework", shape: .text(maxBytes: 64), summary: "Only rules that this framework has, e.g. `sox`")
}
