internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let readRisk = Endpoint(
        "ReadRisk", .get, "/v1/models/{name}/versions/{ref}/risk",
        "Read the newest assessment of a version's risk, with those before it", access: .permission(.readModels),
        answers: [AnswerDescription(200, "The assessments", .json(RiskShapes.document)), .unmodified],
        refusals: [.modelNotFound, .versionNotFound, .staleETag]
    ) { call in
        try Answering.read(
            try await call.services.risks.readRisk(
                model: try call.modelName(), ref: call.parameter("ref"), try call.principal), call)
    }
}
