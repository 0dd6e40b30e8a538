internal import StemmaHTTP
internal import StemmaJSON
internal import StemmaRegistry

extension Endpoint {
    static let registerVersion = Endpoint(
        "RegisterVersion", .post, "/v1/models/{name}/versions",
        "Register a version, as JSON naming stored blobs or as a form with the files",
        access: .permission(.publishModels),
        query: [
            QueryParameter(name: "create_model", shape: .boolean, summary: "Create the model where it is absent"),
            .dryRun,
        ],
        request: .registration(VersionShapes.registration),
        answers: [
            AnswerDescription(201, "Registered", .json(VersionShapes.document)),
            AnswerDescription(200, "The same version was registered before", .json(VersionShapes.document)),
        ],
        refusals: [.modelNotFound, .versionExists, .missingBlobs, .bumpTooSmall, .lineageCycle]
    ) { call in
        let model: String = try call.modelName()
        let createsModel: Bool = try call.query.boolean("create_model")
        let body: (value: JSONValue, bytes: [UInt8])
        if MediaType.essence(call.request.headers["content-type"] ?? "") == "multipart/form-data" {
            body = try await VersionForm.read(call)
        } else {
            body = try await call.json()
        }
        return Answering.mutation(
            try await call.services.versions.registerVersion(
                model: model, body.value, createsModel: createsModel, try call.context(fingerprintOf: body.bytes)))
    }
}
