internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let putLineageEntity = Endpoint(
        "PutLineageEntity", .put, "/v1/lineage/entities/{type}/{id...}", "Describe an entity of the lineage graph",
        access: .permission(.writeLineage), request: .json(LineageShapes.entityRequest),
        answers: [
            AnswerDescription(200, "The entity, changed or as it was", .json(LineageShapes.entity)),
            AnswerDescription(201, "The entity, which is new", .json(LineageShapes.entity)),
        ], refusals: [.invalidName, .entityNotFound, .entityManaged, .staleETag]
    ) { call in
        let body = try await call.json()
        return Answering.mutation(
            try await call.services.lineage.putLineageEntity(
                type: call.parameter("type"), key: call.parameter("id"), body.value,
                try call.context(fingerprintOf: body.bytes)))
    }
}
