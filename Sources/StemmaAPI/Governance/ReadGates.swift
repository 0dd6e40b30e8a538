internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let readGates = Endpoint(
        "ReadGates", .get, "/v1/models/{name}/versions/{ref}/gates",
        "Read how every approval gate stands for a version: checklist, approvals, and what is missing",
        access: .permission(.readModels), query: [.asOf],
        answers: [AnswerDescription(200, "Every gate", .json(GovernanceService.gatesShape)), .unmodified],
        refusals: [.modelNotFound, .versionNotFound, .aliasNotFound, .lifecycleRevisionNotFound]
    ) { call in
        let (name, ref): (String, String) = (try call.modelName(), call.parameter("ref"))
        if let moment = try call.query.time("as_of") {
            let found = try await call.services.governance.readGates(
                model: name, ref: ref, asOf: moment, try call.principal)
            return Answering.past(found, moment)
        }
        let found = try await call.services.governance.readGates(
            model: name, ref: ref, try call.principal)
        return try Answering.read(
            found.representation, call,
            location: ResourcePath.version(found.version.model, found.version.version) + "/gates")
    }
}
