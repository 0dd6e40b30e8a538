internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let listExperiments = Endpoint(
        "ListExperiments", .get, "/v1/experiments", "List A/B experiments, newest first",
        access: .permission(.readModels), query: QueryParameter.list,
        answers: [AnswerDescription(200, "One page", .list(ExperimentDocument.document))],
        refusals: [.invalidFilter, .invalidCursor]
    ) { call in
        Answering.list(
            try await call.services.experiments.listExperiments(try call.listRequest(), try call.principal), call)
    }
}
