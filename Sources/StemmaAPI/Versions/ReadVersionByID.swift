internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let readVersionByID = Endpoint(
        "ReadVersionByID", .get, "/v1/model-versions/{model_id}", "Read a version by its `model_id`",
        access: .permission(.readModels), query: [.asOf],
        answers: [AnswerDescription(200, "The version", .json(VersionShapes.document)), .unmodified],
        refusals: [.modelNotFound, .versionNotFound]
    ) { call in
        if let moment = try call.query.time("as_of") {
            let past = try await call.services.versions.readVersion(
                modelID: call.parameter("model_id"), asOf: moment, try call.principal)
            return Answering.past(past, moment)
        }
        let found = try await call.services.versions.readVersion(
            modelID: call.parameter("model_id"), try call.principal)
        let response: HTTPResponse = try Answering.read(
            found.representation, call, location: ResourcePath.version(found.record.model, found.record.version))
        return try call.answer(response, of: found.record, ref: found.record.version)
    }
}
