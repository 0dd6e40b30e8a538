internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let releaseLegalHold = Endpoint(
        "ReleaseLegalHold", .post, "/v1/legal-holds/{id}/release",
        "Release a legal hold: nobody releases what they placed", access: .permission(.manageHolds),
        query: [.dryRun], request: .json(LegalHoldDocument.releaseRequest),
        answers: [AnswerDescription(200, "Released", .json(LegalHoldDocument.document))],
        refusals: [.legalHoldNotFound, .sodViolation, .staleETag]
    ) { call in
        let body = try await call.json()
        return Answering.mutation(
            try await call.services.legalHolds.releaseHold(
                call.parameter("id"), body.value, try call.context(fingerprintOf: body.bytes)))
    }
}
