internal import StemmaHTTP
internal import StemmaJSON
internal import StemmaRegistry

extension Endpoint {
    static let putEvaluation = Endpoint(
        "PutEvaluation", .put, "/v1/models/{name}/versions/{ref}/evaluations/{dataset_id}",
        "Stream what a version predicted for the examples of a dataset; once stored it never changes",
        access: .permission(.recordEvidence), query: [.datasetDigest],
        request: .stream(
            mediaTypes: ["text/csv", "application/x-ndjson"],
            summary: "CSV with a header that names `label`, `prediction` and perhaps `id`; or lines of JSON, "
                + "`{\"label\":...,\"prediction\":...,\"id\":...}`"),
        answers: [
            AnswerDescription(201, "Stored, with its metrics", .json(EvaluationDocument.document)),
            AnswerDescription(200, "The same was there", .json(EvaluationDocument.document)),
        ],
        refusals: [
            .modelNotFound, .versionNotFound, .draftVersion, .evaluationExists, .staleETag, .unsupportedMediaType,
            .payloadTooLarge, .insufficientStorage,
        ]
    ) { call in
        let upload = ComparisonService.Upload(
            model: try call.modelName(), version: call.parameter("ref"), dataset: call.parameter("dataset_id"),
            digest: call.query["dataset_digest"],
            mediaType: MediaType.essence(call.request.headers["content-type"] ?? ""),
            declaredLength: call.request.body.declaredLength)
        return Answering.mutation(
            try await call.services.comparisons.putEvaluation(upload, try call.pull(), try call.context()))
    }
}

extension QueryParameter {
    static let datasetDigest = QueryParameter(
        name: "dataset_digest", shape: CommonShapes.digest,
        summary: "Which content of the dataset; where absent the examples' own digest, or on reading the newest")
}
