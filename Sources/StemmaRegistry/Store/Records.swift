package import StemmaDigest

/// A model as stored, with what every representation of it carries.
package struct ModelRecord: Sendable {
    package let id: Int64
    package let name: String
    package let description: String?
    package let domain: String?
    package let useCase: String?
    package let owner: String?
    /// JSON object text.
    package let tags: [UInt8]
    /// JSON object text.
    package let metadata: [UInt8]
    package let created: Timestamp
    /// The creator's subject.
    package let createdBy: String
    package let updated: Timestamp
    package let revision: Int64
    /// How many versions were ever registered.
    package let registrations: Int64
    /// Published versions that are not deleted.
    package let versionCount: Int64
    package let deleted: Timestamp?
    /// Alias names with the versions they point at, by name.
    package let aliases: [(alias: String, version: String)]
    /// The computed `latest`.
    package let latest: String?

    package init(
        id: Int64, name: String, description: String?, domain: String?, useCase: String?, owner: String?, tags: [UInt8],
        metadata: [UInt8], created: Timestamp, createdBy: String, updated: Timestamp, revision: Int64,
        registrations: Int64, versionCount: Int64, deleted: Timestamp?, aliases: [(alias: String, version: String)],
        latest: String?
    ) {
        self.id = id
        self.name = name
        self.description = description
        self.domain = domain
        self.useCase = useCase
        self.owner = owner
        self.tags = tags
        self.metadata = metadata
        self.created = created
        self.createdBy = createdBy
        self.updated = updated
        self.revision = revision
        self.registrations = registrations
        self.versionCount = versionCount
        self.deleted = deleted
        self.aliases = aliases
        self.latest = latest
    }
}

/// The members of a model that clients set.
package struct ModelFields: Sendable, Equatable {
    package var description: String?
    package var domain: String?
    package var useCase: String?
    package var owner: String?
    /// JSON object text.
    package var tags: [UInt8]
    /// JSON object text.
    package var metadata: [UInt8]

    package init(
        description: String?, domain: String?, useCase: String?, owner: String?, tags: [UInt8], metadata: [UInt8]
    ) {
        self.description = description
        self.domain = domain
        self.useCase = useCase
        self.owner = owner
        self.tags = tags
        self.metadata = metadata
    }
}

/// `draft` until published; only a `ready` version is resolved by anything but its exact number.
package enum VersionStatus: String, Sendable {
    case draft
    case ready
}

/// The seven states of the specification.
package enum LifecycleState: String, Sendable, CaseIterable {
    case development
    case validation
    case staging
    case production
    case shadow
    case deprecated
    case archived
}

/// Where a version stands in its life.
package struct VersionStanding: Sendable, Equatable {
    package let state: LifecycleState
    /// Since when.
    package let since: Timestamp
    /// When a deprecated version may be archived at the earliest.
    package let sunset: Timestamp?
    /// Counts every change of what reviewers look at.
    package let evidenceRevision: Int64
    /// The last change of any of its deployments, e.g. `deployed_production`.
    package let deploymentStatus: String?
    package let isQuarantined: Bool

    package init(
        state: LifecycleState, since: Timestamp, sunset: Timestamp? = nil, evidenceRevision: Int64 = 1,
        deploymentStatus: String? = nil, isQuarantined: Bool = false
    ) {
        self.state = state
        self.since = since
        self.sunset = sunset
        self.evidenceRevision = evidenceRevision
        self.deploymentStatus = deploymentStatus
        self.isQuarantined = isQuarantined
    }
}

/// A version as stored, with what every representation of it carries.
package struct VersionRecord: Sendable {
    package let id: Int64
    package let modelID: Int64
    package let model: String
    /// The how-manieth registration of its model.
    package let number: Int64
    package let version: String
    package let status: VersionStatus
    package let standing: VersionStanding
    package let description: String?
    /// JSON object text.
    package let tags: [UInt8]
    /// JSON object text: metric name to number.
    package let metrics: [UInt8]
    /// JSON object text of the immutable members.
    package let document: [UInt8]
    package let requestDigest: Digest
    /// Nil while a draft.
    package let artifactsDigest: Digest?
    /// Nil while a draft.
    package let manifestDigest: Digest?
    package let sizeBytes: Int64
    package let created: Timestamp
    /// The creator's subject.
    package let createdBy: String
    package let updated: Timestamp
    package let revision: Int64
    /// When an unpublished draft is dropped.
    package let expires: Timestamp?
    package let deleted: Timestamp?
    /// The aliases that point here, by name.
    package let aliases: [String]
    /// JSON object text of the newest assessment of its risk; nil where there was none since its registration.
    package let risk: [UInt8]?

    package init(
        id: Int64, modelID: Int64, model: String, number: Int64, version: String, status: VersionStatus,
        standing: VersionStanding, description: String?, tags: [UInt8], metrics: [UInt8], document: [UInt8],
        requestDigest: Digest, artifactsDigest: Digest?, manifestDigest: Digest?, sizeBytes: Int64, created: Timestamp,
        createdBy: String, updated: Timestamp, revision: Int64, expires: Timestamp?, deleted: Timestamp?,
        aliases: [String], risk: [UInt8]? = nil
    ) {
        self.id = id
        self.modelID = modelID
        self.model = model
        self.number = number
        self.version = version
        self.status = status
        self.standing = standing
        self.description = description
        self.tags = tags
        self.metrics = metrics
        self.document = document
        self.requestDigest = requestDigest
        self.artifactsDigest = artifactsDigest
        self.manifestDigest = manifestDigest
        self.sizeBytes = sizeBytes
        self.created = created
        self.createdBy = createdBy
        self.updated = updated
        self.revision = revision
        self.expires = expires
        self.deleted = deleted
        self.aliases = aliases
        self.risk = risk
    }

    package var state: LifecycleState { standing.state }
}

