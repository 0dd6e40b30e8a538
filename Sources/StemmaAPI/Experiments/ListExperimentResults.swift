internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let listExperimentResults = Endpoint(
        "ListExperimentResults", .get, "/v1/experiments/{id}/results",
        "List every look at an experiment's results, newest first", access: .permission(.readModels),
        query: QueryParameter.page, answers: [AnswerDescription(200, "One page", .list(ExperimentDocument.look))],
        refusals: [.experimentNotFound, .invalidCursor]
    ) { call in
        Answering.list(
            try await call.services.experiments.listExperimentResults(
                call.parameter("id"), try call.listRequest(), try call.principal), call)
    }
}
