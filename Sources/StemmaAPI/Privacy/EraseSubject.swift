internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let eraseSubject = Endpoint(
        "EraseSubject", .post, "/v1/erasures",
        "Erase what is known of a person: private values of the log, names and texts; the log still verifies",
        access: .permission(.managePrivacy), request: .json(ErasureDocument.request),
        answers: [
            AnswerDescription(201, "Erased, or deferred with the reason", .json(ErasureDocument.document))
        ], refusals: [.erasureRefused]
    ) { call in
        let body = try await call.json()
        return Answering.mutation(
            try await call.services.erasures.eraseSubject(body.value, try call.context(fingerprintOf: body.bytes)))
    }
}
