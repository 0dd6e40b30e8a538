internal import StemmaDigest
internal import StemmaJSON
internal import StemmaTransparency

/// What a pack says of a version as of a moment, and which events tell so.
struct PackContent: Sendable {
    let version: VersionRecord
    let manifestDigest: Digest
    let files: [PackArchive.File]
    /// Sequences, in order.
    let events: [Int64]
    /// Events beyond the limit: those in the middle.
    let eventsLeftOut: Int

    var modelID: String { "\(version.model)_v\(version.version)" }

    private static let leftOut: [String] = ["record_observations", "put_artifact", "delete_artifact"]

    /// `row` is the version's row as it is now. Throws `draftVersion`.
    init(_ view: PastView, _ row: VersionRecord, _ limits: Limits) throws {
        let past: Past<VersionRecord> = try view.past(row)
        let version: VersionRecord = past.record
        self.version = version
        guard version.status == .ready, let digest = version.manifestDigest else {
            throw StemmaError(.draftVersion, "\(row.version) was a draft; there is evidence only of what was published")
        }
        manifestDigest = digest
        let events: [AuditEvent] = try PackContent.events(view, version)
        var files: [PackArchive.File] = []
        func add(_ path: String, _ bytes: [UInt8]) { files.append(PackArchive.File(path: path, bytes: bytes)) }
        func add(_ path: String, items: [JSONValue]) {
            add(path, Array(JSONValue.object(["items": .array(items)]).description.utf8))
        }
        add("version.json", view.represent(past))
        let artifacts: [ArtifactRecord] = try view.reader.artifacts(version: row.id).sorted {
            VersionManifest.precedes($0.path, $1.path)
        }
        add(PackText.artifacts, items: artifacts.map(\.json))
        add(
            PackText.manifest,
            try PackContent.manifest(
                version, artifacts, isErased: events.contains { $0.record.action == PackText.erasure }))
        add("transitions.json", items: try PackContent.transitions(view, version).map(\.json))
        add("reviews.json", items: try PackContent.reviews(view, version))
        add("aliases.json", items: events.flatMap { PackContent.aliasMoves($0, of: version) })
        add("deployments.json", items: events.filter(\.isOfDeployment).map(\.deployment))
        add(
            "quarantines.json",
            items: try view.quarantines(of: version.id).map {
                try JSONParser.parse(QuarantineDocument.represent($0, of: version))
            })
        let contributors: [Int64] = try view.reader.contributors(version: version.id)
        add(
            "reproductions.json",
            items: try view.reader.reproductions(version: version.id).filter { $0.at <= view.moment.time }.map {
                try JSONParser.parse(
                    ReproductionDocument.represent($0, of: past.record, contributors: contributors))
            })
        add(
            "evaluations.json",
            items: try view.reader.evaluations(version: version.id).filter { $0.created <= view.moment.time }.map {
                try JSONParser.parse(
                    EvaluationDocument.represent($0, of: past.record, digests: [$0.datasetDigest]).body)
            })
        for revision in Set(events.compactMap { $0.detail["lifecycle_revision"]?.integer }).sorted() {
            guard let stored = try view.reader.lifecycleDefinition(revision) else { continue }
            let text: [UInt8] = CanonicalJSON.encode(try StoredJSON.object(stored.json))
            add(PackText.lifecycles + SHA256Hasher.digest(text).hex + ".json", text)
        }
        self.files = files
        let sequences: [Int64] = events.map(\.record.sequence)
        let kept: Int = min(sequences.count, limits.packEvents)
        eventsLeftOut = sequences.count - kept
        // The first ones tell of the publication.
        self.events =
            eventsLeftOut == 0 ? sequences : Array(sequences.prefix(kept / 2) + sequences.suffix(kept - kept / 2))
    }

    /// The text that was digested at the publication. Throws `internalError` where it is another by now, unless it is one
    /// from which a person was erased.
    private static func manifest(
        _ version: VersionRecord, _ artifacts: [ArtifactRecord], isErased: Bool
    ) throws -> [UInt8] {
        let files: [VersionFile] = artifacts.map { VersionFile(path: $0.path, digest: $0.digest) }
        let text: [UInt8] = VersionManifest.text(
            model: version.model, version: version.version, immutable: try VersionDocument.immutable(of: version),
            files: files, VersionManifest.subjectDigest(files))
        guard isErased || SHA256Hasher.digest(text) == version.manifestDigest else {
            throw StemmaError(
                .internalError, "the version's content is not what its digest says", cause: "the manifest changed")
        }
        return text
    }

