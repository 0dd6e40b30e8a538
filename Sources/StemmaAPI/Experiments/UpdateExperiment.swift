internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let updateExperiment = Endpoint(
        "UpdateExperiment", .patch, "/v1/experiments/{id}",
        "Change an experiment's words, its plan while there are no results, or abort it, by JSON Merge Patch",
        access: .permission(.manageExperiments), request: .mergePatch(ExperimentShapes.patch),
        answers: [AnswerDescription(200, "The experiment after the change", .json(ExperimentDocument.document))],
        refusals: [.experimentNotFound, .experimentEnded, .immutableField, .staleETag]
    ) { call in
        let body = try await call.patch()
        return Answering.mutation(
            try await call.services.experiments.updateExperiment(
                call.parameter("id"), body.value, try call.context(fingerprintOf: body.bytes)))
    }
}
