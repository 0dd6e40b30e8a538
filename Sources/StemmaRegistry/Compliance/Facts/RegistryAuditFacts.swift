internal import StemmaJSON

/// Facts about the audit log, and about what the registry itself is set to.
enum RegistryAuditFacts {
    static func gather(
        _ needs: ComplianceNeeds, _ core: RegistryCore, at now: Timestamp, _ reader: any MetadataReader,
        into sheet: inout ComplianceSheet
    ) throws {
        if needs.wants("registry.audit") {
            let days: Int64 = core.policy.auditRetentionMilliseconds / Timestamp.dayMilliseconds
            sheet.set("registry.audit.retention_days", days)
            sheet.set("registry.audit.retention_floor_days", core.compliance.retentionFloorDays)
            sheet.set("registry.audit.verified_at", try AuditMilestone.verified.read(reader))
            sheet.set("registry.audit.checkpoint_at", try checkpoint(at: now, reader))
            sheet.set("registry.audit.anchored_at", try anchored(reader))
            sheet.set(
                "registry.audit.reviewed_at", try RecordedEvents.last("review_audit_log", reader)?.timestamp)
        }
        if needs.wants("registry.lifecycle") {
            sheet.set("registry.lifecycle.gates_changed_at", try gatesChanged(reader))
        }
        // Nothing scans artifacts, so that there is no rule set.
    }

    /// A head that covers the whole log is as new as can be: there is nothing to sign.
    private static func checkpoint(at now: Timestamp, _ reader: any MetadataReader) throws -> Timestamp? {
        guard let head = try reader.lastAuditCheckpoint() else { return nil }
        if head.size == (try reader.auditSize()) { return now }
        return try AuditMilestone.signed.read(reader)
    }

    /// An export that somebody took away is a copy outside of the database too.
    private static func anchored(_ reader: any MetadataReader) throws -> Timestamp? {
        let exported: Timestamp? = try RecordedEvents.last("export_audit", reader)?.timestamp
        return [try AuditMilestone.anchored.read(reader), exported].compactMap { $0 }.max()
    }

    /// When the first of the revisions with the gates of today came into force.
    private static func gatesChanged(_ reader: any MetadataReader) throws -> Timestamp? {
        guard let present = try reader.lifecycleDefinition(nil) else { return nil }
        let gates: JSONValue? = try StoredJSON.object(present.json)["gates"]
        var since: Timestamp = present.created
        var revision: Int64 = present.revision - 1
        while revision >= 1, let earlier = try reader.lifecycleDefinition(revision),
            try StoredJSON.object(earlier.json)["gates"] == gates
        {
            since = earlier.created
            revision -= 1
        }
        return since
    }
}
