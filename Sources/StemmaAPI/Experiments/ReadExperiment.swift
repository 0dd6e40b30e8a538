internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let readExperiment = Endpoint(
        "ReadExperiment", .get, "/v1/experiments/{id}", "Read an A/B experiment", access: .permission(.readModels),
        answers: [AnswerDescription(200, "The experiment", .json(ExperimentDocument.document)), .unmodified],
        refusals: [.experimentNotFound]
    ) { call in
        try Answering.read(
            try await call.services.experiments.readExperiment(call.parameter("id"), try call.principal), call)
    }
}
