internal import StemmaDigest
package import StemmaJSON

/// An event of the log as auditors see it.
package struct AuditEvent: Sendable {
    package let record: AuditRecord
    /// The leaf's `detail`; empty once pruned.
    let detail: JSONObject
    /// Private fields that are still kept.
    let personal: JSONObject

    /// Throws `internalError` where a stored leaf is damaged.
    package init(_ record: AuditRecord) throws {
        self.record = record
        detail = try record.leaf.map { try StoredJSON.object($0)["detail"]?.object ?? JSONObject() } ?? JSONObject()
        var personal = JSONObject()
        for value in record.privateValues {
            // A value that does not read as JSON is shown as text rather than hiding the whole event.
            let json: JSONValue =
                (try? JSONParser.parse(value.value)) ?? .string(String(decoding: value.value, as: UTF8.self))
            personal.set(value.field, json)
        }
        self.personal = personal
    }

    /// `audit_<date>_<sequence>`.
    package var auditID: String {
        let date: String = record.timestamp.description.prefix(10).filter { $0 != "-" }
        return "audit_\(date)_\(record.sequence)"
    }

    /// The sequence in an audit id; nil for anything else.
    package static func sequence(of auditID: String) -> Int64? {
        let parts: [Substring] = auditID.split(separator: "_", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "audit", parts[1].count == 8, let sequence = Int64(parts[2]), sequence >= 0,
            String(sequence) == parts[2]
        else { return nil }
        return sequence
    }

    /// The event's members in the order of the contract.
    package var members: [(name: String, value: JSONValue)] {
        let resource = record.resource
        var place = JSONObject([
            JSONObject.Member(name: "type", value: .string(resource.type)),
            JSONObject.Member(name: "id", value: .string(resource.id)),
        ])
        if let model = resource.model { place.set("model", .string(model)) }
        if let version = resource.version { place.set("version", .string(version)) }
        let modelID: JSONValue = modelIDText.map { .string($0) } ?? .null
        return [
            ("audit_id", .string(auditID)), ("sequence", .integer(record.sequence)),
            ("timestamp", .string(record.timestamp.description)), ("action", .string(record.action)),
            ("outcome", .string(record.outcome)), ("user", personal["actor.subject"] ?? .null), ("model_id", modelID),
            ("resource", .object(place)), ("approvers", personal["approvers"] ?? .array([])),
            ("rationale", personal["rationale"] ?? .null), ("evidence", personal["evidence"] ?? .null),
            ("rollback_plan", personal["rollback_plan"] ?? .null), ("changes", changes), ("detail", .object(detail)),
            ("client_address", personal["client.address"] ?? .null), ("target", personal["target"] ?? .null),
            ("request_id", personal["request_id"] ?? .null),
            ("leaf_hash", .string(record.leafHash.description)),
        ]
    }

    /// JSON text of the whole event.
    package var json: [UInt8] {
        var writer = JSONWriter(capacity: 1_024)
        writer.beginObject()
        for member in members { writer.field(member.name, member.value) }
        writer.endObject()
        return writer.finish()
    }

    /// What changed. Moves of aliases say it in public; other changes are kept as private fields.
    private var changes: JSONValue {
        if let kept = personal["changes"] {
            guard let subject = personal["token.subject"], var after = kept["after"]?.object else { return kept }
            after.set("subject", subject)
            return .object(["before": kept["before"] ?? .null, "after": .object(after)])
        }
        if let from = detail["from_state"], let to = detail["to_state"] {
            return .object(["before": .object(["state": from]), "after": .object(["state": to])])
        }
        guard detail["from"] != nil || detail["to"] != nil else { return .null }
        return .object([
            "before": .object(["version": detail["from"] ?? .null]),
            "after": .object(["version": detail["to"] ?? .null]),
        ])
    }

    private var modelIDText: String? {
        guard let model = record.resource.model else { return nil }
        if let version = record.resource.version { return "\(model)_v\(version)" }
        if record.resource.type == "alias", let version = detail["to"]?.string ?? detail["from"]?.string {
            return "\(model)_v\(version)"
        }
        return nil
    }
}
