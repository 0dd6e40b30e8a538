internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let listLegalHolds = Endpoint(
        "ListLegalHolds", .get, "/v1/legal-holds", "List legal holds, released ones included",
        access: .permission(.manageHolds), query: QueryParameter.page + [.filter],
        answers: [AnswerDescription(200, "One page", .list(LegalHoldDocument.document))],
        refusals: [.invalidFilter, .invalidCursor]
    ) { call in
        Answering.list(
            try await call.services.legalHolds.listHolds(try call.listRequest(), try call.principal), call)
    }
}
