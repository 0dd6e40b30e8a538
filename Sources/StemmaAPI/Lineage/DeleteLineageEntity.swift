internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let deleteLineageEntity = Endpoint(
        "DeleteLineageEntity", .delete, "/v1/lineage/entities/{type}/{id...}",
        "Take an entity without edges out of the lineage graph", access: .permission(.writeLineage), query: [.dryRun],
        answers: [AnswerDescription(204, "It is out; its past stays readable")],
        refusals: [.invalidName, .entityNotFound, .entityInUse, .entityManaged, .staleETag]
    ) { call in
        Answering.mutation(
            try await call.services.lineage.deleteLineageEntity(
                type: call.parameter("type"), key: call.parameter("id"), try call.context()))
    }
}
