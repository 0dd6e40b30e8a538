/// The operations on the audit log.
let auditRoutes: [Endpoint] = [.listAuditEvents, .readAuditEvent]
