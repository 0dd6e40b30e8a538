package import StemmaJSON

/// Where an alias pointed at a moment, and who put it there: the question of every audit.
extension AliasService {
    /// What is answered of an alias as of a moment.
    package static let pastShape: Shape = .named(
        "AliasAsOf",
        .object([
            Shape.Field("model", .text(maxBytes: 800), required: true),
            Shape.Field("alias", .text(maxBytes: 64), required: true),
            Shape.Field("version", .text(maxBytes: 128), required: true),
            Shape.Field("model_id", .text(maxBytes: 1_000), required: true),
            Shape.Field("as_of", CommonShapes.time, required: true),
            Shape.Field("since", CommonShapes.time, required: true, "When it came to point there"),
            Shape.Field("action", .text(maxBytes: 100), required: true, "The operation that moved it"),
            Shape.Field("by", .nullable(.text(maxBytes: 500)), required: true),
            Shape.Field("approvers", .any, required: true), Shape.Field("rationale", .any, required: true),
            Shape.Field("evidence", .any, required: true), Shape.Field("rollback_plan", .any, required: true),
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
        guard moment <= core.environment.now() else {
            throw StemmaError.validation([ShapeFault(pointer: "?as_of", detail: "must not lie in the future")])
        }
        let event: AuditRecord? = try await core.store.read { reader in
            let model: ModelRecord = try ModelService.find(name, principal, reader)
            let end: Int64? = try reader.auditSequence(after: moment)
            return try reader.aliasEvents(model: model.name, alias: alias, before: end, limit: 1).first
        }
        let absent = StemmaError(
            .aliasNotFound, "the model \(name) had no alias \(alias) at \(moment.description)")
        guard let event else { throw absent }
        guard let body = try AliasHistory.represent(event, model: name, alias: alias, asOf: moment) else {
            throw absent
        }
        return body
    }
}

extension AliasHistory {
    /// Nil where the event took the alias away.
    static func represent(
        _ record: AuditRecord, model: String, alias: String, asOf moment: Timestamp
    ) throws -> [UInt8]? {
        let event = try AuditEvent(record)
        guard let version = move(of: alias, in: event)["to"]?.string else { return nil }
        var writer = JSONWriter(capacity: 1_024)
        writer.beginObject()
        writer.field("model", model)
        writer.field("alias", alias)
        writer.field("version", version)
        writer.field("model_id", "\(model)_v\(version)")
        writer.field("as_of", moment.description)
        writer.field("since", record.timestamp.description)
        writer.field("action", record.action)
        writer.field("by", event.personal["actor.subject"]?.string)
        for name in ["approvers", "rationale", "evidence", "rollback_plan"] {
            writer.field(name, event.personal[name] ?? .null)
        }
        writer.field("audit_id", event.auditID)
        writer.field("sequence", record.sequence)
        writer.endObject()
        return writer.finish()
    }
}
