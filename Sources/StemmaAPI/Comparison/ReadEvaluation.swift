internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let readEvaluation = Endpoint(
        "ReadEvaluation", .get, "/v1/models/{name}/versions/{ref}/evaluations/{dataset_id}",
        "Read how a version did on a dataset: its metrics, and for few classes how they are mistaken for one another",
        access: .permission(.readModels), query: [.datasetDigest],
        answers: [AnswerDescription(200, "The evaluation", .json(EvaluationDocument.document)), .unmodified],
        refusals: [.modelNotFound, .versionNotFound, .aliasNotFound, .evaluationNotFound]
    ) { call in
        let dataset: String = call.parameter("dataset_id")
        let found = try await call.services.comparisons.readEvaluation(
            model: try call.modelName(), ref: call.parameter("ref"), dataset: dataset,
            digest: call.query["dataset_digest"], try call.principal)
        return try Answering.read(
            found.representation, call,
            location: ResourcePath.evaluation(found.version.model, found.version.version, dataset))
    }
}
