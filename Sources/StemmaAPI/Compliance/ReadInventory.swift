internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let readInventory = Endpoint(
        "ReadInventory", .get, "/v1/compliance/inventory",
        "Every model that existed as of a date, with owners, states, production and reviews; CSV or NDJSON by `Accept`",
        access: .permission(.readAudit), query: QueryParameter.page + [.asOf],
        answers: [
            AnswerDescription(200, "One page, or a stream where Accept asks for one", .list(InventoryDocument.shape))
        ], refusals: [.invalidCursor]
    ) { call in
        let service: PopulationService = call.services.populations
        let principal: Principal = try call.principal
        let request: ListRequest = try call.listRequest()
        let moment: Timestamp? = try call.query.time("as_of")
        switch AuditFormat.wanted(call.request) {
        case .page:
            return Answering.list(try await service.readInventory(request, asOf: moment, principal), call)
        case .stream(let format):
            let stream = PopulationStream(format: format, columns: InventoryDocument.columns, cursor: request.cursor) {
                cursor, limit in
                try await service.readInventory(ListRequest(limit: limit, cursor: cursor), asOf: moment, principal)
            }
            try await stream.begin()
            return PopulationStream.answer(stream, format, name: "inventory")
        }
    }
}
