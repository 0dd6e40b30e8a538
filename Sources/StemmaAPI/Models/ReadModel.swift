internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let readModel = Endpoint(
        "ReadModel", .get, "/v1/models/{name}", "Read a model", access: .permission(.readModels), query: [.asOf],
        answers: [AnswerDescription(200, "The model", .json(ModelShapes.document)), .unmodified],
        refusals: [.modelNotFound]
    ) { call in
        if let moment = try call.query.time("as_of") {
            return Answering.plain(
                try await call.services.models.readModel(try call.modelName(), asOf: moment, try call.principal))
        }
        return try Answering.read(
            try await call.services.models.readModel(try call.modelName(), try call.principal), call)
    }
}
