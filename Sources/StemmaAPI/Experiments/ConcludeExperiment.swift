internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let concludeExperiment = Endpoint(
        "ConcludeExperiment", .post, "/v1/experiments/{id}/conclude",
        "End an experiment with what its results show, once the planned duration and sample are reached",
        access: .permission(.manageExperiments), query: [.dryRun], request: .optionalJSON(ExperimentShapes.conclude),
        answers: [AnswerDescription(200, "The experiment, `concluded`", .json(ExperimentDocument.document))],
        refusals: [.experimentNotFound, .experimentRunning, .experimentEnded, .staleETag]
    ) { call in
        let body = try await call.optionalJSON()
        return Answering.mutation(
            try await call.services.experiments.concludeExperiment(
                call.parameter("id"), body?.value, try call.context(fingerprintOf: body?.bytes ?? [])))
    }
}
