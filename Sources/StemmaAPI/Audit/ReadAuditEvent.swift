internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let readAuditEvent = Endpoint(
        "ReadAuditEvent", .get, "/v1/audit/{audit_id}", "Read one event", access: .permission(.readAudit),
        answers: [AnswerDescription(200, "The event", .json(auditShape))],
        refusals: [.auditEventNotFound, .auditEventPruned]
    ) { call in
        let event: AuditEvent = try await call.services.audit.readEvent(
            call.parameter("audit_id"), try call.principal)
        try await call.noteAuditRead()
        return Answering.plain(event.json)
    }
}
