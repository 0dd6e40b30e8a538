internal import StemmaJSON

extension VersionService {
    /// Throws `immutableField` for members that exist but never change, `validationFailed` for everything else wrong.
    static func checkPatch(_ patch: JSONValue) throws(StemmaError) {
        let frozen: Set<String> = Set((VersionShapes.immutable + VersionShapes.serverSet).map(\.name) + ["version", "artifacts"])
        let members: [JSONObject.Member] = patch.object?.members ?? []
        let refused: [StemmaError.Fault] = members.filter { frozen.contains($0.name) }.map {
            StemmaError.Fault(
                pointer: JSONPointer.appending($0.name, to: ""), detail: "never changes after registration")
        }
        if let first = refused.first {
            throw StemmaError(
                .immutableField, "\(first.pointer.dropFirst()) never changes after registration; register a new version",
                faults: refused)
        }
        let faults: [ShapeFault] = VersionShapes.patch.faults(in: patch)
        guard faults.isEmpty else { throw StemmaError.validation(faults) }
    }

    static func applyPatch(
        _ patch: JSONValue, to record: VersionRecord, _ context: RequestContext, _ transaction: any MetadataTransaction,
        _ now: Timestamp
    ) throws -> MutationGate.Mutation {
        let before: Representation = VersionDocument.represent(record)
        try context.preconditions.check(current: before.etag)
        let oldTags: JSONObject = try StoredJSON.object(record.tags)
        let oldMetrics: JSONObject = try StoredJSON.object(record.metrics)
        let description: String? = patch.object?["description"] == nil ? record.description : patch["description"]?.string
        let tags: JSONObject = merged(oldTags, patch["tags"])
        let metrics: JSONObject = merged(oldMetrics, patch["performance_metrics"])
        var faults: [ShapeFault] = CommonShapes.tags.faults(in: .object(tags), at: "/tags")
        faults += CommonShapes.metrics.faults(in: .object(metrics), at: "/performance_metrics")
        guard faults.isEmpty else { throw StemmaError.validation(faults) }
        let location: String = ResourcePath.version(record.model, record.version)
        if description == record.description, tags == oldTags, metrics == oldMetrics {
            return MutationGate.Mutation(
                Answer(.unchanged, location: location, etag: before.etag, body: before.body), event: nil)
        }
        try transaction.updateVersion(
            record.id, description: description, tags: StoredJSON.text(tags), metrics: StoredJSON.text(metrics), at: now)
        try recordMetricChanges(of: record, from: oldMetrics, to: metrics, context, transaction, now)
        try transaction.setAttributes(
            version: record.id,
            VersionAttributes.collect(
                immutable: try VersionDocument.immutable(of: record), tags: tags, metrics: metrics,
                limit: Limits().attributesPerVersion))
        guard let updated = try transaction.version(id: record.id) else {
            throw StemmaError(.internalError, "the version was not stored", cause: "updated version is absent")
        }
        let after: Representation = VersionDocument.represent(updated)
        var event = AuditDraft(.version(model: record.model, version: record.version))
        event.recordChange(
            before: mutableMembers(record.description, oldTags, oldMetrics),
            after: mutableMembers(description, tags, metrics))
        if let rationale = patch["rationale"]?.string { event.personal["rationale"] = .string(rationale) }
        return MutationGate.Mutation(
            Answer(.updated, location: location, etag: after.etag, body: after.body), event: event)
    }

    private static func merged(_ old: JSONObject, _ patch: JSONValue?) -> JSONObject {
        guard let patch else { return old }
        return JSONValue.object(old).mergePatch(patch).object ?? JSONObject()
    }

    private static func mutableMembers(_ description: String?, _ tags: JSONObject, _ metrics: JSONObject) -> JSONValue {
        .object([
            "description": description.map { .string($0) } ?? .null, "tags": .object(tags),
            "performance_metrics": .object(metrics),
        ])
    }

    private static func recordMetricChanges(
        of record: VersionRecord, from old: JSONObject, to new: JSONObject, _ context: RequestContext,
        _ transaction: any MetadataTransaction, _ now: Timestamp
    ) throws {
        let names: Set<String> = Set(old.members.map(\.name)).union(new.members.map(\.name))
        for name in names.sorted() where old[name] != new[name] {
            try transaction.insertMetricRevision(
                version: record.id, metric: name, value: new[name]?.number, previous: old[name]?.number, at: now,
                by: context.principal.id)
        }
    }
}
