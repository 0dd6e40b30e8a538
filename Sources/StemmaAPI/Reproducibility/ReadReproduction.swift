internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let readReproduction = Endpoint(
        "ReadReproduction", .get, "/v1/models/{name}/versions/{ref}/reproductions/{id}",
        "Read an attempt to make a version again", access: .permission(.readModels),
        answers: [AnswerDescription(200, "The attempt", .json(ReproductionDocument.document)), .unmodified],
        refusals: [.modelNotFound, .versionNotFound, .aliasNotFound, .reproductionNotFound]
    ) { call in
        let id: String = call.parameter("id")
        let found = try await call.services.reproducibility.readReproduction(
            model: try call.modelName(), ref: call.parameter("ref"), id: id, try call.principal)
        return try Answering.read(
            found.representation, call,
            location: ResourcePath.reproduction(found.version.model, found.version.version, id))
    }
}
