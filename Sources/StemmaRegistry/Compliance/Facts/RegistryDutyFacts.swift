internal import StemmaJSON

/// Facts about what is to be done, and about what must not be: read after everything else was looked at.
enum RegistryDutyFacts {
    /// Remediations that are looked at, those due first: what is overdue is always among them unless all of these are.
    static let remediationLimit: Int = 10_000

    static func gather(
        _ needs: ComplianceNeeds, _ core: RegistryCore, _ context: ComplianceContext, _ reader: any MetadataReader,
        into sheet: inout ComplianceSheet
    ) throws {
        if needs.wants("registry.remediations") {
            let rows: [JSONValue] = try reader.openViolations(at: context.now, limit: remediationLimit).map { record in
                [
                    "id": .string(record.id), "rule": .string(record.stored.rule),
                    "severity": .string(record.state.severity), "due_at": .string(record.state.due.description),
                ]
            }
            sheet.set("registry.remediations", .array(rows))
        }
        if needs.wants(anyOf: ["registry.legal_holds", "registry.scheduled_removals"]) {
            try ScheduledRemovals(core, context, reader).gather(into: &sheet)
        }
        if needs.wants("registry.erasures") {
            sheet.set("registry.erasures", .array(try reader.deferredErasures().map { erasure($0) }))
        }
    }
    private static func erasure(_ record: ErasureRecord) -> JSONValue {
        var row: JSONObject = [
            "id": .string(record.id), "basis": .string(record.basis),
            "requested_at": .string(record.requested.description),
        ]
        row.setKnown("ground", record.ground?.rawValue)
        row.setKnown("rerun_at", record.rerun)
        return .object(row)
    }
}
