internal import StemmaJSON

/// The one representation of a violation, wherever it is answered.
enum ViolationDocument {
    /// `steps` are the latest, newest first. Evidence names no model outside `scope`.
    private static func represent(
        _ record: ViolationRecord, _ steps: [ViolationStep], _ scope: ModelScope, at now: Timestamp
    ) -> Representation {
        let (stored, state): (NewViolation, ViolationState) = (record.stored, record.state)
        let status: ViolationStatus = record.status(at: now)
        var writer = JSONWriter(capacity: 2_048)
        writer.beginObject()
        writer.field("id", stored.id)
        writer.field("rule", stored.rule)
        writer.field("rule_version", state.ruleVersion)
        writer.field("frameworks", state.frameworks)
        writer.field("severity", state.severity)
        writer.key("subject")
        writer.beginObject()
        writer.field("type", stored.subject.type.rawValue)
        writer.field("id", stored.subjectID)
        writer.field("model", stored.model)
        writer.field("version", stored.version)
        writer.endObject()
        writer.field("evidence", raw: evidence(state.evidence, scope))
        writer.field("status", status.rawValue)
        writer.field("owner", state.owner)
        writer.field("owner_role", state.ownerRole)
        writer.field("due_at", state.due.description)
        writer.field("overdue", state.closed == nil && state.due < now)
        writer.field("note", state.note)
        writer.field("opened_at", state.opened.description)
        writer.field("last_seen_at", state.lastSeen.description)
        writer.field("failures", state.failures)
        writer.field("closed_at", state.closed?.description)
        writer.key("waiver")
        if let waiver = state.waiver {
            writer.beginObject()
            writer.field("approver", record.waivedBy ?? "")
            writer.field("reason", waiver.reason)
            writer.field("at", waiver.at.description)
            writer.field("expires_at", waiver.expires.description)
            writer.endObject()
        } else {
            writer.null()
        }
        writer.key("history")
        writer.beginArray()
        for step in steps.reversed() { write(step, to: &writer) }
        writer.endArray()
        writer.field("steps", record.steps)
        writer.field("updated_at", record.updated.description)
        return EntityTag.seal(writer.bytes)
    }

    private static func write(_ step: ViolationStep, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("number", step.position)
        writer.field("step", step.stored.kind.rawValue)
        writer.field("at", step.stored.at.description)
        writer.field("by", step.by)
        writer.field("scan", step.stored.scan)
        writer.field("detail", raw: step.stored.detail ?? Array("null".utf8))
        writer.endObject()
    }

    /// As somebody sees it whose token reaches the models in `scope`.
    static func represent(
        _ record: ViolationRecord, _ scope: ModelScope, at now: Timestamp, _ reader: any MetadataReader
    ) throws -> Representation {
        represent(record, try reader.violationSteps(record.row, limit: Limits().violationStepsShown), scope, at: now)
    }

    /// A version may derive from models that a token does not reach; the evidence that is about one does not name it
    /// then.
    private static func evidence(_ text: [UInt8], _ scope: ModelScope) -> [UInt8] {
        guard !scope.isUnlimited, var object = try? StoredJSON.object(text) else { return text }
        let findings: [JSONValue] = (object["findings"]?.array ?? []).map { finding in
            guard var members = finding.object, let element = members["element"]?.string else { return finding }
            let isParent: Bool = (members["facts"]?.array ?? []).contains {
                $0["path"]?.string?.hasPrefix("version.parents.") ?? false
            }
            let isReached: Bool = (try? ModelID(validating: element)).map { scope.contains($0.name.text) } ?? false
            guard isParent, !isReached else { return finding }
            _ = members.remove("element")
            return .object(members)
        }
        object.set("findings", .array(findings))
        return StoredJSON.text(object)
    }
}
