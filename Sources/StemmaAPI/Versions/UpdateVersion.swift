internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let updateVersion = Endpoint(
        "UpdateVersion", .patch, "/v1/models/{name}/versions/{ref}",
        "Change description, tags or metrics by JSON Merge Patch", access: .permission(.publishModels),
        request: .mergePatch(VersionShapes.patch),
        answers: [AnswerDescription(200, "The version after the change", .json(VersionShapes.document))],
        refusals: [.modelNotFound, .versionNotFound, .immutableField, .staleETag]
    ) { call in
        let body = try await call.patch()
        return Answering.mutation(
            try await call.services.versions.updateVersion(
                model: try call.modelName(), version: call.parameter("ref"), body.value,
                try call.context(fingerprintOf: body.bytes)))
    }
}
