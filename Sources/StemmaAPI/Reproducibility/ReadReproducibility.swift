internal import StemmaHTTP
internal import StemmaJSON
internal import StemmaRegistry

extension Endpoint {
    static let readReproducibility = Endpoint(
        "ReadReproducibility", .get, "/v1/models/{name}/versions/{ref}/reproducibility",
        "Read what is needed to train a version again, what of it is missing or invalid, and how another version differs",
        access: .permission(.readModels),
        query: [
            QueryParameter(
                name: "compare_to", shape: .text(maxBytes: 1_000, minBytes: 1),
                summary: "Another version: a version, alias or range of the same model, or any `model_id`")
        ],
        answers: [
            AnswerDescription(200, "The manifest and its completeness", .json(ReproducibilityDocument.document)),
            .unmodified,
        ], refusals: [.modelNotFound, .versionNotFound, .aliasNotFound]
    ) { call in
        let found = try await call.services.reproducibility.readReproducibility(
            model: try call.modelName(), ref: call.parameter("ref"), comparedTo: call.query["compare_to"],
            try call.principal)
        let path: String = ResourcePath.version(found.version.model, found.version.version) + "/reproducibility"
        let query: String =
            found.other.map { "?compare_to=" + ResourcePath.segment("\($0.model)_v\($0.version)") } ?? ""
        return try Answering.read(found.representation, call, location: path + query)
    }
}
