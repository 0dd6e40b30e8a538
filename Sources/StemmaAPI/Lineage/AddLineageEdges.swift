internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let addLineageEdges = Endpoint(
        "AddLineageEdges", .post, "/v1/lineage/edges",
        "Add one edge, or an array of edges with a result for each; the same edge again changes nothing",
        access: .permission(.writeLineage), query: [.dryRun], request: .oneOrMany(LineageShapes.edgeRequest),
        answers: [
            AnswerDescription(
                200, "What became of each edge of an array; the edge, where one was sent that was there",
                .either(LineageShapes.edge, LineageShapes.edgeResults)),
            AnswerDescription(201, "The edge, where one was sent that is new", .json(LineageShapes.edge)),
        ], refusals: [.lineageCycle, .entityNotFound, .entityManaged, .payloadTooLarge]
    ) { call in
        let body = try await call.json(limit: call.services.core.policy.limits.lineageBodyBytes)
        return Answering.mutation(
            try await call.services.lineage.addLineageEdges(body.value, try call.context(fingerprintOf: body.bytes)))
    }
}