/// A version about to be stored. Times and the creator are the transaction's.
package struct NewVersion: Sendable {
    package let modelID: Int64
    package let number: Int64
    package let version: SemanticVersion
    package let status: VersionStatus
    package let state: LifecycleState
    package let description: String?
    package let tags: [UInt8]
    package let metrics: [UInt8]
    package let document: [UInt8]
    package let requestDigest: Digest
    package let artifactsDigest: Digest?
    package let manifestDigest: Digest?
    package let sizeBytes: Int64
    package let created: Timestamp
    package let createdBy: Int64
    package let expires: Timestamp?

    package init(
        modelID: Int64, number: Int64, version: SemanticVersion, status: VersionStatus, state: LifecycleState,
        description: String?, tags: [UInt8], metrics: [UInt8], document: [UInt8], requestDigest: Digest,
        artifactsDigest: Digest?, manifestDigest: Digest?, sizeBytes: Int64, created: Timestamp, createdBy: Int64,
        expires: Timestamp?
    ) {
        self.modelID = modelID
        self.number = number
        self.version = version
        self.status = status
        self.state = state
        self.description = description
        self.tags = tags
        self.metrics = metrics
        self.document = document
        self.requestDigest = requestDigest
        self.artifactsDigest = artifactsDigest
        self.manifestDigest = manifestDigest
        self.sizeBytes = sizeBytes
        self.created = created
        self.createdBy = createdBy
        self.expires = expires
    }
}

/// A scalar of a version's metadata, as filters and orderings see it.
package enum AttributeValue: Sendable, Equatable {
    case text(String)
    case integer(Int64)
    case number(Double)
    case boolean(Bool)
}

/// One file of a version.
package struct ArtifactRecord: Sendable, Equatable {
    package let path: String
    package let digest: Digest
    package let sizeBytes: Int64
    package let mediaType: String
    /// What the content looks like, e.g. `pickle`, `safetensors`.
    package let format: String

    package init(path: String, digest: Digest, sizeBytes: Int64, mediaType: String, format: String) {
        self.path = path
        self.digest = digest
        self.sizeBytes = sizeBytes
        self.mediaType = mediaType
        self.format = format
    }
}

/// One change of one metric.
package struct MetricRevision: Sendable {
    package let metric: String
    /// Nil where the metric was withdrawn.
    package let value: Double?
    package let previous: Double?
    package let changed: Timestamp
    /// The subject.
    package let changedBy: String

    package init(metric: String, value: Double?, previous: Double?, changed: Timestamp, changedBy: String) {
        self.metric = metric
        self.value = value
        self.previous = previous
        self.changed = changed
        self.changedBy = changedBy
    }
}

/// Stored bytes as the metadata knows them.
package struct BlobRecord: Sendable, Equatable {
    package let digest: Digest
    package let sizeBytes: Int64
    package let format: String
    package let created: Timestamp

    package init(digest: Digest, sizeBytes: Int64, format: String, created: Timestamp) {
        self.digest = digest
        self.sizeBytes = sizeBytes
        self.format = format
        self.created = created
    }
}

/// A resumable upload.
package struct UploadRecord: Sendable {
    package let id: String
    package let principalID: Int64
    /// In bytes, where the client told it.
    package let length: Int64?
    /// True once the client said that all bytes are here; where there is a digest, once they are a blob.
    package let complete: Bool
    /// Set before the bytes become a blob.
    package let digest: Digest?
    package let created: Timestamp
    package let expires: Timestamp

    package init(
        id: String, principalID: Int64, length: Int64?, complete: Bool, digest: Digest?, created: Timestamp,
        expires: Timestamp
    ) {
        self.id = id
        self.principalID = principalID
        self.length = length
        self.complete = complete
        self.digest = digest
        self.created = created
        self.expires = expires
    }
}

