internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let updateViolation = Endpoint(
        "UpdateViolation", .patch, "/v1/compliance/violations/{id}",
        "Assign, note, postpone or waive a violation by JSON Merge Patch; only scans close one",
        access: .permission(.remediate), request: .mergePatch(ComplianceAnswers.violationPatch),
        answers: [AnswerDescription(200, "The violation after the change", .json(ComplianceAnswers.violation))],
        refusals: [.violationNotFound, .violationClosed, .sodViolation, .staleETag]
    ) { call in
        let body = try await call.patch()
        return Answering.mutation(
            try await call.services.compliance.updateViolation(
                call.parameter("id"), body.value, try call.context(fingerprintOf: body.bytes)))
    }
}
