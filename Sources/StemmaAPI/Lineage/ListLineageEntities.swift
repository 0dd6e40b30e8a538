internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let listLineageEntities = Endpoint(
        "ListLineageEntities", .get, "/v1/lineage/entities", "List the entities of the lineage graph, oldest first",
        access: .permission(.readModels), query: QueryParameter.list + [.asOf],
        answers: [AnswerDescription(200, "One page", .list(LineageShapes.entity))],
        refusals: [.invalidFilter, .invalidCursor]
    ) { call in
        let page: ListAnswer =
            if let moment = try call.query.time("as_of") {
                try await call.services.lineage.listLineageEntities(
                    try call.listRequest(), asOf: moment, try call.principal)
            } else {
                try await call.services.lineage.listLineageEntities(try call.listRequest(), try call.principal)
            }
        return Answering.list(page, call)
    }
}
