internal import StemmaHTTP
internal import StemmaJSON
internal import StemmaRegistry

extension Endpoint {
    static let listConsumers = Endpoint(
        "ListConsumers", .get, "/v1/models/{name}/consumers",
        "List who reads a model's versions, as they name themselves in `Stemma-Consumer`",
        access: .permission(.readModels), query: QueryParameter.page + [.filter, .live],
        answers: [AnswerDescription(200, "One page", .list(ConsumerService.documentShape))],
        refusals: [.modelNotFound, .invalidFilter, .invalidCursor]
    ) { call in
        Answering.list(
            try await call.services.consumers.listConsumers(
                model: try call.modelName(), onlyLive: try call.query.boolean("live"), try call.listRequest(),
                try call.principal), call)
    }
}

extension QueryParameter {
    static let live = QueryParameter(name: "live", shape: .boolean, summary: "`true` leaves out expired ones")
}
