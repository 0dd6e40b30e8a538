internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let listAssessments = Endpoint(
        "ListAssessments", .get, "/v1/lineage/assessments", "List impact assessments, newest first",
        access: .permission(.readModels), query: QueryParameter.list + [.asOf],
        answers: [AnswerDescription(200, "One page", .list(AssessmentDocument.document))],
        refusals: [.invalidFilter, .invalidCursor]
    ) { call in
        let page: ListAnswer =
            if let moment = try call.query.time("as_of") {
                try await call.services.lineage.listAssessments(
                    try call.listRequest(), asOf: moment, try call.principal)
            } else {
                try await call.services.lineage.listAssessments(try call.listRequest(), try call.principal)
            }
        return Answering.list(page, call)
    }
}
