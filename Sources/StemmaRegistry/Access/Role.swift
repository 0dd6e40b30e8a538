/// What a token may be used for. Roles add up; `admin` has every permission.
package enum Role: Hashable, Sendable, CustomStringConvertible {
    case reader
    case publisher
    /// Reviews at one approval gate.
    case reviewer(gate: String)
    case deployer
    case auditor
    case admin

    /// `reader`, `publisher`, `reviewer:<gate>`, `deployer`, `auditor` or `admin`; nil for anything else.
    package init?(_ text: String) {
        switch text {
        case "reader": self = .reader
        case "publisher": self = .publisher
        case "deployer": self = .deployer
        case "auditor": self = .auditor
        case "admin": self = .admin
        default:
            let prefix: String = "reviewer:"
            guard text.hasPrefix(prefix) else { return nil }
            let gate = String(text.dropFirst(prefix.count))
            guard Role.gates.contains(gate) else { return nil }
            self = .reviewer(gate: gate)
        }
    }

    /// The approval gates of the specification.
    package static let gates: [String] = ["technical", "business", "operational", "security"]

    package var description: String {
        switch self {
        case .reader: "reader"
        case .publisher: "publisher"
        case .reviewer(let gate): "reviewer:" + gate
        case .deployer: "deployer"
        case .auditor: "auditor"
        case .admin: "admin"
        }
    }

    var permissions: Set<Permission> {
        switch self {
        case .reader: [.readModels]
        case .reviewer:
            [
                .readModels, .reviewVersions, .quarantineVersions, .recordEvidence, .assessRisk, .recordCompliance,
            ]
        case .publisher:
            [
                .readModels, .publishModels, .moveAliases, .transitionVersions, .recordObservations, .writeLineage,
                .recordEvidence, .manageExperiments, .readCompliance, .remediate, .assessRisk, .recordCompliance,
            ]
        case .deployer:
            [
                .readModels, .moveAliases, .moveProtectedAliases, .transitionVersions, .recordObservations,
                .manageDeployments, .manageRollouts, .quarantineVersions, .writeLineage, .recordEvidence,
                .manageExperiments, .recordCompliance,
            ]
        case .auditor:
            [
                .readModels, .readAudit, .manageHolds, .readCompliance, .manageCompliance, .remediate, .assessRisk,
                .recordCompliance,
            ]
        case .admin: Set(Permission.allCases)
        }
    }
}

/// What an operation needs; named in every refusal.
package enum Permission: String, Sendable, CaseIterable {
    /// Models, versions, aliases, artifacts and the blobs they use.
    case readModels = "models:read"
    /// Register, change and delete models and versions; upload blobs.
    case publishModels = "models:publish"
    /// Set and delete aliases that are not protected.
    case moveAliases = "aliases:move"
    /// Set and delete protected aliases.
    case moveProtectedAliases = "aliases:move-protected"
    /// Ask for transitions; the lifecycle says which role may ask for which.
    case transitionVersions = "versions:transition"
    /// Review at the gates that the lifecycle gives the role.
    case reviewVersions = "versions:review"
    case quarantineVersions = "versions:quarantine"
    /// Send what monitoring measured.
    case recordObservations = "observations:record"
    /// Describe where data and models come from and what they touch, and assess what a change would touch.
    case writeLineage = "lineage:write"
    /// Record reproductions and per-example evaluations of versions.
    case recordEvidence = "evidence:record"
    case manageExperiments = "experiments:manage"
    case manageDeployments = "deployments:manage"
    /// Start, advance and abort gradual rollouts.
    case manageRollouts = "rollouts:manage"
    /// Change the lifecycle and the policies.
    case manageLifecycle = "lifecycle:manage"
    case readAudit = "audit:read"
    /// Place, see and release legal holds.
    case manageHolds = "holds:manage"
    /// Erase what is known of people, redact events, and end the retention of those whose time has passed.
    case managePrivacy = "privacy:manage"
    /// Rules, scans, violations and reports: of everything for auditors and admins, of models for others.
    case readCompliance = "compliance:read"
    /// Scan, waive violations, and say by when they are to be closed.
    case manageCompliance = "compliance:manage"
    /// Say who sees to a violation, and how it goes.
    case remediate = "compliance:remediate"
    /// Assess the risk of versions.
    case assessRisk = "risk:assess"
    /// Record what only people can say; what is recorded decides who may.
    case recordCompliance = "compliance:record"
    case manageTokens = "tokens:manage"
    /// Have events sent to other systems.
    case manageWebhooks = "webhooks:manage"
    /// Metrics, where they are not open.
    case operate = "operations:read"
}
