package import StemmaDigest
package import StemmaJSON

/// The files of versions: put into drafts, listed, opened.
package struct ArtifactService: Sendable {
    private let core: RegistryCore
    private let blobs: BlobService

    package init(core: RegistryCore, blobs: BlobService) {
        self.core = core
        self.blobs = blobs
    }

    /// Streams a file into a draft, replacing one of the same path.
    /// Throws `invalidName` for a bad path, `notDraft` once the version is published, and what taking a blob in throws.
    package func putArtifact(
        model name: String, version: String, path text: String, mediaType: String?, expected: Digest?,
        declaredLength: Int64?, _ pull: @escaping BlobService.Pull, _ context: RequestContext
    ) async throws -> Answer {
        try context.principal.require(.publishModels)
        let path: String = try ArtifactService.checkedPath(text)
        let principal: Principal = context.principal
        try await core.store.read { reader in
            let record: VersionRecord = try VersionResolver.exact(model: name, version: version, principal, reader)
            try ArtifactService.requireDraft(record)
            let present: ArtifactRecord? = try reader.artifact(version: record.id, path: path)
            try context.preconditions.check(current: present.map(ArtifactService.etag))
        }
        let blob: BlobRecord = try await blobs.store(
            expected: expected, declaredLength: declaredLength, pull, context)
        let type: String = mediaType ?? MediaTypes.guess(path: path, format: blob.format)
        let limit: Int = core.policy.limits.artifactsPerVersion
        return try await core.gate.mutate("put_artifact", context) { transaction, now in
            let record: VersionRecord = try VersionResolver.exact(model: name, version: version, principal, transaction)
            try ArtifactService.requireDraft(record)
            let present: [ArtifactRecord] = try transaction.artifacts(version: record.id)
            try ArtifactService.requirePlace(path, among: present, limit: limit)
            let replaced: ArtifactRecord? = present.first(where: { $0.path == path })
            try context.preconditions.check(current: replaced.map(ArtifactService.etag))
            try transaction.putArtifact(version: record.id, path: path, digest: blob.digest, mediaType: type)
            try ArtifactService.noteFiles(of: record, by: context.principal, transaction, now)
            let artifact = ArtifactRecord(
                path: path, digest: blob.digest, sizeBytes: blob.sizeBytes, mediaType: type, format: blob.format)
            var writer = JSONWriter(capacity: 256)
            ArtifactDocument.write(artifact, to: &writer)
            var event = AuditDraft(
                .artifact(model: record.model, version: record.version, path: path),
                detail: ["digest": .string(blob.digest.description)])
            event.recordChange(before: replaced?.json, after: artifact.json)
            let location: String = ResourcePath.artifact(record.model, record.version, path)
            return MutationGate.Mutation(
                Answer(
                    replaced == nil ? .created : .updated, location: location, etag: ArtifactService.etag(artifact),
                    body: writer.finish()),
                event: event)
        }
    }

    /// Removes a file from a draft.
    package func deleteArtifact(
        model name: String, version: String, path: String, _ context: RequestContext
    ) async throws -> Answer {
        try context.principal.require(.publishModels)
        return try await core.gate.mutate("delete_artifact", context) { transaction, now in
            let record: VersionRecord = try VersionResolver.exact(
                model: name, version: version, context.principal, transaction)
            try ArtifactService.requireDraft(record)
            guard let present = try transaction.artifact(version: record.id, path: path) else {
                throw StemmaError(.artifactNotFound, "\(record.model) \(record.version) has no file \(path)")
            }
            try context.preconditions.check(current: ArtifactService.etag(present))
            try LegalHolds.requireNone(
                over: record.model, version: record.version, to: "removing \(path)", transaction)
            _ = try transaction.removeArtifact(version: record.id, path: path)
            try ArtifactService.noteFiles(of: record, by: context.principal, transaction, now)
            var event = AuditDraft(.artifact(model: record.model, version: record.version, path: path))
            event.recordChange(before: present.json, after: nil)
            return MutationGate.Mutation(Answer(.removed), event: event)
        }
    }

    /// What clients may send when they publish a draft.
    package static let publicationShape: Shape = .named(
        "VersionPublication",
        .object([
            Shape.Field("allow_breaking", .boolean, "Accept a bump that is too small; needs `rationale`"),
            Shape.Field("rationale", CommonShapes.rationale, "Why; kept in the audit log"),
        ]))

    /// Closes a draft: from now on it never changes and every reference can resolve it.
    ///
    /// The bump is checked again, since the draft may have changed after it was opened, and so may what was released
    /// before it. Throws `validationFailed`, `notDraft`, `bumpTooSmall`, `staleETag`.
    package func publishVersion(
        model name: String, version: String, body: JSONValue = .object(JSONObject()), _ context: RequestContext
    ) async throws -> Answer {
        try context.principal.require(.publishModels)
        let allowsBreaking: Bool = body["allow_breaking"]?.bool ?? false
        let rationale: String? = body["rationale"]?.string
        var faults: [ShapeFault] = ArtifactService.publicationShape.faults(in: body)
        if allowsBreaking, rationale?.isEmpty ?? true {
            faults.append(ShapeFault(pointer: "/rationale", detail: "is required with allow_breaking"))
        }
        guard faults.isEmpty else { throw StemmaError.validation(faults) }
        return try await core.gate.mutate("publish_version", context) { [core] transaction, now in
            let record: VersionRecord = try VersionResolver.exact(
                model: name, version: version, context.principal, transaction)
            try context.preconditions.check(current: VersionDocument.represent(record).etag)
            try ArtifactService.requireDraft(record)
            let immutable: JSONObject = try VersionDocument.immutable(of: record)
            if !allowsBreaking, let number = SemanticVersion(record.version) {
                try BumpPolicy.check(number, of: record.modelID, immutable, transaction)
            }
            let manifest = VersionManifest(
                model: record.model, version: record.version, immutable: immutable,
                artifacts: try transaction.artifacts(version: record.id))
            try transaction.publishVersion(
                record.id, document: manifest.document, artifactsDigest: manifest.artifactsDigest,
                manifestDigest: manifest.manifestDigest, sizeBytes: manifest.sizeBytes, at: now)
            try transaction.addContributor(version: record.id, principal: context.principal.id)
            try transaction.addToVersionCount(model: record.modelID, 1, at: now)
            let held: ImpactQuarantine.Outcome =
                try SemanticVersion(record.version).map { number in
                    try VersionLineage.publish(
                        VersionLineage.Subject(
                            versionID: record.id, modelID: record.modelID, model: record.model, version: number,
                            immutable: immutable), core, transaction, now, context.principal)
                } ?? ImpactQuarantine.Outcome()
            guard let published = try transaction.version(id: record.id) else {
                throw StemmaError(.internalError, "the version was not stored", cause: "published version is absent")
            }
            let representation: Representation = VersionDocument.represent(published)
            var event = AuditDraft(
                .version(model: record.model, version: record.version),
                detail: ["manifest_digest": .string(manifest.manifestDigest.description)])
            if allowsBreaking { event.detail["allow_breaking"] = true }
            if let rationale { event.personal["rationale"] = .string(rationale) }
            return MutationGate.Mutation(
                Answer(
                    .updated, location: ResourcePath.version(record.model, record.version), etag: representation.etag,
                    body: representation.body),
                event: event, further: held.further, effects: held.effects)
        }
    }

    /// One page of a version's files by path.
    package func listArtifacts(
        model name: String, ref: String, _ request: ListRequest, _ principal: Principal
    ) async throws -> (version: VersionRecord, page: ListAnswer) {
        let found = try await readArtifacts(model: name, ref: ref, principal)
        let rows: [ShortList.Row] = found.artifacts.map { artifact in
            ShortList.Row(key: artifact.path, values: artifact.filterValues) {
                var writer = JSONWriter(capacity: 256)
                ArtifactDocument.write(artifact, to: &writer)
                return writer.finish()
            }
        }
        let list = ShortList(
            core: core, list: "artifacts/\(found.version.model)_v\(found.version.version)", schema: .artifacts)
        return (found.version, try list.page(rows, request))
    }

    /// The version a reference means, with all its files by path.
    package func readArtifacts(
        model name: String, ref: String, _ principal: Principal
    ) async throws -> (version: VersionRecord, artifacts: [ArtifactRecord]) {
        try principal.require(.readModels)
        return try await core.store.read { reader in
            let record: VersionRecord = try VersionResolver.resolve(model: name, ref: ref, principal, reader)
            return (record, try reader.artifacts(version: record.id))
        }
    }

    /// One file. Throws `artifactNotFound` also for a path that no file can have.
    package func readArtifact(
        model name: String, ref: String, path: String, _ principal: Principal
    ) async throws -> (version: VersionRecord, artifact: ArtifactRecord) {
        try principal.require(.readModels)
        return try await core.store.read { reader in
            let record: VersionRecord = try VersionResolver.resolve(model: name, ref: ref, principal, reader)
            guard let artifact = try reader.artifact(version: record.id, path: path) else {
                throw StemmaError(.artifactNotFound, "\(record.model) \(record.version) has no file \(path)")
            }
            return (record, artifact)
        }
    }

    /// Throws `invalidName` with the reason.
    package static func checkedPath(_ text: String) throws(StemmaError) -> String {
        do throws(NameFault) {
            return try ArtifactPath(validating: text).text
        } catch {
            throw StemmaError(
                .validationFailed, "the artifact path \(error.reason)",
                faults: [StemmaError.Fault(pointer: "/path", detail: error.reason)])
        }
    }

    /// Brings what a draft's representation says of its files up to date; who changed them had a hand in the version.
    private static func noteFiles(
        of record: VersionRecord, by principal: Principal, _ transaction: any MetadataTransaction, _ now: Timestamp
    ) throws {
        let artifacts: [ArtifactRecord] = try transaction.artifacts(version: record.id)
        try transaction.updateDraft(
            record.id, document: VersionManifest.documentText(try VersionDocument.immutable(of: record), artifacts),
            sizeBytes: artifacts.reduce(0) { $0 + $1.sizeBytes }, at: now)
        try transaction.addContributor(version: record.id, principal: principal.id)
    }

    /// The entity tag under which a file is downloaded.
    private static func etag(_ artifact: ArtifactRecord) -> String { "\"\(artifact.digest)\"" }

    private static func requireDraft(_ record: VersionRecord) throws(StemmaError) {
        guard record.status == .draft else {
            throw StemmaError(
                .notDraft,
                "\(record.model) \(record.version) is published; its files never change. Register a new version")
        }
    }

    private static func requirePlace(
        _ path: String, among present: [ArtifactRecord], limit: Int
    ) throws(StemmaError) {
        let paths: Set<String> = Set(present.map(\.path))
        guard paths.contains(path) || paths.count < limit else {
            throw StemmaError(.validationFailed, "a version may have at most \(limit) files")
        }
        let below: String? = ArtifactFolders.parents(of: path).first(where: { paths.contains($0) })
        let above: String? = paths.first(where: { $0.hasPrefix(path + "/") })
        if let other = below ?? above {
            throw StemmaError(
                .validationFailed, "\(path) and \(other) cannot both exist: one would be the folder of the other")
        }
    }
}

extension ResourcePath {
    package static func artifact(_ model: String, _ version: String, _ path: String) -> String {
        let segments: [String] = path.split(separator: "/").map { segment(String($0)) }
        return ResourcePath.version(model, version) + "/artifacts/" + segments.joined(separator: "/")
    }
}
