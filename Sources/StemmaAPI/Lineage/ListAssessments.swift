internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let listAssessments = Endpoint(
        "ListAssessments", .get, "/v1/lineage/assessments", "List impact assessments, newest first",
        access: .permission(.readModels), query: QueryParameter.list,
        answers: [AnswerDescription(200, "One page", .list(AssessmentDocument.document))],
        refusals: [.invalidFilter, .invalidCursor]
    ) { call in
        Answering.list(
            try await call.services.lineage.listAssessments(try call.listRequest(), try call.principal), call)
    }
}
