internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let compareModels = Endpoint(
        "CompareModels", .post, "/v1/comparisons",
        "Compare two versions on the same examples, with the significance of every difference, and in everything else",
        access: .permission(.readModels), request: .json(ComparisonDocument.request),
        answers: [AnswerDescription(200, "The comparison", .json(ComparisonDocument.shape))],
        refusals: [.modelNotFound, .versionNotFound, .evaluationNotFound, .datasetMismatch]
    ) { call in
        Answering.plain(
            try await call.services.comparisons.compareModels(try await call.json().value, try call.principal))
    }
}
