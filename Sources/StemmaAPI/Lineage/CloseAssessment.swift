internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let closeAssessment = Endpoint(
        "CloseAssessment", .post, "/v1/lineage/assessments/{id}/close",
        "End an impact assessment and let go of what it holds back", access: .permission(.writeLineage),
        query: [.dryRun], request: .json(AssessmentDocument.closing),
        answers: [AnswerDescription(200, "The assessment", .json(AssessmentDocument.document))],
        refusals: [.assessmentNotFound, .assessmentClosed, .staleETag]
    ) { call in
        let body = try await call.json()
        return Answering.mutation(
            try await call.services.lineage.closeAssessment(
                call.parameter("id"), body.value, try call.context(fingerprintOf: body.bytes)))
    }
}
