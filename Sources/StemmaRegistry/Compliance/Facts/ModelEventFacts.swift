internal import StemmaJSON

/// Facts about what happened around a model: changes of what is served, emergencies, incidents.
enum ModelEventFacts {
    static func gather(_ needs: ComplianceNeeds, _ model: ModelSubject, into sheet: inout ComplianceSheet) throws {
        let (name, records) = (model.record.name, model.context.records)
        if needs.wants("model.service_changes") {
            sheet.set("model.service_changes", .array(try ServiceChanges(model).rows()))
        }
        if needs.wants("model.emergency_changes") {
            let rows: [JSONValue] = (records.emergencies[name] ?? []).map { change in
                var row: JSONObject = ["audit_id": .string(change.auditID), "at": .string(change.at.description)]
                row.setKnown("reviewed_at", change.reviewed)
                return .object(row)
            }
            sheet.set("model.emergency_changes", .array(rows))
        }
        if needs.wants("model.incidents") {
            let rows: [JSONValue] = (records.incidents[name] ?? []).map { incident in
                var row: JSONObject = [
                    "id": .string(incident.id), "kind": .string(incident.kind),
                    "aware_at": .string(incident.aware.description),
                ]
                row.setKnown("reported_at", incident.reported)
                return .object(row)
            }
            sheet.set("model.incidents", .array(rows))
        }
    }
}

/// Moves of aliases that were protected then, and deployments to production, each with the transition that the version had
/// before.
struct ServiceChanges {
    let model: ModelSubject
    /// Of each alias, and of deployments; newest first.
    private static let limit: Int = 1_000
    private static let environment: String = "production"

    init(_ model: ModelSubject) { self.model = model }

    func rows() throws -> [JSONValue] {
        let (context, reader) = (model.context, model.reader)
        let since: Timestamp = AuditedRecords.start(context.now)
        var found: [Int64: JSONObject] = [:]
        for alias in context.aliases.ever {
            let events: [AuditRecord] = try reader.aliasEvents(
                model: model.record.name, alias: alias, before: nil, limit: ServiceChanges.limit)
            for record in events where record.timestamp >= since {
                let event = try AuditEvent(record)
                guard context.aliases.contains(alias, at: event) else { continue }
                guard let version = AliasHistory.move(of: alias, in: event)["to"]?.string else { continue }
                guard let id = try versionID(version) else { continue }
                found[record.sequence] = try row(record.sequence, record.timestamp, version: id)
            }
        }
        for deployed in try reader.deployments(
            model: model.record.id, environment: ServiceChanges.environment, since: since,
            limit: ServiceChanges.limit)
        {
            found[deployed.sequence] = try row(deployed.sequence, deployed.at, version: deployed.versionID)
        }
        return found.sorted { $0.key < $1.key }.map { .object($0.value) }
    }

    private func row(_ sequence: Int64, _ at: Timestamp, version id: Int64) throws -> JSONObject {
        let date: String = at.description.prefix(10).filter { $0 != "-" }
        var row: JSONObject = [
            "audit_id": .string("audit_\(date)_\(sequence)"), "at": .string(at.description),
        ]
        row.setKnown("transition_at", try transition(version: id, until: at))
        return row
    }

    private func versionID(_ version: String) throws -> Int64? {
        guard let precedence = SemanticVersion(version)?.precedenceKey else { return nil }
        return try model.reader.version(model: model.record.id, precedence: precedence)?.id
    }

    /// The last guarded move into a state that may be served, of those up to a moment; the first one after it where
    /// there is none, which tells how late it was.
    private func transition(version id: Int64, until moment: Timestamp) throws -> Timestamp? {
        let guarded: Set<TransitionKind> = [.requested, .automatic, .restored]
        let moves: [TransitionRecord] = try model.reader.transitions(
            version: id, before: nil, limit: ServiceChanges.limit
        ).filter { guarded.contains($0.stored.kind) && LifecycleState.inService.contains($0.stored.to) }
        return (moves.first { $0.stored.at <= moment } ?? moves.last)?.stored.at
    }
}
