internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let listTokens = Endpoint(
        "ListTokens", .get, "/v1/tokens", "List tokens without their secrets", access: .permission(.manageTokens),
        query: QueryParameter.page + [.filter],
        answers: [AnswerDescription(200, "One page", .list(AccessService.documentShape))],
        refusals: [.invalidCursor, .invalidFilter]
    ) { call in
        Answering.list(try await call.services.access.listTokens(try call.listRequest(), try call.principal), call)
    }
}
