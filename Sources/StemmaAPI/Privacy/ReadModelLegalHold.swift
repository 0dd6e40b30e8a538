internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let readModelLegalHold = Endpoint(
        "ReadModelLegalHold", .get, "/v1/models/{name}/legal-hold", "Read the legal hold of a model, or its last one",
        access: .permission(.readModels),
        answers: [AnswerDescription(200, "The hold", .json(LegalHoldDocument.document)), .unmodified],
        refusals: [.modelNotFound, .legalHoldNotFound]
    ) { call in
        try Answering.read(
            try await call.services.legalHolds.readModelHold(model: try call.modelName(), try call.principal), call)
    }
}
