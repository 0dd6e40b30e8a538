/// The operations on the audit log.
let auditRoutes: [Endpoint] = [
    .listAuditEvents, .readAuditCheckpoint, .readAuditKey, .proveAuditInclusion, .proveAuditConsistency, .readAuditTile,
    .exportAudit, .exportEvidence, .readAuditEvent, .readModelTimeline, .readVersionTimeline,
]
