internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let assessImpact = Endpoint(
        "AssessImpact", .post, "/v1/lineage/impact",
        "Store what a change touches as a checklist, and hold back what is downstream where that is asked for",
        access: .permission(.writeLineage), query: [.dryRun], request: .json(AssessmentDocument.request),
        answers: [AnswerDescription(201, "The assessment", .json(AssessmentDocument.document))],
        refusals: [.entityNotFound]
    ) { call in
        let body = try await call.json()
        return Answering.mutation(
            try await call.services.lineage.assessImpact(body.value, try call.context(fingerprintOf: body.bytes)))
    }
}
