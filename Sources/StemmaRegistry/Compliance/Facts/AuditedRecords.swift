internal import StemmaJSON

/// What people recorded in the audit log for rules, read once for a scan: few events, each under an action of its own.
struct AuditedRecords: Sendable {
    struct Incident: Sendable {
        let id: String
        let kind: String
        let aware: Timestamp
        var reported: Timestamp?
    }

    struct Emergency: Sendable {
        let auditID: String
        let at: Timestamp
        var reviewed: Timestamp?
    }

    struct Erasure: Sendable {
        let id: String
        let received: Timestamp
    }

    /// By model.
    private(set) var attested: [String: Timestamp] = [:]
    private(set) var incidents: [String: [Incident]] = [:]
    private(set) var emergencies: [String: [Emergency]] = [:]
    /// By the entity, `type:id`.
    private(set) var erasures: [String: [Erasure]] = [:]

    /// How far back incidents, changes and approvals are looked at.
    private static let days: Int64 = 365

    /// The moment from which on they are.
    static func start(_ now: Timestamp) -> Timestamp { now.adding(milliseconds: -days * Timestamp.dayMilliseconds) }

    /// Events of one read.
    private static let batch: Int = 500

    /// Reads what rules need, in reads of their own.
    static func load(_ needs: ComplianceNeeds, now: Timestamp, _ store: any MetadataStore) async throws
        -> AuditedRecords
    {
        var records = AuditedRecords()
        let recent: Timestamp = start(now)
        if needs.wants("model.attested_at") {
            try await each("attest_model", since: nil, store) { event in
                if let model = event.record.resource.model { records.attested[model] = event.record.timestamp }
            }
        }
        if needs.wants("model.incidents") {
            try await each("record_incident", since: recent, store) { records.addIncident($0) }
            try await each("report_incident", since: recent, store) { records.reportIncident($0) }
        }
        if needs.wants("model.emergency_changes") {
            try await each("declare_emergency_change", since: recent, store) { records.addEmergency($0) }
            try await each("review_emergency_change", since: recent, store) { records.reviewEmergency($0) }
        }
        if needs.wants("version.erasure_requests") {
            try await each("record_erasure_request", since: nil, store) { records.addErasure($0) }
        }
        return records
    }

    /// Every successful event of an action, oldest first.
    private static func each(
        _ action: String, since: Timestamp?, _ store: any MetadataStore, _ body: (AuditEvent) -> Void
    ) async throws {
        var after: [SortValue]?
        let ordering: Ordering = try RecordedEvents.ordering(newestFirst: false)
        repeat {
            let start: [SortValue]? = after
            let page: Page<AuditRecord> = try await store.read { reader in
                try reader.auditEvents(
                    ListQuery(filter: nil, ordering: ordering, after: start, limit: batch, scope: .everything),
                    range: AuditRange(from: since, action: action))
            }
            for record in page.rows where record.outcome == "success" { body(try AuditEvent(record)) }
            after = page.next
        } while after != nil
    }

    private mutating func addIncident(_ event: AuditEvent) {
        guard let model = event.record.resource.model, let id = event.detail["incident"]?.string,
            let kind = event.detail["kind"]?.string, let aware = ComplianceText.time(event.detail["occurred_at"])
        else { return }
        incidents[model, default: []].append(Incident(id: id, kind: kind, aware: aware))
    }

    private mutating func reportIncident(_ event: AuditEvent) {
        guard let model = event.record.resource.model, let id = event.detail["incident"]?.string,
            let index = incidents[model]?.firstIndex(where: { $0.id == id })
        else { return }
        // The first report counts.
        guard incidents[model]?[index].reported == nil else { return }
        incidents[model]?[index].reported =
            ComplianceText.time(event.detail["occurred_at"]) ?? event.record.timestamp
    }

    private mutating func addEmergency(_ event: AuditEvent) {
        guard let model = event.record.resource.model, let id = event.detail["change"]?.string,
            let at = ComplianceText.time(event.detail["occurred_at"])
        else { return }
        guard emergencies[model]?.contains(where: { $0.auditID == id }) != true else { return }
        emergencies[model, default: []].append(Emergency(auditID: id, at: at))
    }

    private mutating func reviewEmergency(_ event: AuditEvent) {
        guard let model = event.record.resource.model, let id = event.detail["change"]?.string,
            let index = emergencies[model]?.firstIndex(where: { $0.auditID == id }),
            emergencies[model]?[index].reviewed == nil
        else { return }
        emergencies[model]?[index].reviewed = event.record.timestamp
    }

    private mutating func addErasure(_ event: AuditEvent) {
        guard event.record.resource.type == "lineage_entity" else { return }
        let received: Timestamp = ComplianceText.time(event.detail["occurred_at"]) ?? event.record.timestamp
        erasures[event.record.resource.id, default: []].append(Erasure(id: event.auditID, received: received))
    }
}

/// Finding single events.
enum RecordedEvents {
    static func ordering(newestFirst: Bool) throws(StemmaError) -> Ordering {
        do throws(FilterError) {
            return try Ordering.parse(newestFirst ? "sequence desc" : "sequence", fields: .audit)
        } catch {
            throw StemmaError(.internalError, "events cannot be ordered", cause: "\(error)")
        }
    }

    /// The newest successful event of an action.
    static func last(_ action: String, _ reader: any MetadataReader) throws -> AuditRecord? {
        let query = ListQuery(
            filter: nil, ordering: try ordering(newestFirst: true), after: nil, limit: 20, scope: .everything)
        return try reader.auditEvents(query, range: AuditRange(action: action)).rows.first {
            $0.outcome == "success"
        }
    }
}