/// What readers of a deprecated version are told.
package struct Deprecation: Sendable, Equatable {
    package let since: Timestamp
    /// When it may be archived at the earliest.
    package let sunset: Timestamp?

    package init(since: Timestamp, sunset: Timestamp?) {
        self.since = since
        self.sunset = sunset
    }

    /// Nil for a version that is not deprecated.
    package init?(_ standing: VersionStanding) {
        guard standing.state == .deprecated else { return nil }
        self.init(since: standing.since, sunset: standing.sunset)
    }
}

/// Where an alias points, with all that its answer carries.
package struct AliasRecord: Sendable {
    package let modelID: Int64
    package let model: String
    package let alias: String
    package let versionID: Int64
    package let version: String
    package let state: LifecycleState
    /// Since when it is deprecated, and when it may go; nil in every other state.
    package let deprecation: Deprecation?
    package let manifestDigest: Digest?
    package let updated: Timestamp
    /// The subject.
    package let updatedBy: String
    package let revision: Int64

    package init(
        modelID: Int64, model: String, alias: String, versionID: Int64, version: String, state: LifecycleState,
        deprecation: Deprecation?, manifestDigest: Digest?, updated: Timestamp, updatedBy: String, revision: Int64
    ) {
        self.modelID = modelID
        self.model = model
        self.alias = alias
        self.versionID = versionID
        self.version = version
        self.state = state
        self.deprecation = deprecation
        self.manifestDigest = manifestDigest
        self.updated = updated
        self.updatedBy = updatedBy
        self.revision = revision
    }
}

/// A token without its secret.
package struct TokenRecord: Sendable {
    package let id: String
    package let principalID: Int64
    package let pseudonym: String
    package let subject: String
    /// SHA-256 of the whole token text.
    package let secretHash: Digest
    package let roles: [String]
    package let models: [String]
    package let created: Timestamp
    /// The subject who made it; nil for the one made at first start.
    package let createdBy: String?
    package let expires: Timestamp?
    package let revoked: Timestamp?

    package init(
        id: String, principalID: Int64, pseudonym: String, subject: String, secretHash: Digest, roles: [String],
        models: [String], created: Timestamp, createdBy: String?, expires: Timestamp?, revoked: Timestamp?
    ) {
        self.id = id
        self.principalID = principalID
        self.pseudonym = pseudonym
        self.subject = subject
        self.secretHash = secretHash
        self.roles = roles
        self.models = models
        self.created = created
        self.createdBy = createdBy
        self.expires = expires
        self.revoked = revoked
    }
}

/// A value kept beside the log because the leaf only commits to it.
package struct PrivateValue: Sendable {
    /// E.g. `actor.subject`, `rationale`.
    package let field: String
    /// 32 random bytes.
    package let salt: [UInt8]
    /// Canonical JSON text.
    package let value: [UInt8]
    /// Whose personal data it is, where that is one principal.
    package let principalID: Int64?

    package init(field: String, salt: [UInt8], value: [UInt8], principalID: Int64?) {
        self.field = field
        self.salt = salt
        self.value = value
        self.principalID = principalID
    }
}

/// An event of the log as stored.
package struct AuditRecord: Sendable {
    package let sequence: Int64
    package let timestamp: Timestamp
    /// The exact text that was hashed; nil once pruned.
    package let leaf: [UInt8]?
    package let leafHash: Digest
    package let action: String
    package let outcome: String
    package let principalID: Int64?
    package let resource: (type: String, id: String, model: String?, version: String?)
    package let privateValues: [PrivateValue]

    package init(
        sequence: Int64, timestamp: Timestamp, leaf: [UInt8]?, leafHash: Digest, action: String, outcome: String,
        principalID: Int64?, resource: (type: String, id: String, model: String?, version: String?),
        privateValues: [PrivateValue]
    ) {
        self.sequence = sequence
        self.timestamp = timestamp
        self.leaf = leaf
        self.leafHash = leafHash
        self.action = action
        self.outcome = outcome
        self.principalID = principalID
        self.resource = resource
        self.privateValues = privateValues
    }
}

/// An answer kept for repeats of the same request.
package struct IdempotencyRecord: Sendable {
    package let principalID: Int64
    package let key: String
    /// SHA-256 over method, path and body.
    package let fingerprint: Digest
    /// `MutationOutcome` by name.
    package let outcome: String
    /// Where the resource is, as a path.
    package let resource: String
    package let etag: String?
    package let body: [UInt8]
    package let created: Timestamp

    package init(
        principalID: Int64, key: String, fingerprint: Digest, outcome: String, resource: String, etag: String?,
        body: [UInt8], created: Timestamp
    ) {
        self.principalID = principalID
        self.key = key
        self.fingerprint = fingerprint
        self.outcome = outcome
        self.resource = resource
        self.etag = etag
        self.body = body
        self.created = created
    }
}
