internal import StemmaJSON

/// An entry of the change feed: what the audit log says in public of a change that happened.
package struct ChangeEvent: Sendable {
    /// Its place in the audit log, and in the feed.
    package let sequence: Int64
    /// The operation, e.g. `set_alias`.
    package let type: String
    /// The model it is about; nil where it is about none.
    let model: String?
    /// When it happened, as the log says.
    let time: Timestamp
    /// The whole entry as JSON.
    package let json: [UInt8]

    /// What the feed tells of. Tokens, the log and the registry itself are the auditors' business.
    static let resourceTypes: Set<String> = [
        "model", "model_version", "alias", "artifact", "rollout", "policy", "lineage_entity", "lineage",
        "impact_assessment", "experiment", "webhook",
    ]

    /// Nil for what the feed does not tell of, and for what was refused.
    init?(_ record: AuditRecord) throws {
        guard record.outcome == "success", ChangeEvent.resourceTypes.contains(record.resource.type),
            let leaf = record.leaf
        else { return nil }
        sequence = record.sequence
        type = record.action
        time = record.timestamp
        model = record.resource.model
        var writer = JSONWriter(capacity: leaf.count)
        writer.beginObject()
        ChangeEvent.writeMembers(
            of: record, detail: try StoredJSON.object(leaf)["detail"]?.object ?? JSONObject(), to: &writer)
        writer.endObject()
        json = writer.finish()
    }

    /// Members of an entry, into an open object.
    static func writeMembers(of record: AuditRecord, detail: JSONObject, to writer: inout JSONWriter) {
        writer.field("sequence", record.sequence)
        writer.field("type", record.action)
        writer.field("time", record.timestamp.description)
        writer.key("resource")
        writer.beginObject()
        writer.field("type", record.resource.type)
        writer.field("id", record.resource.id)
        writer.field("model", record.resource.model)
        writer.field("version", record.resource.version)
        writer.endObject()
        writer.field("detail", detail)
    }
}

/// Which entries of the feed somebody wants, and may see.
package struct ChangeFilter: Sendable {
    private let model: String?
    private let types: Set<String>
    private let scope: ModelScope

    /// All that the feed tells.
    static let everything = ChangeFilter(model: nil, types: [], scope: .everything)

    /// `types` empty: all.
    init(model: String?, types: Set<String>, scope: ModelScope) {
        self.model = model
        self.types = types
        self.scope = scope
    }

    func accepts(_ event: ChangeEvent) -> Bool {
        guard types.isEmpty || types.contains(event.type), model == nil || event.model == model else { return false }
        guard let model = event.model else { return scope.isUnlimited }
        return scope.contains(model)
    }
}
