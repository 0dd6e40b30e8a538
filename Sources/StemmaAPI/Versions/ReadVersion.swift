internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let readVersion = Endpoint(
        "ReadVersion", .get, "/v1/models/{name}/versions/{ref}",
        "Read a version by its number, `@alias`, `latest` or a range", access: .permission(.readModels),
        query: [.asOf],
        answers: [AnswerDescription(200, "The version", .json(VersionShapes.document)), .unmodified],
        refusals: [.modelNotFound, .versionNotFound, .aliasNotFound]
    ) { call in
        if let moment = try call.query.time("as_of") {
            let past = try await call.services.versions.readVersion(
                model: try call.modelName(), ref: call.parameter("ref"), asOf: moment, try call.principal)
            return Answering.past(past, moment)
        }
        let found = try await call.services.versions.readVersion(
            model: try call.modelName(), ref: call.parameter("ref"), try call.principal)
        let response: HTTPResponse = try Answering.read(
            found.representation, call, location: ResourcePath.version(found.record.model, found.record.version))
        return try call.answer(response, of: found.record, ref: call.parameter("ref"))
    }
}
