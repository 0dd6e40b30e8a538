internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let recordObservations = Endpoint(
        "RecordObservations", .post, "/v1/models/{name}/versions/{ref}/observations",
        "Store what monitoring measured of a version, as an object with `observations` or as the bare array",
        access: .permission(.recordObservations), request: .json(ObservationShapes.request),
        answers: [AnswerDescription(200, "What was taken", .json(ObservationShapes.receipt))],
        refusals: [.modelNotFound, .versionNotFound, .draftVersion]
    ) { call in
        // A full batch is larger than other JSON bodies; a registry with larger ones takes as much here.
        let limits: Limits = call.services.core.policy.limits
        let body = try await call.json(limit: max(limits.jsonBodyBytes, limits.observationBodyBytes))
        return Answering.mutation(
            try await call.services.observations.recordObservations(
                model: try call.modelName(), version: call.parameter("ref"), body.value,
                try call.context(fingerprintOf: body.bytes)))
    }
}
