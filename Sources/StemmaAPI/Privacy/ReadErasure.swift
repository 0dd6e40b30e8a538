internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let readErasure = Endpoint(
        "ReadErasure", .get, "/v1/erasures/{id}", "Read where a request to erase a person stands",
        access: .permission(.managePrivacy),
        answers: [AnswerDescription(200, "The request", .json(ErasureDocument.document)), .unmodified],
        refusals: [.erasureNotFound]
    ) { call in
        try Answering.read(
            try await call.services.erasures.readErasure(call.parameter("id"), try call.principal), call)
    }
}
