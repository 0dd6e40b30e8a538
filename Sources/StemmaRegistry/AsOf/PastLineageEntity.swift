internal import StemmaJSON

/// Entities of the lineage graph as they were.
///
/// What clients say of an entity is taken back by the events of the log. What OpenLineage events said of it replaced what
/// others had said before, and no event of the log keeps that: where any may have, `facets` are a gap.
extension PastView {
    private static let put: String = "put_lineage_entity"
    private static let deletion: String = "delete_lineage_entity"
    private static let ingestion: String = "ingest_lineage_events"

    func represent(_ entity: Past<LineageEntityRecord>) -> [UInt8] {
        PastDocument.seal(
            LineageEntityDocument.represent(entity.record, without: Set(entity.gaps)).body, moment.time,
            gaps: entity.gaps)
    }

    /// The entity as it was, from its row as it is now; nil where it was not there.
    func past(_ row: LineageEntityRecord) throws -> Past<LineageEntityRecord>? {
        guard wasThere(created: row.created, deleted: row.removed) else { return nil }
        let isRegistered: Bool = try wasRegistered(row)
        if row.updated <= moment.time, isRegistered == (row.versionID != nil) {
            return Past(record: row.past(), gaps: [])
        }
        let trail: PastTrail = try trail(
            try reader.lineageEntityEvents(row.node), of: row.created, madeBy: [PastView.put])
        guard let start = try start(of: row, trail, isRegistered) else { return nil }
        var gaps: [String] = []
        let fields: LineageEntityFields = fields(of: row, trail, &gaps)
        let updated: Timestamp? = try updated(row, trail, since: start)
        if updated == nil { gaps.append("updated_at") }
        let facets: (text: [UInt8]?, isKnown: Bool) = try facets(of: row, trail)
        if !facets.isKnown { gaps.append("facets") }
        let origin: LineageOrigin? = isRegistered == (row.versionID != nil) ? row.origin : try firstOrigin(row, trail)
        if origin == nil { gaps.append("origin") }
        return Past(
            record: row.past(
                versionID: isRegistered ? row.versionID : nil, origin: origin ?? row.origin, fields: fields,
                facets: facets.text, updated: updated ?? row.created), gaps: gaps)
    }

    /// A node of a walk as it was. Edges tell that it was there.
    func past(_ node: LineageNodeRecord) throws -> Past<LineageNodeRecord> {
        guard let row = try reader.lineageEntity(id: node.id), let entity = try past(row) else {
            return Past(record: node, gaps: [])
        }
        let fields: LineageEntityFields = entity.record.fields
        let version: VersionRecord? = try entity.record.versionID.flatMap { try reader.version(id: $0) }
        let owner: String? = try fields.owner ?? version.flatMap { try self.owner(of: $0.modelID, named: $0.model) }
        return Past(
            record: LineageNodeRecord(
                id: node.id, node: node.node, name: fields.name, owner: owner, model: node.model,
                versionID: version?.id, version: version?.version, state: try version.map { try past($0).record.state },
                isDeleted: version?.deleted.map { $0 <= moment.time } ?? false),
            gaps: entity.gaps.filter { ["name", "owner"].contains($0) })
    }

    /// Whether it was a version that this registry held: from the publication on, and for ever.
    private func wasRegistered(_ row: LineageEntityRecord) throws -> Bool {
        guard let version = try row.versionID.flatMap({ try reader.version(id: $0) }),
            version.created <= moment.time
        else { return false }
        return try past(version).record.status == .ready
    }

    /// Since when it had been there; nil where it had been taken out, and nothing tells that it was taken up again. An event
    /// that gave it no edge tells nothing once a later one did.
    private func start(
        of row: LineageEntityRecord, _ trail: PastTrail, _ isRegistered: Bool
    ) throws -> Timestamp? {
        guard let last = trail.before.last(where: { $0.record.action == PastView.deletion }) else { return row.created }
        let removed: Timestamp = last.record.timestamp
        // An entity is taken out when it has no edges, so that any that it had since is one that took it up again.
        let signs: [Timestamp?] = [
            try reader.firstLineageEdge(of: row.id, after: removed, at: moment.time),
            trail.before.first { $0.record.sequence > last.record.sequence }?.record.timestamp,
            row.updated > removed && row.updated <= moment.time ? row.updated : nil,
        ]
        // The publication of a version takes it up too, and changes nothing of what is told of it.
        return signs.compactMap { $0 }.min() ?? (isRegistered ? row.created : nil)
    }

