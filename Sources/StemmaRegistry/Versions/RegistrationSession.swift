internal import StemmaDigest
internal import StemmaJSON

/// One registration inside its transaction.
struct RegistrationSession {
    let registration: VersionRegistration
    /// Nil where they can only be made once the number is chosen.
    let digests: VersionManifest.Digests?
    let model: ModelRecord
    let context: RequestContext
    let transaction: any MetadataTransaction
    let now: Timestamp
    let core: RegistryCore

    func run() throws -> MutationGate.Mutation {
        let version: SemanticVersion = try chooseVersion()
        if let present = try transaction.version(model: model.id, precedence: version.precedenceKey) {
            return try answerExisting(present, asked: version)
        }
        try context.preconditions.check(current: nil)
        try checkBump(version)
        let artifacts: [ArtifactRecord] = try resolveArtifacts()
        return registration.isDraft ? try openDraft(version, artifacts) : try publish(version, artifacts)
    }

    private func chooseVersion() throws -> SemanticVersion {
        if let version = registration.version { return version }
        let highest: SemanticVersion? = try transaction.highestReleaseEverTaken(model: model.id).flatMap {
            SemanticVersion($0)
        }
        var required: VersionBump = .patch
        if let previous = try transaction.previousRelease(model: model.id, before: nil) {
            required =
                Compatibility(from: try VersionDocument.immutable(of: previous), to: registration.immutable).required
        }
        return try BumpPolicy.next(registration.bump ?? .auto, highestEverTaken: highest, required: required)
    }

    private func checkBump(_ version: SemanticVersion) throws {
        guard !registration.allowsBreaking else { return }
        try BumpPolicy.check(version, of: model.id, registration.immutable, transaction)
    }

    private func answerExisting(_ present: VersionRecord, asked: SemanticVersion) throws -> MutationGate.Mutation {
        let wouldReopen: Bool = registration.isDraft && present.status == .ready
        let isSame: Bool =
            present.requestDigest == registration.requestDigest && present.version == asked.description && !wouldReopen
        guard present.deleted == nil, isSame else {
            let reason: String =
                present.deleted == nil ? "exists already" : "existed and was deleted; its number is not given again"
            throw StemmaError(.versionExists, "\(model.name) \(present.version) \(reason)")
        }
        let representation: Representation = VersionDocument.represent(present)
        return MutationGate.Mutation(
            Answer(
                .unchanged, location: ResourcePath.version(model.name, present.version), etag: representation.etag,
                body: representation.body),
            event: nil)
    }

    /// Throws `missingBlobs` with every digest that is not stored, or not visible to the caller, which looks the same.
    private func resolveArtifacts() throws -> [ArtifactRecord] {
        var missing: [JSONValue] = []
        var artifacts: [ArtifactRecord] = []
        for reference in registration.artifacts {
            guard let blob = try BlobAccess.blob(reference.digest, context.principal, transaction) else {
                missing.append(.string(reference.digest.description))
                continue
            }
            artifacts.append(
                ArtifactRecord(
                    path: reference.path, digest: reference.digest, sizeBytes: blob.sizeBytes,
                    mediaType: reference.mediaType ?? MediaTypes.guess(path: reference.path, format: blob.format),
                    format: blob.format))
        }
        guard missing.isEmpty else {
            throw StemmaError(
                .missingBlobs, "\(missing.count) of the artifacts are not stored yet; upload them to /v1/blobs first",
                members: ["missing": .array(missing)])
        }
        return artifacts
    }

    private func openDraft(_ version: SemanticVersion, _ artifacts: [ArtifactRecord]) throws -> MutationGate.Mutation {
        let document: [UInt8] = VersionManifest.documentText(
            registration.immutable, artifacts.sorted { VersionManifest.precedes($0.path, $1.path) })
        let expires: Timestamp = now.adding(milliseconds: core.policy.limits.draftKeptMilliseconds)
        let size: Int64 = artifacts.reduce(0) { $0 + $1.sizeBytes }
        let record: VersionRecord = try insert(version, .draft, document, digests: nil, size: size, expires: expires)
        for artifact in artifacts {
            try transaction.putArtifact(
                version: record.id, path: artifact.path, digest: artifact.digest, mediaType: artifact.mediaType)
        }
        return try finish(record, action: ["status": "draft", "expires_ms": .integer(expires.milliseconds)])
    }

    private func publish(_ version: SemanticVersion, _ artifacts: [ArtifactRecord]) throws -> MutationGate.Mutation {
        let manifest = VersionManifest(
            model: model.name, version: version.description, immutable: registration.immutable, artifacts: artifacts,
            digests: digests)
        let record: VersionRecord = try insert(
            version, .ready, manifest.document, digests: (manifest.artifactsDigest, manifest.manifestDigest),
            size: manifest.sizeBytes, expires: nil)
        for artifact in artifacts {
            try transaction.putArtifact(
                version: record.id, path: artifact.path, digest: artifact.digest, mediaType: artifact.mediaType)
        }
        try transaction.addToVersionCount(model: model.id, 1, at: now)
        let held = try VersionLineage.publish(
            VersionLineage.Subject(
                versionID: record.id, modelID: model.id, model: model.name, version: version,
                immutable: registration.immutable), core, transaction, now, context.principal)
        let standing: VersionRecord? = held.versions.isEmpty ? nil : try transaction.version(id: record.id)
        return try finish(
            standing ?? record,
            action: ["status": "ready", "manifest_digest": .string(manifest.manifestDigest.description)], held)
    }

    private func insert(
        _ version: SemanticVersion, _ status: VersionStatus, _ document: [UInt8], digests: (Digest, Digest)?,
        size: Int64, expires: Timestamp?
    ) throws -> VersionRecord {
        let number: Int64 = try transaction.takeRegistrationNumber(model: model.id)
        let id: Int64 = try transaction.insertVersion(
            NewVersion(
                modelID: model.id, number: number, version: version, status: status, state: .development,
                description: registration.description, tags: registration.tagsText, metrics: registration.metricsText,
                document: document, requestDigest: registration.requestDigest, artifactsDigest: digests?.0,
                manifestDigest: digests?.1, sizeBytes: size, created: now, createdBy: context.principal.id,
                expires: expires))
        try transaction.setAttributes(version: id, registration.attributes)
        return VersionRecord(
            id: id, modelID: model.id, model: model.name, number: number, version: version.description, status: status,
            standing: VersionStanding(state: .development, since: now), description: registration.description,
            tags: registration.tagsText, metrics: registration.metricsText, document: document,
            requestDigest: registration.requestDigest,
            artifactsDigest: digests?.0, manifestDigest: digests?.1, sizeBytes: size, created: now,
            createdBy: context.principal.subject, updated: now, revision: 1, expires: expires, deleted: nil, aliases: []
        )
    }

    private func finish(
        _ record: VersionRecord, action detail: [String: JSONValue],
        _ held: ImpactQuarantine.Outcome = ImpactQuarantine.Outcome()
    ) throws -> MutationGate.Mutation {
        let representation: Representation = VersionDocument.represent(record)
        var event = AuditDraft(.version(model: model.name, version: record.version), detail: detail)
        event.detail["number"] = .integer(record.number)
        if registration.allowsBreaking { event.detail["allow_breaking"] = true }
        if let rationale = registration.rationale { event.personal["rationale"] = .string(rationale) }
        return MutationGate.Mutation(
            Answer(
                .created, location: ResourcePath.version(model.name, record.version), etag: representation.etag,
                body: representation.body),
            event: event, further: held.further, effects: held.effects)
    }
}
