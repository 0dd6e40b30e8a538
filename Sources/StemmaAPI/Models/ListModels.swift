internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let listModels = Endpoint(
        "ListModels", .get, "/v1/models", "List models", access: .permission(.readModels),
        query: QueryParameter.list + [.asOf],
        answers: [AnswerDescription(200, "One page", .list(ModelShapes.document))],
        refusals: [.invalidFilter, .invalidCursor]
    ) { call in
        if let moment = try call.query.time("as_of") {
            return Answering.list(
                try await call.services.models.listModels(try call.listRequest(), asOf: moment, try call.principal),
                call)
        }
        return Answering.list(
            try await call.services.models.listModels(try call.listRequest(), try call.principal), call)
    }
}
