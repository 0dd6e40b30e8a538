internal import StemmaDigest
package import StemmaJSON

/// One change of what was in service, as auditors sample it.
package struct ServiceChange {
    /// What kind of change.
    package enum Category: String, Sendable, CaseIterable {
        case promotion, withdrawal, rollback, alias, deployment, rollout
    }

    /// Actions whose events may tell of one.
    static let actions: [String] = [
        "promote_version", "transition_version", "rollback_version", "set_alias", "delete_alias", "create_deployment",
        "update_deployment", "start_rollout", "advance_rollout", "abort_rollout",
    ]

    /// Members in their order, which is that of CSV columns too.
    package static let columns: [String] = [
        "sequence", "audit_id", "timestamp", "category", "action", "model", "version", "model_id", "from", "to",
        "alias_moves", "other_versions", "environment", "deployment", "requested_by", "executed_by", "request_id",
        "approvers", "approvals", "rationale_present", "rollback_plan_present", "evidence_digest", "manifest_digest",
        "lifecycle_digest", "leaf_hash",
    ]

    let event: AuditEvent
    let category: Category

    /// Nil for what changed nothing in service.
    init?(_ event: AuditEvent, protected: ProtectedAliases) {
        guard let category = ServiceChange.category(event, protected) else { return nil }
        self.event = event
        self.category = category
    }

    private static func category(_ event: AuditEvent, _ protected: ProtectedAliases) -> Category? {
        let detail: JSONObject = event.detail
        switch event.record.action {
        case "rollback_version": return .rollback
        case "create_deployment": return .deployment
        case "update_deployment": return detail["from_status"] != detail["status"] ? .deployment : nil
        case "set_alias", "delete_alias":
            let name: Substring = event.record.resource.id.split(separator: "@").last ?? ""
            return protected.contains(String(name), at: event) ? .alias : nil
        case "start_rollout", "advance_rollout", "abort_rollout": return .rollout
        default: break
        }
        let production: JSONValue = .string(LifecycleState.production.rawValue)
        if detail["to_state"] == production { return .promotion }
        if detail["from_state"] == production { return .withdrawal }
        let moves: [JSONValue] = detail["aliases"]?.array ?? []
        return moves.contains { protected.contains($0["alias"]?.string ?? "", at: event) } ? .alias : nil
    }

    /// A body of `shape`.
    func json(_ reader: any MetadataReader) throws -> [UInt8] {
        let record: AuditRecord = event.record
        let detail: JSONObject = event.detail
        let isMove: Bool = detail["to_state"] != nil
        let main: TransitionRecord? = isMove ? try reader.mainTransition(auditSequence: record.sequence) : nil
        let promotion: JSONValue? = try main.map { try Promotion($0, main: nil, reader).json }
        let deployment: DeploymentRecord? = try detail["deployment"]?.string.flatMap { try reader.deployment($0) }
        let actor: JSONValue = event.personal["actor.subject"] ?? .null
        let evidence: JSONValue =
            event.personal["evidence"].map {
                .string(SHA256Hasher.digest(CanonicalJSON.encode($0)).description)
            } ?? .null
        let version: String? = record.resource.version ?? detail["to"]?.string ?? detail["from"]?.string
        var writer = JSONWriter(capacity: 2_048)
        writer.beginObject()
        writer.field("sequence", record.sequence)
        writer.field("audit_id", event.auditID)
        writer.field("timestamp", record.timestamp.description)
        writer.field("category", category.rawValue)
        writer.field("action", record.action)
        writer.field("model", record.resource.model)
        writer.field("version", version)
        writer.field("model_id", version.map { "\(record.resource.model ?? "")_v\($0)" })
        writer.field("from", detail["from_state"] ?? detail["from_status"] ?? detail["from"] ?? .null)
        writer.field("to", detail["to_state"] ?? detail["status"] ?? detail["to"] ?? .null)
        writer.field("alias_moves", aliasMoves)
        writer.field("other_versions", detail["others"] ?? .array([]))
        writer.field("environment", detail["environment"] ?? .null)
        writer.field("deployment", detail["deployment"] ?? .null)
        writer.field("requested_by", deployment.map { .string($0.createdBy) } ?? actor)
        writer.field("executed_by", actor)
        writer.field("request_id", event.personal["request_id"] ?? .null)
        writer.field("approvers", event.personal["approvers"] ?? promotion?["approvers"] ?? .array([]))
        writer.field("approvals", promotion?["approvals"] ?? .array([]))
        writer.field("rationale_present", hasText("rationale"))
        writer.field("rollback_plan_present", hasText("rollback_plan"))
        writer.field("evidence_digest", evidence)
        writer.field("manifest_digest", detail["manifest_digest"] ?? .null)
        writer.field("lifecycle_digest", detail["lifecycle_digest"] ?? .null)
        writer.field("leaf_hash", record.leafHash.description)
        writer.endObject()
        return writer.finish()
    }

    /// By the leaf, which commits to the text also where that was erased.
    private func hasText(_ field: String) -> Bool {
        guard let leaf = event.record.leaf, let object = try? StoredJSON.object(leaf) else { return false }
        return object["priv"]?[field] != nil
    }

    private var aliasMoves: JSONValue {
        if let moves = event.detail["aliases"] { return moves }
        guard event.record.resource.type == "alias" else { return .array([]) }
        let name: Substring = event.record.resource.id.split(separator: "@").last ?? ""
        return [
            [
                "alias": .string(String(name)), "from": event.detail["from"] ?? .null,
                "to": event.detail["to"] ?? .null,
            ]
        ]
    }

    private static let text: Shape = .nullable(.text(maxBytes: 10_000))

    package static let shape: Shape = .named(
        "ServiceChange",
        .object([
            Shape.Field("sequence", .count, required: true, "Of the event in the audit log, for its proof"),
            Shape.Field("audit_id", .text(maxBytes: 100), required: true),
            Shape.Field("timestamp", CommonShapes.time, required: true),
            Shape.Field("category", .choice(Category.allCases.map(\.rawValue)), required: true),
            Shape.Field("action", .text(maxBytes: 100), required: true), Shape.Field("model", text, required: true),
            Shape.Field("version", text, required: true), Shape.Field("model_id", text, required: true),
            Shape.Field("from", text, required: true, "State, status or version before"),
            Shape.Field("to", text, required: true, "State, status or version after"),
            Shape.Field("alias_moves", .any, required: true), Shape.Field("other_versions", .any, required: true),
            Shape.Field("environment", text, required: true), Shape.Field("deployment", text, required: true),
            Shape.Field("requested_by", text, required: true, "Null where erased"),
            Shape.Field("executed_by", text, required: true, "Null where erased"),
            Shape.Field("request_id", text, required: true), Shape.Field("approvers", .any, required: true),
            Shape.Field("approvals", .any, required: true, "Gate, role, time, review and evidence digest of each"),
            Shape.Field("rationale_present", .boolean, required: true),
            Shape.Field("rollback_plan_present", .boolean, required: true),
            Shape.Field(
                "evidence_digest", .nullable(CommonShapes.digest), required: true,
                "Over the event's evidence as RFC 8785 text, as it is in the log's private part"),
            Shape.Field("manifest_digest", .nullable(CommonShapes.digest), required: true),
            Shape.Field("lifecycle_digest", .nullable(CommonShapes.digest), required: true),
            Shape.Field("leaf_hash", .text(maxBytes: 100), required: true),
        ]))
}
