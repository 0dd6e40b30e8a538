internal import StemmaHTTP
internal import StemmaJSON
internal import StemmaRegistry

extension Endpoint {
    static let ingestLineageEvents = Endpoint(
        "IngestLineageEvents", .post, "/api/v1/lineage",
        "Take OpenLineage events of runs, jobs and datasets: one, or an array of them; also as gzip",
        access: .permission(.writeLineage), request: .oneOrMany(.map(of: .any, maxCount: 1_000, keyBytes: 1_000)),
        answers: [
            AnswerDescription(200, "Nothing new, or what became of an array", .json(LineageRunDocument.results)),
            AnswerDescription(201, "The event is in the graph", .json(LineageRunDocument.results)),
        ], refusals: [.payloadTooLarge]
    ) { call in
        let body = try await call.json(
            limit: call.services.core.policy.limits.lineageBodyBytes, acceptsGzip: true)
        return Answering.mutation(
            try await call.services.lineage.ingestLineageEvents(
                body.value, try call.context(fingerprintOf: body.bytes)))
    }
}
