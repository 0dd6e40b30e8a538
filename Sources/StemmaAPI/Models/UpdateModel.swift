internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let updateModel = Endpoint(
        "UpdateModel", .patch, "/v1/models/{name}", "Change a model by JSON Merge Patch (RFC 7396)",
        access: .permission(.publishModels), request: .mergePatch(ModelShapes.patch),
        answers: [AnswerDescription(200, "The model after the change", .json(ModelShapes.document))],
        refusals: [.modelNotFound, .staleETag]
    ) { call in
        let body = try await call.patch()
        return Answering.mutation(
            try await call.services.models.updateModel(
                try call.modelName(), body.value, try call.context(fingerprintOf: body.bytes)))
    }
}
