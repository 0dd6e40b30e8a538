internal import StemmaJSON

/// Legal holds as the audit log tells of them, and what is going to be removed under them.
///
/// A hold is named by `detail.hold`, or else by what it is on. Nothing in the registry deletes by a schedule; what it
/// will do by itself is archive deprecated versions.
struct LegalHoldFacts: Sendable {
    private struct Hold: Sendable {
        let id: String
        /// Nil where it is on no model or version.
        let model: String?
        let version: String?
    }

    private var holds: [String: Hold] = [:]

    var ids: [String] { holds.keys.sorted() }

    /// Models that a hold is on, wholly or in part.
    var models: [String] { Set(holds.values.compactMap(\.model)).sorted() }

    mutating func place(_ event: AuditEvent) {
        let id: String = LegalHoldFacts.id(event)
        holds[id] = Hold(id: id, model: event.record.resource.model, version: event.record.resource.version)
    }

    mutating func release(_ event: AuditEvent) { holds[LegalHoldFacts.id(event)] = nil }

    private static func id(_ event: AuditEvent) -> String {
        event.detail["hold"]?.string ?? "\(event.record.resource.type):\(event.record.resource.id)"
    }

    /// The hold that covers a version.
    func hold(model: String, version: String) -> String? {
        holds.values.filter { $0.model == model && ($0.version == nil || $0.version == version) }.map(\.id).min()
    }

    /// `registry.legal_holds` and `registry.scheduled_removals`; of these, where nothing is held nobody looks, and
    /// otherwise only models that a hold is on.
    func gather(_ lifecycle: LifecycleDefinition, _ reader: any MetadataReader, into sheet: inout ComplianceSheet)
        throws
    {
        sheet.set("registry.legal_holds", texts: ids)
        var removals: [JSONValue] = []
        let isAutomatic: Bool =
            lifecycle.transition(from: .deprecated, to: .archived)?.automaticAfterMinutes != nil
        for name in isAutomatic ? models : [] {
            guard let model = try reader.model(named: name), model.deleted == nil else { continue }
            for record in try reader.versions(model: model.id, states: [.deprecated], limit: LegalHoldFacts.limit) {
                var removal: JSONObject = ["id": .string("\(record.model)_v\(record.version)")]
                removal.setKnown("legal_hold", hold(model: record.model, version: record.version))
                removals.append(.object(removal))
            }
        }
        sheet.set("registry.scheduled_removals", .array(removals))
    }

    /// Deprecated versions of one model that are looked at.
    private static let limit: Int = 1_000
}
