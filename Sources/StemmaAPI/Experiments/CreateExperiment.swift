internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let createExperiment = Endpoint(
        "CreateExperiment", .post, "/v1/experiments",
        "Plan an A/B experiment between two published versions; it runs from then on",
        access: .permission(.manageExperiments), query: [.dryRun], request: .json(ExperimentShapes.request),
        answers: [AnswerDescription(201, "The experiment, `running`", .json(ExperimentDocument.document))],
        refusals: [.modelNotFound, .versionNotFound, .draftVersion, .experimentExists]
    ) { call in
        let body = try await call.json()
        return Answering.mutation(
            try await call.services.experiments.createExperiment(
                body.value, try call.context(fingerprintOf: body.bytes)))
    }
}
