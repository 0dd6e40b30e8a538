internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let listModels = Endpoint(
        "ListModels", .get, "/v1/models", "List models", access: .permission(.readModels), query: QueryParameter.list,
        answers: [AnswerDescription(200, "One page", .list(ModelShapes.document))],
        refusals: [.invalidFilter, .invalidCursor]
    ) { call in
        Answering.list(try await call.services.models.listModels(try call.listRequest(), try call.principal), call)
    }
}