    private func fields(
        of row: LineageEntityRecord, _ trail: PastTrail, _ gaps: inout [String]
    ) -> LineageEntityFields {
        var fields: LineageEntityFields = row.fields
        guard row.updated > moment.time else { return fields }
        func member(_ name: String, _ present: JSONValue?) -> JSONValue? {
            switch trail.member(name, by: [PastView.put, PastView.deletion]) {
            case .present: return present
            case .value(let value): return value
            case .unknown:
                gaps.append(name)
                return nil
            }
        }
        let present: JSONValue = row.fields.json
        fields.name = member("name", present["name"])?.string
        fields.description = member("description", present["description"])?.string
        fields.owner = member("owner", present["owner"])?.string
        let metadata: JSONObject? = member("metadata", present["metadata"])?.object
        fields.metadata = metadata.flatMap { $0.isEmpty ? nil : StoredJSON.text($0) }
        return fields
    }

    /// When what is told of it had last been changed; nil where it may have been by an event of which nothing is kept, or by
    /// one that was pruned.
    private func updated(
        _ row: LineageEntityRecord, _ trail: PastTrail, since start: Timestamp
    ) throws -> Timestamp? {
        if row.updated <= moment.time { return row.updated }
        guard !trail.hasLostBefore else { return nil }
        let puts: [Timestamp] = trail.before.filter { $0.record.action == PastView.put }.map(\.record.timestamp)
        let known: Timestamp = max(puts.last ?? start, start)
        guard row.facets != nil else { return known }
        let first: Int64 = try reader.auditSequence(after: known) ?? moment.end
        return try first < moment.end && reader.hasEvents(PastView.ingestion, in: first..<moment.end) ? nil : known
    }

    /// What events had said of it; not known where one since may have said something else.
    private func facets(
        of row: LineageEntityRecord, _ trail: PastTrail
    ) throws -> (text: [UInt8]?, isKnown: Bool) {
        guard row.facets != nil, row.updated > moment.time else { return (row.facets, true) }
        guard !trail.hasLostBefore else { return (nil, false) }
        let first: Int64 = try reader.auditSequence(since: row.created) ?? moment.end
        guard first < moment.end, try reader.hasEvents(PastView.ingestion, in: first..<moment.end) else {
            return (nil, true)
        }
        let last: Int64 = try reader.auditSequence(after: row.updated) ?? reader.auditSize()
        return try last > moment.end && reader.hasEvents(PastView.ingestion, in: moment.end..<last)
            ? (nil, false) : (row.facets, true)
    }

    /// Who told first of an entity that became a registered version since: by what its author did at the moment at which it
    /// was made. Nil where that was more than one thing, or none that is kept.
    private func firstOrigin(_ row: LineageEntityRecord, _ trail: PastTrail) throws -> LineageOrigin? {
        if let first = trail.before.first, first.record.timestamp == row.created, first.record.action == PastView.put {
            return .client
        }
        let first: Int64? = try reader.auditSequence(since: row.created)
        let end: Int64 = try reader.auditSequence(after: row.created) ?? reader.auditSize()
        guard let first, first < end, end - first <= PastView.eventsAtOnce else { return nil }
        var origins: Set<LineageOrigin> = []
        for sequence in first..<end {
            guard let event = try reader.auditEvent(sequence: sequence), event.outcome == "success",
                try event.principalID.flatMap({ try reader.principal(id: $0)?.subject }) == row.createdBy
            else { continue }
            switch event.action {
            case "add_lineage_edges": origins.insert(.client)
            case PastView.ingestion: origins.insert(.event)
            case "register_version", "publish_version": origins.insert(.registration)
            default: break
            }
        }
        return origins.count == 1 ? origins.first : nil
    }

    /// Events of one millisecond among which the one is looked for that made an entity.
    private static let eventsAtOnce: Int64 = 1_000
}

extension LineageEntityRecord {
    /// The row as one of an entity that was there.
    fileprivate func past() -> LineageEntityRecord {
        past(versionID: versionID, origin: origin, fields: fields, facets: facets, updated: updated)
    }

    fileprivate func past(
        versionID: Int64?, origin: LineageOrigin, fields: LineageEntityFields, facets: [UInt8]?, updated: Timestamp
    ) -> LineageEntityRecord {
        LineageEntityRecord(
            id: id, node: node, model: model, versionID: versionID, origin: origin, fields: fields, facets: facets,
            created: created, createdBy: createdBy, updated: updated, revision: revision, removed: nil)
    }
}
