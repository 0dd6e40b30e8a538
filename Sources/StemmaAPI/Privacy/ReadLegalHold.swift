internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let readLegalHold = Endpoint(
        "ReadLegalHold", .get, "/v1/legal-holds/{id}", "Read a legal hold", access: .permission(.manageHolds),
        answers: [AnswerDescription(200, "The hold", .json(LegalHoldDocument.document)), .unmodified],
        refusals: [.legalHoldNotFound]
    ) { call in
        try Answering.read(
            try await call.services.legalHolds.readHold(call.parameter("id"), try call.principal), call)
    }
}
