internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let revokeToken = Endpoint(
        "RevokeToken", .delete, "/v1/tokens/{id}", "Revoke a token at once", access: .permission(.manageTokens),
        query: [.dryRun], answers: [AnswerDescription(204, "Revoked")], refusals: [.tokenNotFound]
    ) { call in
        Answering.mutation(try await call.services.access.revokeToken(call.parameter("id"), try call.context()))
    }
}
