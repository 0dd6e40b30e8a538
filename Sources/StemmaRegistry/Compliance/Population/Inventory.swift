internal import StemmaDigest
package import StemmaJSON

/// The inventory of models as of a date.
package enum InventoryDocument {
    /// Members in their order, which is that of CSV columns too.
    package static let columns: [String] = [
        "model", "owner", "backup_owner", "use_case", "domain", "description", "created_at", "created_by",
        "version_count", "versions_by_state", "production_version", "production_since", "production_manifest_digest",
        "production_alias", "risk_tier", "last_review_at", "last_review_version", "last_review_gate",
        "last_review_decision", "last_review_by", "as_of", "as_of_gaps",
    ]

    private static let text: Shape = .nullable(.text(maxBytes: 65_536))

    package static let shape: Shape = .named(
        "InventoryEntry",
        .object([
            Shape.Field("model", .text(maxBytes: 800), required: true), Shape.Field("owner", text, required: true),
            Shape.Field("backup_owner", text, required: true, "The model's tag `backup_owner`"),
            Shape.Field("use_case", text, required: true), Shape.Field("domain", text, required: true),
            Shape.Field("description", text, required: true),
            Shape.Field("created_at", CommonShapes.time, required: true),
            Shape.Field("created_by", .text(maxBytes: 500), required: true),
            Shape.Field("version_count", .count, required: true),
            Shape.Field(
                "versions_by_state", .map(of: .count, maxCount: 8, keyBytes: 20), required: true, "Drafts under `draft`"
            ),
            Shape.Field("production_version", .nullable(.text(maxBytes: 128)), required: true, "By its state"),
            Shape.Field("production_since", .nullable(CommonShapes.time), required: true),
            Shape.Field("production_manifest_digest", .nullable(CommonShapes.digest), required: true),
            Shape.Field(
                "production_alias", .nullable(.text(maxBytes: 128)), required: true, "By the alias `production`"),
            Shape.Field(
                "risk_tier", text, required: true, "Of the version in production, of the latest where there is none"),
            Shape.Field("last_review_at", .nullable(CommonShapes.time), required: true),
            Shape.Field("last_review_version", text, required: true),
            Shape.Field("last_review_gate", text, required: true),
            Shape.Field("last_review_decision", text, required: true),
            Shape.Field("last_review_by", text, required: true),
            Shape.Field("as_of", CommonShapes.time, required: true),
            Shape.Field("as_of_gaps", .array(of: .text(maxBytes: 100), count: 0...100), required: true),
        ]))
}

extension PopulationService {
    /// One page of `InventoryDocument.shape`, by name: every model in the caller's scope that existed at the moment, nil for
    /// now; a cursor keeps it. Throws `validationFailed` for a moment to come, `invalidCursor`.
    package func readInventory(
        _ request: ListRequest, asOf time: Timestamp?, _ principal: Principal
    ) async throws -> ListAnswer {
        try principal.require(.readAudit)
        let limit: Int = try core.policy.limits.listLimit(request.limit)
        let codec = Cursor(key: core.cursorKey, identity: "inventory")
        var (moment, after): (Timestamp, SortValue?) = (time ?? core.environment.now(), nil)
        if let cursor = request.cursor {
            let values: [SortValue] = try codec.decode(cursor)
            guard values.count == 2, case .integer(let kept) = values[1],
                time.map({ $0.milliseconds == kept }) ?? true
            else { throw Cursor.refusal }
            (moment, after) = (Timestamp(milliseconds: kept), values[0])
        }
        let (start, position): (Timestamp, SortValue?) = (moment, after)
        return try await core.store.read { [core] reader in
            let view: PastView = try PastView.open(at: start, core, reader)
            let rows: [PastRow] = try reader.pastModels(
                PastQuery(
                    moment: view.moment, isByName: true, isDescending: false, after: position, limit: limit + 1,
                    scope: principal.scope))
            let page: ArraySlice<PastRow> = rows.prefix(limit)
            let next: String? =
                rows.count > limit
                ? page.last.map { codec.encode([$0.position, .integer(start.milliseconds)]) } : nil
            return ListAnswer(
                items: try page.compactMap { row in
                    try reader.model(named: row.name).map { try PopulationService.entry($0, view) }
                }, nextCursor: next)
        }
    }

    private static func entry(_ row: ModelRecord, _ view: PastView) throws -> [UInt8] {
        let past: Past<ModelRecord> = try view.past(row)
        let model: ModelRecord = past.record
        let holder: VersionRecord? = try view.inProduction(row)?.version
        let entry: TransitionRecord? = try holder.flatMap {
            try view.reader.lastTransition(version: $0.id, before: view.moment.end)
        }
        let latest: VersionRecord? = try model.latest.flatMap { try view.version($0, of: row) }
        let document: JSONObject = try (holder ?? latest).map { try VersionDocument.current(of: $0) } ?? JSONObject()
        let review = try view.reader.lastReview(model: row.id, at: view.moment.time)
        let counts: [String: Int64] = try view.reader.versionCounts(
            model: row.id, named: row.name, at: view.moment)
        var writer = JSONWriter(capacity: 1_024)
        writer.beginObject()
        writer.field("model", model.name)
        writer.field("owner", model.owner)
        writer.field("backup_owner", try StoredJSON.object(model.tags)[ModelStandingFacts.backupTag]?.string)
        writer.field("use_case", model.useCase ?? document["use_case"]?.string)
        writer.field("domain", model.domain ?? document["domain"]?.string)
        writer.field("description", model.description)
        writer.field("created_at", model.created.description)
        writer.field("created_by", model.createdBy)
        writer.field("version_count", model.versionCount)
        writer.key("versions_by_state")
        writer.beginObject()
        for (state, count) in counts.sorted(by: { $0.key < $1.key }) { writer.field(state, count) }
        writer.endObject()
        writer.field("production_version", holder?.version)
        writer.field("production_since", entry?.stored.at.description)
        writer.field("production_manifest_digest", holder?.manifestDigest?.description)
        let production: String = LifecycleState.production.rawValue
        writer.field("production_alias", model.aliases.first { $0.alias == production }?.version)
        let tier: JSONValue? = document["risk"]?["tier"]
        writer.field("risk_tier", tier?.string ?? tier?.integer.map { String($0) })
        writer.field("last_review_at", review?.review.at.description)
        writer.field("last_review_version", review?.version)
        writer.field("last_review_gate", review?.review.gate)
        writer.field("last_review_decision", review?.review.decision)
        writer.field("last_review_by", review?.review.subject)
        writer.field("as_of", view.moment.time.description)
        writer.field("as_of_gaps", past.gaps)
        writer.endObject()
        return writer.finish()
    }
}
