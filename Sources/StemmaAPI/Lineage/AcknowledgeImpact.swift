internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let acknowledgeImpact = Endpoint(
        "AcknowledgeImpact", .post, "/v1/lineage/assessments/{id}/acknowledgements",
        "Say that a line of an assessment's checklist was seen, and what was decided about it",
        access: .permission(.recordEvidence), request: .json(AssessmentDocument.acknowledgement),
        answers: [AnswerDescription(200, "The assessment", .json(AssessmentDocument.document))],
        refusals: [.assessmentNotFound, .assessmentClosed, .entityNotFound, .staleETag]
    ) { call in
        let body = try await call.json()
        return Answering.mutation(
            try await call.services.lineage.acknowledgeImpact(
                call.parameter("id"), body.value, try call.context(fingerprintOf: body.bytes)))
    }
}