    /// What was about the version, its model's registration included, up to the moment.
    private static func events(_ view: PastView, _ version: VersionRecord) throws -> [AuditEvent] {
        let reader: any MetadataReader = view.reader
        var records: [Int64: AuditRecord] = [:]
        func keep(_ found: [AuditRecord]) {
            for record in found where record.sequence < view.moment.end { records[record.sequence] = record }
        }
        keep(try reader.modelEvents(version.model, actions: ["register_model", "update_model"]))
        let own: [AuditRecord] = try reader.versionEvents(
            model: version.model, version: version.version, besides: leftOut)
        // Of a draft that was removed before, the number may be the same.
        let first: Int = own.lastIndex { $0.action == "register_version" } ?? 0
        keep(Array(own[first...]))
        for sequence in try reader.eventsMentioning(model: version.model, version: version.version) {
            guard let record = try reader.auditEvent(sequence: sequence) else { continue }
            keep([record])
            // An erasure after the moment is why the record of the moment is not what was published.
            if record.action == PackText.erasure { records[sequence] = record }
        }
        for alias in try reader.aliasNamesEver(model: version.model) {
            let moves: [AuditRecord] = try reader.aliasEvents(
                model: version.model, alias: alias, before: view.moment.end, limit: Limits().packEvents)
            keep(
                try moves.filter { record in
                    let move: JSONValue = AliasHistory.move(of: alias, in: try AuditEvent(record))
                    return move["to"]?.string == version.version || move["from"]?.string == version.version
                })
        }
        return try records.values.sorted { $0.sequence < $1.sequence }.map { try AuditEvent($0) }
    }

    private static func transitions(_ view: PastView, _ version: VersionRecord) throws -> [Promotion] {
        let end: Int64? = try view.reader.firstTransition(version: version.id, notBefore: view.moment.end)
        return try view.reader.transitions(version: version.id, before: end, limit: Limits().packEvents).reversed().map
        {
            try view.promotion($0)
        }
    }

    private static func reviews(_ view: PastView, _ version: VersionRecord) throws -> [JSONValue] {
        let reviews: [ReviewRecord] = try view.reader.reviews(version: version.id).filter { $0.at <= view.moment.time }
        let reasons: [String: String] = try view.voidReasons(of: reviews, of: version)
        return try reviews.map {
            try JSONParser.parse(ReviewDocument.represent($0, of: version, voidedBecause: reasons[$0.id]))
        }
    }

    /// Moves of aliases that the event tells of, to the version or away from it.
    private static func aliasMoves(_ event: AuditEvent, of version: VersionRecord) -> [JSONValue] {
        let moves: [(alias: String, move: JSONValue)]
        if event.record.resource.type == "alias" {
            let alias = String(
                event.record.resource.id.unicodeScalars.dropFirst(version.model.unicodeScalars.count + 1))
            moves = [(alias, .object(event.detail))]
        } else {
            moves = (event.detail["aliases"]?.array ?? []).compactMap { move in
                move["alias"]?.string.map { ($0, move) }
            }
        }
        return moves.filter {
            $0.move["to"]?.string == version.version || $0.move["from"]?.string == version.version
        }.map { alias, move in
            [
                "alias": .string(alias), "from": move["from"] ?? .null, "to": move["to"] ?? .null,
                "at": .string(event.record.timestamp.description), "action": .string(event.record.action),
                "by": event.personal["actor.subject"] ?? .null, "rationale": event.personal["rationale"] ?? .null,
                "audit_id": .string(event.auditID), "sequence": .integer(event.record.sequence),
            ]
        }
    }
}

extension AuditEvent {
    fileprivate var isOfDeployment: Bool { ["create_deployment", "update_deployment"].contains(record.action) }

    fileprivate var deployment: JSONValue {
        [
            "deployment": detail["deployment"] ?? .null, "environment": detail["environment"] ?? .null,
            "status": detail["status"] ?? .null, "from_status": detail["from_status"] ?? .null,
            "manifest_digest": detail["manifest_digest"] ?? .null, "at": .string(record.timestamp.description),
            "by": personal["actor.subject"] ?? .null, "rationale": personal["rationale"] ?? .null,
            "changes": personal["changes"] ?? .null, "audit_id": .string(auditID),
            "sequence": .integer(record.sequence),
        ]
    }
}
