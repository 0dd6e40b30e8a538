internal import StemmaHTTP
internal import StemmaJSON
internal import StemmaRegistry

extension Endpoint {
    static let listLineageRuns = Endpoint(
        "ListLineageRuns", .get, "/v1/lineage/runs", "List a job's runs as events told of them, the latest first",
        access: .permission(.readModels),
        query: [
            QueryParameter(
                name: "job", shape: .text(maxBytes: 1_000, minBytes: 1), summary: "Needed: `namespace:name` of the job")
        ] + QueryParameter.page,
        answers: [AnswerDescription(200, "One page", .list(LineageRunDocument.document))],
        refusals: [.entityNotFound, .invalidCursor]
    ) { call in
        Answering.list(
            try await call.services.lineage.listLineageRuns(
                job: call.query["job"], try call.listRequest(), try call.principal), call)
    }
}
