package import StemmaDigest

/// Reading which version was deployed where.
package protocol DeploymentReader {
    func deployment(_ id: String) throws -> DeploymentRecord?

    /// Deployments of all models in scope, those of deleted models and versions included.
    /// Sort fields: those of `FilterSchema.deployments`.
    func deployments(_ query: ListQuery) throws -> Page<DeploymentRecord>
}

/// Changing deployments. Verbs that change a row change its `updated` and `revision` too.
package protocol DeploymentWriter {
    func insertDeployment(_ deployment: NewDeployment) throws

    /// Throws `deploymentNotFound` where there is none of that id.
    func updateDeployment(_ id: String, _ change: DeploymentChange, at moment: Timestamp, by principal: Int64) throws

    /// Sets what a version says of its deployments, e.g. `deployed_production`. Nothing happens to a deleted version.
    func setDeploymentStatus(version id: Int64, _ status: String, at moment: Timestamp) throws
}

/// Where a deployment stands.
package enum DeploymentStatus: String, Sendable, CaseIterable {
    /// Asked for, and not there yet.
    case pending
    case deployed
    case failed
    /// Taken back. It ends here: deploying the version again is a deployment of its own.
    case rolledBack = "rolled_back"

    /// Where it may go from here. A deployment that failed may be tried again.
    package var next: [DeploymentStatus] {
        switch self {
        case .pending: [.deployed, .failed, .rolledBack]
        case .deployed: [.failed, .rolledBack]
        case .failed: [.pending, .rolledBack]
        case .rolledBack: []
        }
    }

    /// Whether the version has to be ready for its environment to get here.
    var needsReadiness: Bool { self == .pending || self == .deployed }
}

/// A deployment about to be stored.
package struct NewDeployment: Sendable {
    package let id: String
    package let modelID: Int64
    package let versionID: Int64
    package let environment: String
    package let status: DeploymentStatus
    /// The reference as it was sent, e.g. `@production`.
    package let ref: String
    package let manifestDigest: Digest
    package let rationale: String?
    package let detail: String?
    /// JSON object text.
    package let annotations: [UInt8]
    package let created: Timestamp
    package let createdBy: Int64

    package init(
        id: String, modelID: Int64, versionID: Int64, environment: String, status: DeploymentStatus, ref: String,
        manifestDigest: Digest, rationale: String?, detail: String?, annotations: [UInt8], created: Timestamp,
        createdBy: Int64
    ) {
        self.id = id
        self.modelID = modelID
        self.versionID = versionID
        self.environment = environment
        self.status = status
        self.ref = ref
        self.manifestDigest = manifestDigest
        self.rationale = rationale
        self.detail = detail
        self.annotations = annotations
        self.created = created
        self.createdBy = createdBy
    }
}

/// What a deployment becomes.
package struct DeploymentChange: Sendable {
    package let status: DeploymentStatus
    package let rationale: String?
    package let detail: String?
    /// The sequence of the audit event by which it becomes deployed; nil where it does not become so now.
    package let deployedBy: Int64?

    package init(status: DeploymentStatus, rationale: String?, detail: String?, deployedBy: Int64?) {
        self.status = status
        self.rationale = rationale
        self.detail = detail
        self.deployedBy = deployedBy
    }
}

/// A deployment as stored, with what its representation carries.
package struct DeploymentRecord: Sendable {
    package let id: String
    package let model: String
    package let versionID: Int64
    package let version: String
    package let environment: String
    package let status: DeploymentStatus
    /// The reference as it was sent.
    package let ref: String
    package let manifestDigest: Digest
    package let artifactsDigest: Digest?
    package let rationale: String?
    package let detail: String?
    /// JSON object text.
    package let annotations: [UInt8]
    /// When it last became deployed.
    package let deployed: Timestamp?
    /// True for the deployed one that became so last of its model in its environment.
    package let isCurrent: Bool
    package let created: Timestamp
    /// The subject.
    package let createdBy: String
    package let updated: Timestamp
    /// The subject.
    package let updatedBy: String
    package let revision: Int64

    package init(
        id: String, model: String, versionID: Int64, version: String, environment: String, status: DeploymentStatus,
        ref: String, manifestDigest: Digest, artifactsDigest: Digest?, rationale: String?, detail: String?,
        annotations: [UInt8], deployed: Timestamp?, isCurrent: Bool, created: Timestamp, createdBy: String,
        updated: Timestamp, updatedBy: String, revision: Int64
    ) {
        self.id = id
        self.model = model
        self.versionID = versionID
        self.version = version
        self.environment = environment
        self.status = status
        self.ref = ref
        self.manifestDigest = manifestDigest
        self.artifactsDigest = artifactsDigest
        self.rationale = rationale
        self.detail = detail
        self.annotations = annotations
        self.deployed = deployed
        self.isCurrent = isCurrent
        self.created = created
        self.createdBy = createdBy
        self.updated = updated
        self.updatedBy = updatedBy
        self.revision = revision
    }
}
