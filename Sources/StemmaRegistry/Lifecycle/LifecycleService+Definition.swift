internal import StemmaDigest
package import StemmaJSON

/// The definition itself: reading, replacing, and what it is made of.
extension LifecycleService {
    /// The definition in force, or the one with that number. Throws `lifecycleRevisionNotFound`.
    package func readLifecycle(revision: Int64?, _ principal: Principal) async throws -> Representation {
        try principal.require(.readModels)
        return try await core.store.read { reader in
            guard let record = try reader.lifecycleDefinition(revision) else {
                throw StemmaError(.lifecycleRevisionNotFound, "the lifecycle has no revision \(revision ?? 0)")
            }
            return try LifecycleDocument.represent(record)
        }
    }

    /// All revisions, newest first, without their text.
    package func listLifecycleRevisions(
        _ request: ListRequest, asOf time: Timestamp? = nil, _ principal: Principal
    ) async throws -> ListAnswer {
        try principal.require(.readModels)
        if let time { try PastView.requirePast(time, core) }
        let limit: Int = try core.policy.limits.listLimit(request.limit)
        let codec = Cursor(
            key: core.cursorKey, identity: "lifecycle-revisions" + (time.map { "\u{0}\($0)" } ?? ""))
        var before: Int64?
        if let cursor = request.cursor, case .integer(let number)? = try codec.decode(cursor).first { before = number }
        let start: Int64? = before
        let rows: [LifecycleDefinitionRecord] = try await core.store.read { reader in
            // Revisions are numbered as they come, so that those of a moment end with the one that was in force.
            let end: Int64? = try time.map { (try reader.lifecycleDefinition(at: $0)?.revision ?? 0) + 1 }
            return try reader.lifecycleRevisions(before: start ?? end, limit: limit + 1)
        }
        let page: ArraySlice<LifecycleDefinitionRecord> = rows.prefix(limit)
        return ListAnswer(
            items: page.map { record in
                let item: [UInt8] = LifecycleDocument.summary(record)
                return time.map { PastDocument.seal(item, $0) } ?? item
            },
            nextCursor: rows.count > limit ? page.last.map { codec.encode([.integer($0.revision)]) } : nil)
    }

    /// Puts another definition in force with a body of `LifecycleShapes.request`; earlier ones stay readable.
    ///
    /// Throws `validationFailed` with every fault, `staleETag`. The definition in force already is answered `unchanged`.
    package func putLifecycle(_ body: JSONValue, _ context: RequestContext) async throws -> Answer {
        try context.principal.requireEverywhere(.manageLifecycle)
        let definition = try LifecycleDefinition(body)
        let rationale: String? = body["rationale"]?.string
        let answer: Answer = try await core.gate.mutate("put_lifecycle", context) { transaction, now in
            guard let present = try transaction.lifecycleDefinition(nil) else {
                throw StemmaError(.internalError, "no lifecycle is defined", cause: "lifecycle_revision is empty")
            }
            let before: Representation = try LifecycleDocument.represent(present)
            try context.preconditions.check(current: before.etag)
            let old: JSONObject = try StoredJSON.object(present.json)
            guard .object(old) != definition.json else {
                return MutationGate.Mutation(
                    Answer(.unchanged, location: ResourcePath.lifecycle, etag: before.etag, body: before.body),
                    event: nil)
            }
            let revision: Int64 = present.revision + 1
            let text: [UInt8] = StoredJSON.text(definition.json.object ?? JSONObject())
            try transaction.insertLifecycleDefinition(text, revision: revision, at: now, by: context.principal.id)
            let after: Representation = try LifecycleDocument.represent(
                LifecycleDefinitionRecord(
                    revision: revision, json: text, created: now, createdBy: context.principal.subject))
            var event = AuditDraft(.registry)
            event.detail = [
                "revision": .integer(revision),
                "lifecycle_digest": .string(SHA256Hasher.digest(CanonicalJSON.encode(definition.json)).description),
                "previous_digest": .string(SHA256Hasher.digest(CanonicalJSON.encode(old)).description),
            ]
            if let rationale { event.personal["rationale"] = .string(rationale) }
            event.recordChange(before: .object(old), after: definition.json)
            return MutationGate.Mutation(
                Answer(.updated, location: ResourcePath.lifecycle, etag: after.etag, body: after.body), event: event)
        }
        // It is in force whether or not this succeeds: the book only remembers.
        try? await core.lifecycle.refresh(core.store)
        return answer
    }

    /// The catalogue of guards with their parameters, as a JSON body.
    package func listGuards(_ principal: Principal) throws -> [UInt8] {
        try principal.require(.readModels)
        var writer = JSONWriter(capacity: 8_192)
        writer.beginObject()
        writer.key("items")
        writer.beginArray()
        for kind in GuardCatalogue.guards.values.sorted(by: { $0.name < $1.name }) {
            writer.beginObject()
            writer.field("name", kind.name)
            writer.field("summary", kind.summary)
            writer.key("parameters")
            writer.beginArray()
            for field in kind.parameters {
                writer.beginObject()
                writer.field("name", field.name)
                writer.field("summary", field.summary)
                writer.field("default", kind.defaults[field.name] ?? .null)
                writer.endObject()
            }
            writer.endArray()
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.finish()
    }

    /// What a catalogue entry looks like.
    package static let guardShape: Shape = .object([
        Shape.Field("name", .text(maxBytes: 100), required: true),
        Shape.Field("summary", .text(maxBytes: 1_000), required: true),
        Shape.Field(
            "parameters",
            .array(
                of: .object([
                    Shape.Field("name", .text(maxBytes: 100), required: true),
                    Shape.Field("summary", .text(maxBytes: 1_000), required: true),
                    Shape.Field("default", .any, required: true),
                ]), count: 0...100), required: true),
    ])
}

/// A lifecycle as answered.
package enum LifecycleDocument {
    static func represent(_ record: LifecycleDefinitionRecord) throws -> Representation {
        var writer = JSONWriter(capacity: record.json.count + 512)
        writer.beginObject()
        writer.field("revision", record.revision)
        writer.field("created_at", record.created.description)
        writer.field("created_by", record.createdBy)
        for member in try StoredJSON.object(record.json).members { writer.field(member.name, member.value) }
        return EntityTag.seal(writer.bytes)
    }

    static func summary(_ record: LifecycleDefinitionRecord) -> [UInt8] {
        var writer = JSONWriter(capacity: 128)
        writer.beginObject()
        writer.field("revision", record.revision)
        writer.field("created_at", record.created.description)
        writer.field("created_by", record.createdBy)
        writer.endObject()
        return writer.finish()
    }

    /// What `summary` looks like.
    package static let summaryShape: Shape = .object(
        [
            Shape.Field("revision", .count, required: true),
            Shape.Field("created_at", CommonShapes.time, required: true),
            Shape.Field("created_by", .nullable(.text(maxBytes: 500)), required: true),
        ] + PastDocument.fields)
}
