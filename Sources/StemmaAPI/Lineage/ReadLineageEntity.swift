internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let readLineageEntity = Endpoint(
        "ReadLineageEntity", .get, "/v1/lineage/entities/{type}/{id...}", "Read an entity of the lineage graph",
        access: .permission(.readModels),
        answers: [AnswerDescription(200, "The entity", .json(LineageShapes.entity)), .unmodified],
        refusals: [.invalidName, .entityNotFound]
    ) { call in
        try Answering.read(
            try await call.services.lineage.readLineageEntity(
                type: call.parameter("type"), key: call.parameter("id"), try call.principal), call)
    }
}
