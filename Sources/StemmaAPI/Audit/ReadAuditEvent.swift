internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let readAuditEvent = Endpoint(
        "ReadAuditEvent", .get, "/v1/audit/{audit_id}", "Read one event", access: .permission(.readAudit),
        answers: [AnswerDescription(200, "The event", .json(auditShape))], refusals: [.auditEventNotFound]
    ) { call in
        Answering.plain(try await call.services.audit.readEvent(call.parameter("audit_id"), try call.principal).json)
    }
}
