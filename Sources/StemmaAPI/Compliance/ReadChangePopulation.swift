internal import StemmaHTTP
internal import StemmaJSON
internal import StemmaRegistry

extension Endpoint {
    static let readChangePopulation = Endpoint(
        "ReadChangePopulation", .get, "/v1/compliance/changes",
        "Every change of what was in service in a period, from the audit log; CSV or NDJSON by `Accept`",
        access: .permission(.readAudit),
        query: QueryParameter.page + [
            QueryParameter(name: "from", shape: CommonShapes.time, summary: "Not before this moment"),
            QueryParameter(name: "to", shape: CommonShapes.time, summary: "Before this moment"),
        ],
        answers: [
            AnswerDescription(
                200, "One page, or a stream where Accept asks for one", .json(ChangePopulationAnswer.shape))
        ], refusals: [.invalidCursor]
    ) { call in
        let service: PopulationService = call.services.populations
        let principal: Principal = try call.principal
        let request: ListRequest = try call.listRequest()
        let (from, to): (Timestamp?, Timestamp?) = (try call.query.time("from"), try call.query.time("to"))
        let first: ChangePopulation
        switch AuditFormat.wanted(call.request) {
        case .page:
            first = try await service.readChanges(request, from: from, to: to, principal)
            return ChangePopulationAnswer.page(first, call)
        case .stream(let format):
            // How many there are is said before the first of them.
            first = try await service.readChanges(
                ListRequest(limit: 1, cursor: request.cursor), from: from, to: to, principal)
            let stream = PopulationStream(format: format, columns: ServiceChange.columns, cursor: request.cursor) {
                cursor, limit in
                try await service.readChanges(
                    ListRequest(limit: limit, cursor: cursor), from: from, to: to, principal
                ).page
            }
            try await stream.begin()
            var response: HTTPResponse = PopulationStream.answer(stream, format, name: "changes")
            response.headers.append("stemma-population-count", String(first.count))
            if let size = first.logSize { response.headers.append("stemma-log-size", String(size)) }
            return response
        }
    }
}

/// A page of changes with what they are drawn from.
enum ChangePopulationAnswer {
    static let shape: Shape = .named(
        "ChangePopulation",
        .object([
            Shape.Field("items", .array(of: ServiceChange.shape, count: 0...500), required: true),
            Shape.Field("next_cursor", .nullable(.text(maxBytes: 16_384)), required: true),
            Shape.Field("count", .count, required: true, "Changes of the whole period"),
            Shape.Field(
                "log_size", .nullable(.count), required: true, "Events of the log; null for tokens of some models"),
            Shape.Field("first_sequence", .nullable(.count), required: true, "First event of the period"),
            Shape.Field("end_sequence", .nullable(.count), required: true, "First event that is not of it any more"),
        ]))

    static func page(_ population: ChangePopulation, _ call: Call) -> HTTPResponse {
        let listed: HTTPResponse = Answering.list(population.page, call)
        var writer = JSONWriter(capacity: 4_096)
        writer.beginObject()
        writer.key("items")
        writer.beginArray()
        for item in population.page.items { writer.raw(item) }
        writer.endArray()
        writer.field("next_cursor", population.page.nextCursor)
        writer.field("count", population.count)
        writer.field("log_size", population.logSize)
        writer.field("first_sequence", population.range?.lowerBound)
        writer.field("end_sequence", population.range?.upperBound)
        writer.endObject()
        return HTTPResponse(status: 200, headers: listed.headers, body: .bytes(writer.finish()))
    }
}
