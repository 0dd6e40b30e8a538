internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let createToken = Endpoint(
        "CreateToken", .post, "/v1/tokens", "Make a token; its secret is answered this once",
        access: .permission(.manageTokens), request: .json(AccessService.requestShape),
        answers: [AnswerDescription(201, "Made", .json(AccessService.documentShape))]
    ) { call in
        let body = try await call.json()
        return Answering.mutation(
            try await call.services.access.createToken(body.value, try call.context(fingerprintOf: body.bytes)))
    }
}
