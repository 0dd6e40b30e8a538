internal import StemmaJSON

/// One record on its way into the log: what it is about, who may make it, and whether what it names is there.
struct RecordDraft {
    private let kind: RecordKind
    private let body: JSONValue
    private let principal: Principal
    private let now: Timestamp
    private let reader: any MetadataReader
    private var resource: ResourceID = .registry
    private var detail: [String: JSONValue] = [:]

    /// How far ahead the clock of whoever records may be.
    private static let aheadMilliseconds: Int64 = 300_000
    /// Events of one action about one model that are looked through.
    private static let eventsMax: Int = 10_000

    init(
        _ kind: RecordKind, _ body: JSONValue, _ principal: Principal, at now: Timestamp, _ reader: any MetadataReader
    ) {
        self.kind = kind
        self.body = body
        self.principal = principal
        self.now = now
        self.reader = reader
    }

    var event: AuditDraft {
        var event = AuditDraft(resource, detail: detail)
        if let note = body["note"]?.string { event.personal["rationale"] = .string(note) }
        return event
    }

    mutating func read(newIncident: String) throws {
        switch kind {
        case .attestModel: try attest()
        case .reviewAuditLog: try principal.requireEverywhere(.readAudit)
        case .recordIncident: try recordIncident(newIncident)
        case .reportIncident: try reportIncident()
        case .declareEmergencyChange: try declareEmergency()
        case .reviewEmergencyChange: try reviewEmergency()
        case .recordErasureRequest: try recordErasure()
        }
    }

    // Models.

    private func model() throws -> ModelRecord {
        try ModelService.find(body["model"]?.string ?? "", principal, reader)
    }

    private func isOwner(of model: ModelRecord) throws -> Bool {
        let backup: String? = try StoredJSON.object(model.tags)[ModelStandingFacts.backupTag]?.string
        return [model.owner, backup].contains(principal.subject)
    }

    private mutating func attest() throws {
        let model: ModelRecord = try model()
        guard try isOwner(of: model) else {
            throw StemmaError(
                .permissionDenied,
                "only the owner of \(model.name) or its backup_owner may attest that its record is right")
        }
        resource = .model(model.name)
        detail["revision"] = .integer(model.revision)
    }

    // Incidents.

    private mutating func recordIncident(_ made: String) throws {
        try principal.require(.recordCompliance)
        let model: ModelRecord = try model()
        let incident: String = body["incident"]?.string ?? made
        guard try find("record_incident", model.name, { $0.detail["incident"]?.string == incident }) == nil else {
            throw StemmaError.validation([ShapeFault(pointer: "/incident", detail: "is recorded already")])
        }
        resource = .model(model.name)
        if let version = body["version"]?.string {
            let record: VersionRecord = try VersionResolver.exact(
                model: model.name, version: version, principal, reader)
            resource = .version(model: record.model, version: record.version)
        }
        detail["incident"] = .string(incident)
        detail["kind"] = body["incident_kind"]
        try setTime()
    }

    private mutating func reportIncident() throws {
        let model: ModelRecord = try model()
        let mayReport: Bool = principal.may(.manageCompliance)
        guard try mayReport || isOwner(of: model) else {
            throw StemmaError(
                .permissionDenied,
                "incidents of \(model.name) are reported by its owner or backup_owner, an auditor or an admin")
        }
        let incident: String = body["incident"]?.string ?? ""
        guard let recorded = try find("record_incident", model.name, { $0.detail["incident"]?.string == incident })
        else { throw StemmaError(.incidentNotFound, "\(model.name) has no incident \(incident)") }
        resource = .model(model.name)
        detail["incident"] = .string(incident)
        try setTime()
        if let aware = ComplianceText.time(recorded.detail["occurred_at"]),
            let told = ComplianceText.time(detail["occurred_at"]), told < aware
        {
            throw StemmaError.validation([
                ShapeFault(pointer: "/occurred_at", detail: "is before anybody became aware of it, \(aware)")
            ])
        }
    }

    // Emergency changes.

    private mutating func declareEmergency() throws {
        try principal.require(.recordCompliance)
        let change: AuditEvent = try change()
        detail["occurred_at"] = .string(change.record.timestamp.description)
    }

