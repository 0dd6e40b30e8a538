internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let listLineageEntities = Endpoint(
        "ListLineageEntities", .get, "/v1/lineage/entities", "List the entities of the lineage graph, oldest first",
        access: .permission(.readModels), query: QueryParameter.list,
        answers: [AnswerDescription(200, "One page", .list(LineageShapes.entity))],
        refusals: [.invalidFilter, .invalidCursor]
    ) { call in
        Answering.list(
            try await call.services.lineage.listLineageEntities(try call.listRequest(), try call.principal), call)
    }
}
