internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let recordExperimentResults = Endpoint(
        "RecordExperimentResults", .post, "/v1/experiments/{id}/results",
        "Take a look at results: totals so far, of which the tests say what they show",
        access: .permission(.manageExperiments), request: .json(ExperimentShapes.results),
        answers: [AnswerDescription(201, "The look, with every test", .json(ExperimentDocument.look))],
        refusals: [.experimentNotFound, .experimentEnded, .staleETag]
    ) { call in
        let body = try await call.json()
        return Answering.mutation(
            try await call.services.experiments.recordExperimentResults(
                call.parameter("id"), body.value, try call.context(fingerprintOf: body.bytes)))
    }
}
