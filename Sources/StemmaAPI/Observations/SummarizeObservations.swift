internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let summarizeObservations = Endpoint(
        "SummarizeObservations", .get, "/v1/models/{name}/versions/{ref}/observations/summary",
        "Every observed metric of a version in a few numbers", access: .permission(.readModels),
        answers: [AnswerDescription(200, "By metric", .json(ObservationShapes.summary))],
        refusals: [.modelNotFound, .versionNotFound, .aliasNotFound]
    ) { call in
        let found = try await call.services.observations.summarizeObservations(
            model: try call.modelName(), ref: call.parameter("ref"), try call.principal)
        var response = Answering.plain(found.body)
        let path: String = ResourcePath.version(found.version.model, found.version.version)
        response.headers.append("content-location", path + "/observations/summary")
        return response
    }
}
