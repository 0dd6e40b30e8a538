internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let listTransitions = Endpoint(
        "ListTransitions", .get, "/v1/models/{name}/versions/{ref}/transitions",
        "A version's transitions, newest first",
        access: .permission(.readModels), query: QueryParameter.page + [.asOf],
        answers: [AnswerDescription(200, "One page", .list(TransitionDocument.document))],
        refusals: [.modelNotFound, .versionNotFound, .aliasNotFound, .invalidCursor]
    ) { call in
        if let moment = try call.query.time("as_of") {
            return Answering.list(
                try await call.services.lifecycle.listTransitions(
                    model: try call.modelName(), ref: call.parameter("ref"), try call.listRequest(), asOf: moment,
                    try call.principal), call)
        }
        return Answering.list(
            try await call.services.lifecycle.listTransitions(
                model: try call.modelName(), ref: call.parameter("ref"), try call.listRequest(), try call.principal),
            call)
    }
}
