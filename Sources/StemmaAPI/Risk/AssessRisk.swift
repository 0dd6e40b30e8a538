internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let assessRisk = Endpoint(
        "AssessRisk", .put, "/v1/models/{name}/versions/{ref}/risk",
        "Assess the risk of a published version; the manifest keeps what was registered",
        access: .permission(.assessRisk), request: .json(RiskShapes.request),
        answers: [
            AnswerDescription(200, "The assessments", .json(RiskShapes.document)),
            AnswerDescription(201, "The first one after registration", .json(RiskShapes.document)),
        ], refusals: [.modelNotFound, .versionNotFound, .draftVersion, .staleETag]
    ) { call in
        let body = try await call.json()
        return Answering.mutation(
            try await call.services.risks.assessRisk(
                model: try call.modelName(), version: call.parameter("ref"), body.value,
                try call.context(fingerprintOf: body.bytes)))
    }
}
