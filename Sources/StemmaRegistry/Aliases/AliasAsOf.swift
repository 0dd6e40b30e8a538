internal import StemmaDigest
package import StemmaJSON

/// Where an alias pointed at a moment, and who put it there: the question of every audit.
extension AliasService {
    /// What is answered of an alias as of a moment: what it answered then, and how it came to point there.
    package static let pastShape: Shape = .named(
        "AliasAsOf",
        .object(
            documentFields + [
                Shape.Field("as_of", CommonShapes.time, required: true),
                Shape.Field("as_of_gaps", .array(of: .text(maxBytes: 100), count: 0...100), required: true),
                Shape.Field("artifacts_digest", .nullable(CommonShapes.digest), required: true),
                Shape.Field("since", CommonShapes.time, required: true, "When it came to point there"),
                Shape.Field("action", .text(maxBytes: 100), required: true, "The operation that moved it"),
                Shape.Field("by", .nullable(.text(maxBytes: 500)), required: true),
                Shape.Field("approvers", .any, required: true), Shape.Field("rationale", .any, required: true),
                Shape.Field("evidence", .any, required: true), Shape.Field("rollback_plan", .any, required: true),
                Shape.Field(
                    "promotion", .nullable(Promotion.shape), required: true,
                    "The transition that moved it, with approvals and guards; null where it was moved by hand"),
                Shape.Field("audit_id", .text(maxBytes: 100), required: true),
                Shape.Field("sequence", .count, required: true, "Of the event in the audit log, for its proof"),
            ]))

    /// A body of `pastShape`, from the audit log. Throws `aliasNotFound` where there was no such alias, `validationFailed` for a
    /// moment to come, `aliasComputed` for `latest`, `modelNotFound`.
    package func readAlias(
        model name: String, alias: String, asOf moment: Timestamp, _ principal: Principal
    ) async throws -> [UInt8] {
        try principal.require(.readModels)
        guard alias != AliasService.computed else {
            throw StemmaError(.aliasComputed, "latest is computed; ask for the versions as of the moment instead")
        }
        return try await core.store.read { [core] reader in
            let view: PastView = try PastView.open(at: moment, core, reader)
            let model: ModelRecord = try view.model(named: name, principal)
            guard let past = try view.alias(alias, ofModelNamed: model.name),
                let body = try view.represent(past, of: model)
            else {
                throw StemmaError(
                    .aliasNotFound, "the model \(name) had no alias \(alias) at \(moment.description)")
            }
            return body
        }
    }
}

extension PastView {
    /// A body of `AliasService.pastShape`; nil where the version left no row.
    func represent(_ alias: PastAlias, of model: ModelRecord) throws -> [UInt8]? {
        guard let record = try aliasRecord(alias, of: model), let version = try reader.version(id: record.versionID)
        else { return nil }
        let event: AuditEvent = alias.event
        // By hand, an alias moves without a transition.
        let transition: TransitionRecord? = try reader.lastTransition(
            version: version.id, before: event.record.sequence + 1
        ).flatMap { $0.stored.auditSequence == event.record.sequence ? $0 : nil }
        var bytes: [UInt8] = PastDocument.seal(AliasDocument.represent(record).body, moment.time)
        bytes.removeLast()
        var writer = JSONWriter(capacity: 4_096)
        writer.beginObject()
        writer.field("artifacts_digest", version.artifactsDigest?.description)
        writer.field("since", event.record.timestamp.description)
        writer.field("action", event.record.action)
        writer.field("by", event.personal["actor.subject"]?.string)
        for name in ["approvers", "rationale", "evidence", "rollback_plan"] {
            writer.field(name, event.personal[name] ?? .null)
        }
        writer.field("promotion", try transition.map { try promotion($0).json } ?? .null)
        writer.field("audit_id", event.auditID)
        writer.field("sequence", event.record.sequence)
        writer.endObject()
        bytes.append(UInt8(ascii: ","))
        bytes.append(contentsOf: writer.finish().dropFirst())
        return bytes
    }
}
