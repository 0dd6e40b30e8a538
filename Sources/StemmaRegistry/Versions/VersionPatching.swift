internal import StemmaJSON

extension VersionService {
    /// Throws `immutableField` for members that never change in any version, `validationFailed` for everything else wrong.
    static func checkPatch(_ patch: JSONValue) throws(StemmaError) {
        try refuse(patch, members: Set(VersionShapes.serverSet.map(\.name) + ["version", "artifacts"]))
        let faults: [ShapeFault] = VersionShapes.patch.faults(in: patch)
        guard faults.isEmpty else { throw StemmaError.validation(faults) }
    }

    private static func refuse(_ patch: JSONValue, members frozen: Set<String>) throws(StemmaError) {
        let members: [JSONObject.Member] = patch.object?.members ?? []
        let refused: [StemmaError.Fault] = members.filter { frozen.contains($0.name) }.map {
            StemmaError.Fault(
                pointer: JSONPointer.appending($0.name, to: ""), detail: "never changes after registration")
        }
        guard let first = refused.first else { return }
        let name: Substring = first.pointer.dropFirst()
        let advice: String =
            name == "state"
            ? "state changes by transitions only: POST to the version's /transitions"
            : "\(name) never changes after registration; register a new version"
        throw StemmaError(.immutableField, advice, faults: refused)
    }

    /// The immutable members after a patch. Throws `immutableField` where it touches one of a published version.
    private static func patchedImmutable(
        _ old: JSONObject, by patch: JSONValue, of record: VersionRecord
    ) throws(StemmaError) -> JSONObject {
        let names: Set<String> = Set(VersionShapes.immutable.map(\.name))
        if record.status == .ready { try refuse(patch, members: names) }
        let relevant = JSONObject((patch.object?.members ?? []).filter { names.contains($0.name) })
        guard !relevant.isEmpty, let merged = JSONValue.object(old).mergePatch(.object(relevant)).object else {
            return old
        }
        let whole = JSONObject(
            VersionShapes.immutable.map { field in
                let absent: JSONValue = field.name == "metadata" ? .object(JSONObject()) : .null
                return JSONObject.Member(name: field.name, value: merged[field.name] ?? absent)
            })
        var faults: [ShapeFault] = Shape.object(VersionShapes.immutable).faults(in: .object(whole))
        faults += VersionRegistration.metadataFaults(.object(whole))
        guard faults.isEmpty else { throw StemmaError.validation(faults) }
        return whole
    }

    static func applyPatch(
        _ patch: JSONValue, to record: VersionRecord, _ context: RequestContext, _ transaction: any MetadataTransaction,
        _ now: Timestamp
    ) throws -> MutationGate.Mutation {
        let before: Representation = VersionDocument.represent(record)
        try context.preconditions.check(current: before.etag)
        let oldTags: JSONObject = try StoredJSON.object(record.tags)
        let oldMetrics: JSONObject = try StoredJSON.object(record.metrics)
        let oldImmutable: JSONObject = try VersionDocument.immutable(of: record)
        let immutable: JSONObject = try patchedImmutable(oldImmutable, by: patch, of: record)
        let description: String? =
            patch.object?["description"] == nil ? record.description : patch["description"]?.string
        let tags: JSONObject = merged(oldTags, patch["tags"])
        let metrics: JSONObject = merged(oldMetrics, patch["performance_metrics"])
        var faults: [ShapeFault] = CommonShapes.tags.faults(in: .object(tags), at: "/tags")
        faults += CommonShapes.metrics.faults(in: .object(metrics), at: "/performance_metrics")
        guard faults.isEmpty else { throw StemmaError.validation(faults) }
        let location: String = ResourcePath.version(record.model, record.version)
        if description == record.description, tags == oldTags, metrics == oldMetrics, immutable == oldImmutable {
            return MutationGate.Mutation(
                Answer(.unchanged, location: location, etag: before.etag, body: before.body), event: nil)
        }
        try transaction.updateVersion(
            record.id, description: description, tags: StoredJSON.text(tags), metrics: StoredJSON.text(metrics), at: now
        )
        if immutable != oldImmutable {
            let document: [UInt8] = VersionManifest.documentText(
                immutable, try transaction.artifacts(version: record.id))
            try transaction.updateDraft(record.id, document: document, sizeBytes: record.sizeBytes, at: now)
        }
        try recordMetricChanges(of: record, from: oldMetrics, to: metrics, context, transaction, now)
        // What reviewers looked at is no longer what is there.
        if record.status == .ready { try transaction.addEvidenceRevision(version: record.id, at: now) }
        if metrics != oldMetrics || immutable != oldImmutable {
            try transaction.addContributor(version: record.id, principal: context.principal.id)
        }
        guard let updated = try transaction.version(id: record.id) else {
            throw StemmaError(.internalError, "the version was not stored", cause: "updated version is absent")
        }
        try VersionAttributes.store(updated, transaction)
        let after: Representation = VersionDocument.represent(updated)
        var event = AuditDraft(
            .version(model: record.model, version: record.version),
            detail: ["evidence_revision": .integer(updated.standing.evidenceRevision)])
        event.recordChange(
            before: members(record.description, oldTags, oldMetrics, immutable == oldImmutable ? nil : oldImmutable),
            after: members(description, tags, metrics, immutable == oldImmutable ? nil : immutable))
        if let rationale = patch["rationale"]?.string { event.personal["rationale"] = .string(rationale) }
        return MutationGate.Mutation(
            Answer(.updated, location: location, etag: after.etag, body: after.body), event: event)
    }

    private static func merged(_ old: JSONObject, _ patch: JSONValue?) -> JSONObject {
        guard let patch else { return old }
        return JSONValue.object(old).mergePatch(patch).object ?? JSONObject()
    }

    private static func members(
        _ description: String?, _ tags: JSONObject, _ metrics: JSONObject, _ immutable: JSONObject?
    ) -> JSONValue {
        var members: JSONObject = immutable ?? JSONObject()
        members.set("description", description.map { .string($0) } ?? .null)
        members.set("tags", .object(tags))
        members.set("performance_metrics", .object(metrics))
        return .object(members)
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
