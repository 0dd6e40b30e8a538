internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let redactEvent = Endpoint(
        "RedactEvent", .post, "/v1/audit/{audit_id}/redactions",
        "Remove private values of an event; the log still verifies", access: .permission(.managePrivacy),
        query: [.dryRun], request: .json(RedactionService.request),
        answers: [AnswerDescription(201, "What was removed, and what is left", .json(RedactionService.document))],
        refusals: [.auditEventNotFound, .legalHold]
    ) { call in
        let body = try await call.json()
        return Answering.mutation(
            try await call.services.redactions.redactEvent(
                call.parameter("audit_id"), body.value, try call.context(fingerprintOf: body.bytes)))
    }
}
