internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let recordReproduction = Endpoint(
        "RecordReproduction", .post, "/v1/models/{name}/versions/{ref}/reproductions",
        "Record an attempt to make a version again; every metric is judged against the version's own",
        access: .permission(.recordEvidence), request: .json(ReproductionDocument.request),
        answers: [AnswerDescription(201, "The attempt with its verdicts", .json(ReproductionDocument.document))],
        refusals: [.modelNotFound, .versionNotFound, .draftVersion, .staleETag]
    ) { call in
        let body = try await call.json()
        return Answering.mutation(
            try await call.services.reproducibility.recordReproduction(
                model: try call.modelName(), version: call.parameter("ref"), body.value,
                try call.context(fingerprintOf: body.bytes)))
    }
}
