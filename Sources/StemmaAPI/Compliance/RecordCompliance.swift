internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let recordCompliance = Endpoint(
        "RecordCompliance", .post, "/v1/compliance/records",
        "Record what only people can say: attestations, reviews, incidents, erasure requests",
        access: .permission(.readModels), request: .json(RecordShapes.request),
        answers: [AnswerDescription(201, "The record", .json(RecordShapes.document))],
        refusals: [
            .modelNotFound, .versionNotFound, .entityNotFound, .incidentNotFound, .auditEventNotFound, .sodViolation,
        ]
    ) { call in
        let body = try await call.json()
        return Answering.mutation(
            try await call.services.records.record(body.value, try call.context(fingerprintOf: body.bytes)))
    }
}
