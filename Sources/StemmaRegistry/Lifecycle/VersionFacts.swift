package import StemmaDigest
package import StemmaJSON

/// Everything that guards may know of a version at one moment. Read once, inside the transaction that acts on it, and
/// kept with every transition, so that another definition can be tried on it later.
package struct VersionFacts: Sendable {
    package let now: Timestamp
    package let versionID: Int64
    package let model: String
    package let version: String
    package let state: LifecycleState
    package let stateSince: Timestamp
    package let created: Timestamp
    package let isReady: Bool
    package let manifestDigest: Digest?
    package let evidenceRevision: Int64
    /// Principals who made the version or had a hand in it.
    package let authors: [Int64]
    package let description: String?
    /// The immutable members, without artifacts.
    package let document: JSONObject
    /// Metric name to number.
    package let metrics: JSONObject
    package let artifacts: [ArtifactFact]
    /// What is in production now, where it is another version.
    package let production: PeerFact?
    /// Other published versions of the model in staging, shadow and production.
    package let peers: [PeerFact]
    package let reviews: [ReviewFact]
    package let quarantines: [QuarantineFact]
    /// Live ones.
    package let consumers: [ConsumerFact]
    /// Results of concluded comparisons with another version, in the form of the specification's A/B experiment.
    package let experiments: [JSONObject]
    /// Every person's last attempt to make the version again, as far as it was compared with the evidence that is there.
    package let reproductions: [ReproductionFact]
    /// What came with the request; the defaults where nobody asks for anything.
    package var request: RequestFacts

    package struct ArtifactFact: Sendable {
        package let path: String
        package let digest: String
        package let sizeBytes: Int64
        package let format: String

        package init(path: String, digest: String, sizeBytes: Int64, format: String) {
            self.path = path
            self.digest = digest
            self.sizeBytes = sizeBytes
            self.format = format
        }
    }

    package struct PeerFact: Sendable {
        package let version: String
        package let state: LifecycleState
        package let metrics: JSONObject
        package let isQuarantined: Bool

        package init(version: String, state: LifecycleState, metrics: JSONObject, isQuarantined: Bool = false) {
            self.version = version
            self.state = state
            self.metrics = metrics
            self.isQuarantined = isQuarantined
        }
    }

    package struct ReviewFact: Sendable {
        package let id: String
        package let gate: String
        /// `approve`, `reject` or `comment`.
        package let decision: String
        /// Item to verdict.
        package let items: JSONObject
        package let evidence: JSONObject?
        package let reviewer: Int64
        package let subject: String
        package let role: String
        package let manifestDigest: Digest
        package let evidenceRevision: Int64
        package let at: Timestamp

        package init(
            id: String, gate: String, decision: String, items: JSONObject, evidence: JSONObject?, reviewer: Int64,
            subject: String, role: String, manifestDigest: Digest, evidenceRevision: Int64, at: Timestamp
        ) {
            self.id = id
            self.gate = gate
            self.decision = decision
            self.items = items
            self.evidence = evidence
            self.reviewer = reviewer
            self.subject = subject
            self.role = role
            self.manifestDigest = manifestDigest
            self.evidenceRevision = evidenceRevision
            self.at = at
        }
    }

    package struct QuarantineFact: Sendable {
        package let reason: String
        package let opened: Timestamp

        package init(reason: String, opened: Timestamp) {
            self.reason = reason
            self.opened = opened
        }
    }

    package struct ConsumerFact: Sendable {
        package let name: String
        package let lastSeen: Timestamp
        package let expires: Timestamp

        package init(name: String, lastSeen: Timestamp, expires: Timestamp) {
            self.name = name
            self.lastSeen = lastSeen
            self.expires = expires
        }
    }

    package struct ReproductionFact: Sendable {
        package let id: String
        /// The principal.
        package let by: Int64
        package let isReproduced: Bool
        package let tolerance: Double
        package let mode: ToleranceMode
        package let at: Timestamp

        package init(
            id: String, by: Int64, isReproduced: Bool, tolerance: Double, mode: ToleranceMode, at: Timestamp
        ) {
            self.id = id
            self.by = by
            self.isReproduced = isReproduced
            self.tolerance = tolerance
            self.mode = mode
            self.at = at
        }
    }

    package struct RequestFacts: Sendable {
        package var rationale: String?
        package var evidence: JSONObject?
        package var rollbackPlan: String?
        /// True where the registry itself asks.
        package var isAutomatic: Bool

        package init(
            rationale: String? = nil, evidence: JSONObject? = nil, rollbackPlan: String? = nil,
            isAutomatic: Bool = false
        ) {
            self.rationale = rationale
            self.evidence = evidence
            self.rollbackPlan = rollbackPlan
            self.isAutomatic = isAutomatic
        }
    }

    package init(
        now: Timestamp, versionID: Int64, model: String, version: String, state: LifecycleState, stateSince: Timestamp,
        created: Timestamp, isReady: Bool, manifestDigest: Digest?, evidenceRevision: Int64, authors: [Int64],
        description: String?, document: JSONObject, metrics: JSONObject, artifacts: [ArtifactFact],
        production: PeerFact?, peers: [PeerFact], reviews: [ReviewFact], quarantines: [QuarantineFact],
        consumers: [ConsumerFact], experiments: [JSONObject], reproductions: [ReproductionFact], request: RequestFacts
    ) {
        self.now = now
        self.versionID = versionID
        self.model = model
        self.version = version
        self.state = state
        self.stateSince = stateSince
        self.created = created
        self.isReady = isReady
        self.manifestDigest = manifestDigest
        self.evidenceRevision = evidenceRevision
        self.authors = authors
        self.description = description
        self.document = document
        self.metrics = metrics
        self.artifacts = artifacts
        self.production = production
        self.peers = peers
        self.reviews = reviews
        self.quarantines = quarantines
        self.consumers = consumers
        self.experiments = experiments
        self.reproductions = reproductions
        self.request = request
    }
}
