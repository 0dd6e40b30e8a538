package import StemmaDigest

/// Reading rollouts, and how traffic is split.
package protocol RolloutReader {
    /// The rollout of that identifier, ended ones included.
    func rollout(id: String) throws -> RolloutRecord?

    /// The one that runs for a model.
    func runningRollout(model id: Int64) throws -> RolloutRecord?

    /// A model's rollouts, newest first (of one moment by identifier, descending), after `last`.
    func rollouts(model id: Int64, after last: (created: Timestamp, id: String)?, limit: Int) throws -> [RolloutRecord]

    /// Running rollouts of all models in the order of the models' row keys, after that of `id`.
    func runningRollouts(afterModel id: Int64, limit: Int) throws -> [RolloutRecord]

    /// Rollouts in which a version succeeded, newest first.
    func succeededRollouts(version id: Int64, limit: Int) throws -> [RolloutRecord]

    /// How a model's traffic is split now. Throws `modelNotFound`.
    func traffic(model id: Int64) throws -> TrafficRecord

    /// The traffic of every model with a version in production that is not deleted: what is loaded at start.
    func forEachTraffic(_ body: (TrafficRecord) throws -> Void) throws
}

package protocol RolloutWriter {
    /// Stores a running rollout at its first step. Throws `rolloutRunning` where the model has one.
    func insertRollout(_ rollout: NewRollout) throws

    /// Sets where a rollout stands and counts its revision up. Throws `rolloutNotFound`.
    func updateRollout(_ id: String, _ progress: RolloutProgress, at moment: Timestamp) throws
}

package enum RolloutStatus: String, Sendable, CaseIterable {
    case running
    case succeeded
    case aborted
}

/// A rollout as stored, with the names that its answer carries.
package struct RolloutRecord: Sendable {
    package let id: String
    package let modelID: Int64
    package let model: String
    package let versionID: Int64
    package let version: String
    package let baselineID: Int64
    /// The version that gets the rest of the traffic.
    package let baseline: String
    /// JSON object text.
    package let plan: [UInt8]
    package let progress: RolloutProgress
    package let created: Timestamp
    /// The subject.
    package let createdBy: String
    package let updated: Timestamp
    package let revision: Int64

    package init(
        id: String, modelID: Int64, model: String, versionID: Int64, version: String, baselineID: Int64,
        baseline: String, plan: [UInt8], progress: RolloutProgress, created: Timestamp, createdBy: String,
        updated: Timestamp, revision: Int64
    ) {
        self.id = id
        self.modelID = modelID
        self.model = model
        self.versionID = versionID
        self.version = version
        self.baselineID = baselineID
        self.baseline = baseline
        self.plan = plan
        self.progress = progress
        self.created = created
        self.createdBy = createdBy
        self.updated = updated
        self.revision = revision
    }
}

/// Where a rollout stands: what changes while it runs.
package struct RolloutProgress: Sendable, Equatable {
    package var status: RolloutStatus
    /// Counted from 0.
    package var step: Int
    /// The version's share of the traffic at that step, 1 to 100.
    package var percent: Int
    package var stepStarted: Timestamp
    package var ended: Timestamp?
    package var endReason: String?
    /// JSON array text.
    package var history: [UInt8]

    package init(
        status: RolloutStatus, step: Int, percent: Int, stepStarted: Timestamp, ended: Timestamp? = nil,
        endReason: String? = nil, history: [UInt8]
    ) {
        self.status = status
        self.step = step
        self.percent = percent
        self.stepStarted = stepStarted
        self.ended = ended
        self.endReason = endReason
        self.history = history
    }
}

/// A rollout about to be stored.
package struct NewRollout: Sendable {
    package let id: String
    package let modelID: Int64
    package let versionID: Int64
    package let baselineID: Int64
    /// JSON object text.
    package let plan: [UInt8]
    package let percent: Int
    package let created: Timestamp
    package let createdBy: Int64
    /// JSON array text.
    package let history: [UInt8]

    package init(
        id: String, modelID: Int64, versionID: Int64, baselineID: Int64, plan: [UInt8], percent: Int,
        created: Timestamp, createdBy: Int64, history: [UInt8]
    ) {
        self.id = id
        self.modelID = modelID
        self.versionID = versionID
        self.baselineID = baselineID
        self.plan = plan
        self.percent = percent
        self.created = created
        self.createdBy = createdBy
        self.history = history
    }
}

/// How a model's traffic is split.
package struct TrafficRecord: Sendable, Equatable {
    package let model: String
    /// What is in production; nil where nothing is.
    package let production: Target?
    /// What is being rolled out; nil without a running rollout.
    package let candidate: Candidate?
    /// When the split was last decided; nil where nothing is in production.
    package let updated: Timestamp?

    package struct Target: Sendable, Equatable {
        package let version: String
        package let manifestDigest: Digest?

        package init(version: String, manifestDigest: Digest?) {
            self.version = version
            self.manifestDigest = manifestDigest
        }
    }

    package struct Candidate: Sendable, Equatable {
        package let target: Target
        /// Its share, 1 to 100; production gets the rest.
        package let percent: Int
        package let rolloutID: String

        package init(target: Target, percent: Int, rolloutID: String) {
            self.target = target
            self.percent = percent
            self.rolloutID = rolloutID
        }
    }

    package init(model: String, production: Target?, candidate: Candidate?, updated: Timestamp?) {
        self.model = model
        self.production = production
        self.candidate = candidate
        self.updated = updated
    }
}
