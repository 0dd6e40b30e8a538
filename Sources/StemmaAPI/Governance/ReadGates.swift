internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let readGates = Endpoint(
        "ReadGates", .get, "/v1/models/{name}/versions/{ref}/gates",
        "Read how every approval gate stands for a version: checklist, approvals, and what is missing",
        access: .permission(.readModels),
        answers: [AnswerDescription(200, "Every gate", .json(GovernanceService.gatesShape)), .unmodified],
        refusals: [.modelNotFound, .versionNotFound, .aliasNotFound]
    ) { call in
        let found = try await call.services.governance.readGates(
            model: try call.modelName(), ref: call.parameter("ref"), try call.principal)
        return try Answering.read(
            found.representation, call,
            location: ResourcePath.version(found.version.model, found.version.version) + "/gates")
    }
}
