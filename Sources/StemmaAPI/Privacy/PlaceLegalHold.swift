internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let placeLegalHold = Endpoint(
        "PlaceLegalHold", .post, "/v1/legal-holds",
        "Hold a model, a version, what is known of a person, or a part of the audit log",
        access: .permission(.manageHolds), query: [.dryRun], request: .json(LegalHoldDocument.request),
        answers: [AnswerDescription(201, "Placed", .json(LegalHoldDocument.document))],
        refusals: [.modelNotFound, .versionNotFound]
    ) { call in
        let body = try await call.json()
        return Answering.mutation(
            try await call.services.legalHolds.placeHold(body.value, try call.context(fingerprintOf: body.bytes)))
    }
}
