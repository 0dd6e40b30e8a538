internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let setModelLegalHold = Endpoint(
        "SetModelLegalHold", .put, "/v1/models/{name}/legal-hold",
        "Place the legal hold of a model, or release it: nobody releases what they placed",
        access: .permission(.manageHolds), query: [.dryRun], request: .json(LegalHoldDocument.modelRequest),
        answers: [
            AnswerDescription(200, "It is so already, or was released", .json(LegalHoldDocument.document)),
            AnswerDescription(201, "Placed", .json(LegalHoldDocument.document)),
        ], refusals: [.modelNotFound, .legalHoldNotFound, .sodViolation, .staleETag]
    ) { call in
        let body = try await call.json()
        return Answering.mutation(
            try await call.services.legalHolds.setModelHold(
                model: try call.modelName(), body.value, try call.context(fingerprintOf: body.bytes)))
    }
}
