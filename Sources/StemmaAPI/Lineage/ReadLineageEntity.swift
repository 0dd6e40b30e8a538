internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let readLineageEntity = Endpoint(
        "ReadLineageEntity", .get, "/v1/lineage/entities/{type}/{id...}", "Read an entity of the lineage graph",
        access: .permission(.readModels), query: [.asOf],
        answers: [AnswerDescription(200, "The entity", .json(LineageShapes.entity)), .unmodified],
        refusals: [.invalidName, .entityNotFound]
    ) { call in
        let (type, key): (String, String) = (call.parameter("type"), call.parameter("id"))
        if let moment = try call.query.time("as_of") {
            return Answering.plain(
                try await call.services.lineage.readLineageEntity(
                    type: type, key: key, asOf: moment, try call.principal))
        }
        return try Answering.read(
            try await call.services.lineage.readLineageEntity(type: type, key: key, try call.principal), call)
    }
}
