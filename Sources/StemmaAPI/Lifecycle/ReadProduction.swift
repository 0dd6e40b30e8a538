internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let readProduction = Endpoint(
        "ReadProduction", .get, "/v1/models/{name}/production",
        "Which version is in production, or was at a moment, who approved it, and with what evidence",
        access: .permission(.readModels), query: [.asOf],
        answers: [AnswerDescription(200, "By its state and by its alias", .json(ProductionDocument.shape))],
        refusals: [.modelNotFound]
    ) { call in
        Answering.plain(
            try await call.services.lifecycle.readProduction(
                model: try call.modelName(), asOf: try call.query.time("as_of"), try call.principal))
    }
}
