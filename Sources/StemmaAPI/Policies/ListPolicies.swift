internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let listPolicies = Endpoint(
        "ListPolicies", .get, "/v1/policies", "List policies by name", access: .permission(.readModels),
        query: QueryParameter.page + [.filter],
        answers: [AnswerDescription(200, "One page", .list(PolicyShapes.document))],
        refusals: [.invalidFilter, .invalidCursor]
    ) { call in
        Answering.list(
            try await call.services.policies.listPolicies(try call.listRequest(), try call.principal), call)
    }
}