    private mutating func reviewEmergency() throws {
        guard principal.may(.reviewVersions) || principal.may(.manageCompliance) else {
            throw StemmaError(
                .permissionDenied, "emergency changes are reviewed by reviewers, auditors and admins")
        }
        let change: AuditEvent = try change()
        let model: String = change.record.resource.model ?? ""
        guard
            try find("declare_emergency_change", model, { $0.detail["change"]?.string == change.auditID }) != nil
        else {
            throw StemmaError.validation([
                ShapeFault(pointer: "/change", detail: "was not declared an emergency change")
            ])
        }
        guard change.record.principalID != principal.id else {
            throw StemmaError(
                .sodViolation, "an emergency change is reviewed by somebody else than who made it",
                members: ["part": "who made the change"])
        }
    }

    /// The successful change that `change` names. Throws `auditEventNotFound` also for one of a model out of reach.
    private mutating func change() throws -> AuditEvent {
        let id: String = body["change"]?.string ?? ""
        let absent = StemmaError(.auditEventNotFound, "there is no audit event \(id) of a change to a model")
        guard let sequence = AuditEvent.sequence(of: id), let record = try reader.auditEvent(sequence: sequence),
            let model = record.resource.model, principal.scope.contains(model), record.outcome == "success"
        else { throw absent }
        let event = try AuditEvent(record)
        guard event.auditID == id else { throw absent }
        resource = .model(model)
        detail["change"] = .string(id)
        return event
    }

    // Erasure.

    private mutating func recordErasure() throws {
        try principal.require(.recordCompliance)
        let node: LineageNodeID
        do throws(NameFault) {
            node = try LineageNodeID(validating: body["entity"]?.string ?? "")
        } catch {
            throw StemmaError.validation([ShapeFault(pointer: "/entity", detail: error.reason)])
        }
        guard node.type == .dataset else {
            throw StemmaError.validation([ShapeFault(pointer: "/entity", detail: "must be a dataset")])
        }
        guard let entity = try reader.lineageEntity(node), entity.removed == nil,
            entity.model.map({ principal.scope.contains($0) }) ?? true
        else { throw StemmaError(.entityNotFound, "there is no entity \(node)") }
        resource = .lineageEntity(node.description)
        try setTime()
    }

    // Parts.

    private mutating func setTime() throws {
        let at: Timestamp = body["occurred_at"]?.string.flatMap { Timestamp($0) } ?? now
        guard at <= now.adding(milliseconds: RecordDraft.aheadMilliseconds) else {
            throw StemmaError.validation([ShapeFault(pointer: "/occurred_at", detail: "is in the future")])
        }
        detail["occurred_at"] = .string(at.description)
    }

    /// The newest successful event of an action about a model that fits.
    private func find(_ action: String, _ model: String, _ fits: (AuditEvent) -> Bool) throws -> AuditEvent? {
        var after: [SortValue]?
        var looked: Int = 0
        let ordering: Ordering = try RecordedEvents.ordering(newestFirst: true)
        repeat {
            let page: Page<AuditRecord> = try reader.auditEvents(
                ListQuery(filter: nil, ordering: ordering, after: after, limit: 500, scope: .everything),
                range: AuditRange(model: model, action: action))
            for record in page.rows where record.outcome == "success" {
                let event = try AuditEvent(record)
                if fits(event) { return event }
            }
            looked += page.rows.count
            after = page.next
        } while after != nil && looked < RecordDraft.eventsMax
        return nil
    }

    func represent(_ auditID: String, _ at: Timestamp) -> [UInt8] {
        var writer = JSONWriter(capacity: 512)
        writer.beginObject()
        writer.field("kind", kind.rawValue)
        writer.field("audit_id", auditID)
        writer.field("at", at.description)
        writer.field("by", principal.subject)
        writer.field("model", resource.model)
        writer.field("version", resource.version)
        writer.field("incident", detail["incident"]?.string)
        writer.field("change", detail["change"]?.string)
        writer.field("entity", resource.type == "lineage_entity" ? resource.id : nil)
        writer.field("occurred_at", detail["occurred_at"]?.string)
        writer.endObject()
        return writer.finish()
    }
}
