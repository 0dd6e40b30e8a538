internal import StemmaJSON

/// The one representation of a policy, wherever it is answered.
enum PolicyDocument {
    /// `last` is the policy's latest run.
    static func represent(_ record: PolicyRecord, last: PolicyRunRecord?) throws(StemmaError) -> Representation {
        let definition: JSONObject = try StoredJSON.object(record.stored.definition)
        var writer = JSONWriter(capacity: 2_048)
        writer.beginObject()
        writer.field("id", record.id)
        for member in definition.members { writer.field(member.name, member.value) }
        writer.field("revision", record.revision)
        writer.field("created_at", record.created.description)
        writer.field("created_by", record.createdBy)
        writer.field("updated_at", record.updated.description)
        writer.field("next_run_at", record.stored.nextRun?.description)
        writer.key("last_run")
        if let last {
            writer.beginObject()
            writer.field("id", last.id)
            writer.field("status", last.status.rawValue)
            writer.field("dry_run", last.stored.isDryRun)
            writer.field("finished_at", last.finished?.description)
            writer.field("counts", raw: last.counts)
            writer.endObject()
        } else {
            writer.null()
        }
        return EntityTag.seal(writer.bytes)
    }

    /// With its latest run as the reader sees it.
    static func represent(_ record: PolicyRecord, _ reader: any MetadataReader) throws -> Representation {
        try represent(record, last: try reader.policyRuns(policy: record.id, before: nil, limit: 1).first)
    }
}

/// Runs as answered.
enum PolicyRunDocument {
    /// With at most `limit` decisions on models in scope; a list, which carries none, asks for 0.
    static func represent(
        _ record: PolicyRunRecord, decisions limit: Int, scope: ModelScope = .everything, _ reader: any MetadataReader
    ) throws -> [UInt8] {
        let definition: JSONObject = try StoredJSON.object(record.stored.definition)
        var page = PolicyDecisionPage(items: [], next: record.hasDecisions ? .start : nil)
        if limit > 0, record.hasDecisions {
            page = try PolicyDecisionReader(run: record, scope: scope, reader: reader).page(
                PolicyVerdict.allCases, from: .start, limit: limit)
        }
        var writer = JSONWriter(capacity: 1_024)
        writer.beginObject()
        writer.field("id", record.id)
        writer.field("number", record.number)
        writer.field("policy_id", record.stored.policyID)
        writer.field("policy_revision", record.stored.policyRevision)
        writer.field("cause", record.stored.cause.rawValue)
        writer.field("dry_run", record.stored.isDryRun)
        writer.field("mode", definition["mode"] ?? .null)
        writer.field("status", record.status.rawValue)
        writer.field("started_at", record.stored.started.description)
        writer.field("finished_at", record.finished?.description)
        writer.field("by", record.by)
        writer.field("counts", raw: record.counts)
        writer.field("error", record.error)
        writer.key("decisions")
        writer.beginArray()
        for item in page.items { writer.raw(item) }
        writer.endArray()
        writer.field("decisions_truncated", page.next != nil)
        writer.field("decisions_kept", record.hasDecisions)
        writer.endObject()
        return writer.finish()
    }
}

/// Where a list of decisions goes on.
struct PolicyDecisionPosition: Sendable {
    /// The verdict's place in `PolicyVerdict.allCases`.
    var verdict: Int64
    var part: Int64
    /// Within the part.
    var offset: Int64

    static let start = PolicyDecisionPosition(verdict: 0, part: 0, offset: 0)
}

/// Some decisions and where to go on; nil at the end.
struct PolicyDecisionPage {
    var items: [[UInt8]]
    var next: PolicyDecisionPosition?
}

/// Reads decisions of a run as clients see them.
struct PolicyDecisionReader {
    let run: PolicyRunRecord
    let scope: ModelScope
    let reader: any MetadataReader

    /// Decisions of these verdicts. The page may be shorter than wanted where little lies in scope.
    func page(
        _ verdicts: [PolicyVerdict], from start: PolicyDecisionPosition, limit: Int
    ) throws -> PolicyDecisionPage {
        let definition = try PolicyDefinition(stored: run.stored.definition)
        let steps: Int = Limits().policyPartsPerStep
        var page = PolicyDecisionPage(items: [], next: nil)
        var position: PolicyDecisionPosition = start
        var looked: Int = 0
        for (index, verdict) in PolicyVerdict.allCases.enumerated()
        where index >= start.verdict && verdicts.contains(verdict) {
            if index > position.verdict { position = PolicyDecisionPosition(verdict: Int64(index), part: 0, offset: 0) }
            while let part = try reader.policyDecisions(
                run: run.id, verdict: verdict.rawValue, from: position.part, limit: 1
            ).first {
                // Something is left; whether any of it lies in scope is for the next page to find out.
                guard page.items.count < limit, looked < steps else {
                    page.next = position
                    return page
                }
                looked += 1
                let stored: [JSONValue] = try PolicyDecisionReader.decisions(part)
                for offset in stored.indices where offset >= position.offset {
                    guard page.items.count < limit else {
                        page.next = PolicyDecisionPosition(
                            verdict: Int64(index), part: part.part, offset: Int64(offset))
                        return page
                    }
                    let model: String = stored[offset].array?.first?.string ?? ""
                    guard scope.contains(model) else { continue }
                    var writer = JSONWriter(capacity: 512)
                    writer.value(PolicyDecision.document(stored[offset], verdict.rawValue, definition))
                    page.items.append(writer.finish())
                }
                position = PolicyDecisionPosition(verdict: Int64(index), part: part.part + 1, offset: 0)
            }
        }
        return page
    }

    private static func decisions(_ part: PolicyDecisionPart) throws(StemmaError) -> [JSONValue] {
        guard let decisions = (try? JSONParser.parse(part.decisions))?.array else {
            throw StemmaError(.internalError, "a stored document is damaged", cause: "stored decisions are no array")
        }
        return decisions
    }
}

extension ResourcePath {
    static func policy(_ id: String) -> String { "/v1/policies/" + segment(id) }

    static func policyRun(_ policy: String, _ run: String) -> String {
        ResourcePath.policy(policy) + "/runs/" + segment(run)
    }
}
