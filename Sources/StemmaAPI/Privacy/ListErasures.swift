internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let listErasures = Endpoint(
        "ListErasures", .get, "/v1/erasures", "List requests to erase people", access: .permission(.managePrivacy),
        query: QueryParameter.page + [.filter],
        answers: [AnswerDescription(200, "One page", .list(ErasureDocument.document))],
        refusals: [.invalidFilter, .invalidCursor]
    ) { call in
        Answering.list(
            try await call.services.erasures.listErasures(try call.listRequest(), try call.principal), call)
    }
}
