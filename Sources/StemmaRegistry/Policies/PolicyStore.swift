/// Reading policies, their runs, and what runs look at. A deleted policy is answered only where said.
package protocol PolicyReader {
    /// The policy with that id, also a deleted one.
    func policy(id: String) throws -> PolicyRecord?

    /// The policy of that name.
    func policy(named name: String) throws -> PolicyRecord?

    /// All policies, by name.
    func policies() throws -> [PolicyRecord]

    /// How many there are.
    func policyCount() throws -> Int

    /// Ids of enabled policies whose next run is due, the one that waited longest first.
    func duePolicies(at moment: Timestamp, limit: Int) throws -> [String]

    /// Ids of deleted policies of which runs are still kept.
    func deletedPoliciesWithRuns(limit: Int) throws -> [String]

    func policyRun(id: String) throws -> PolicyRunRecord?

    /// Runs of a policy, newest first, before the run with that number (nil: from the newest).
    func policyRuns(policy id: String, before number: Int64?, limit: Int) throws -> [PolicyRunRecord]

    /// Runs that have not ended, of one policy or of all where it is nil.
    func openPolicyRuns(policy id: String?) throws -> [PolicyRunRecord]

    /// Stored decisions of one verdict, part by part from `part` on.
    func policyDecisions(run id: String, verdict: String, from part: Int64, limit: Int) throws -> [PolicyDecisionPart]

    /// The greatest row key of a version; 0 where there is none.
    func lastVersionKey() throws -> Int64

    /// Published versions whose row key is in `keys`, in one of these states and passing the filter (nil: all), by row key,
    /// with their registered metrics of these names.
    ///
    /// Throws `invalidFilter` for a filter that is not of `FilterSchema.versions`.
    func policyVersions(
        keys: ClosedRange<Int64>, states: [LifecycleState], filter: FilterExpression?, metrics: [String]
    ) throws -> [PolicyVersion]

    /// Published versions of these models in one of these states, which must not be `development`.
    func policyVersions(models: [Int64], states: [LifecycleState], metrics: [String]) throws -> [PolicyVersion]

    /// How many consumers each version whose row key is in `keys` has; those without are absent.
    func liveConsumerCounts(keys: ClosedRange<Int64>, at moment: Timestamp) throws -> [Int64: Int64]

    /// A metric over the first days on which it was observed, of every version whose row key is in `keys`. Where those days
    /// were folded into months, the first of these months stands for them.
    func firstObservations(
        metric: String, days: Int64, keys: ClosedRange<Int64>
    ) throws -> [Int64: FirstObservations]
}

package protocol PolicyWriter {
    /// Throws `policyExists` where another policy has the name.
    func insertPolicy(_ policy: NewPolicy, at moment: Timestamp, by principal: Int64) throws

    /// Replaces everything that clients set, and counts the revision up. Throws `policyExists`, `policyNotFound`.
    func updatePolicy(_ policy: NewPolicy, at moment: Timestamp) throws

    /// Sets when the schedule wants it next. Neither the revision nor the time of the last change moves.
    func setNextRun(policy id: String, at moment: Timestamp?) throws

    /// Marks a policy deleted; its name may be taken again. Throws `policyNotFound`.
    func deletePolicy(_ id: String, at moment: Timestamp) throws

    /// Stores a run as running, under its policy's next number, which is answered.
    func insertPolicyRun(_ run: NewPolicyRun) throws -> Int64

    /// Ends a run. `counts` is a JSON object text.
    func endPolicyRun(
        _ id: String, status: PolicyRunStatus, counts: [UInt8], error: String?, at moment: Timestamp) throws

    func insertPolicyDecisions(run id: String, _ part: PolicyDecisionPart) throws

    /// Drops decisions of runs up to and with that number, at most `limit` parts; answers how many.
    func removePolicyDecisions(policy id: String, through number: Int64, limit: Int) throws -> Int

    /// Drops runs that have ended, up to and with that number, with their decisions; answers how many.
    func removePolicyRuns(policy id: String, through number: Int64, limit: Int) throws -> Int
}

/// A policy about to be stored.
package struct NewPolicy: Sendable {
    package let id: String
    package let name: String
    /// `retirement` or `promotion`.
    package let kind: String
    /// JSON object text: the whole policy with what was left out filled in.
    package let definition: [UInt8]
    /// `recommend` or `enforce`.
    package let mode: String
    package let isEnabled: Bool
    package let nextRun: Timestamp?

    package init(
        id: String, name: String, kind: String, definition: [UInt8], mode: String, isEnabled: Bool, nextRun: Timestamp?
    ) {
        self.id = id
        self.name = name
        self.kind = kind
        self.definition = definition
        self.mode = mode
        self.isEnabled = isEnabled
        self.nextRun = nextRun
    }
}

/// A policy as stored.
package struct PolicyRecord: Sendable {
    package let stored: NewPolicy
    package let created: Timestamp
    /// The creator's subject.
    package let createdBy: String
    package let updated: Timestamp
    package let revision: Int64
    package let deleted: Timestamp?

    package var id: String { stored.id }
    package var name: String { stored.name }

    package init(
        stored: NewPolicy, created: Timestamp, createdBy: String, updated: Timestamp, revision: Int64,
        deleted: Timestamp?
    ) {
        self.stored = stored
        self.created = created
        self.createdBy = createdBy
        self.updated = updated
        self.revision = revision
        self.deleted = deleted
    }
}

/// How a run stands.
package enum PolicyRunStatus: String, Sendable, CaseIterable {
    case running
    case finished
    /// It met an error.
    case failed
    /// The registry stopped, or the policy changed, while it was under way.
    case interrupted
}

/// Who asked for a run.
package enum PolicyRunCause: String, Sendable, CaseIterable {
    case manual
    case scheduled
}

/// A run about to start.
package struct NewPolicyRun: Sendable {
    package let id: String
    package let policyID: String
    package let policyRevision: Int64
    /// The policy as it is now, as JSON object text.
    package let definition: [UInt8]
    package let cause: PolicyRunCause
    package let isDryRun: Bool
    package let started: Timestamp
    package let principalID: Int64

    package init(
        id: String, policyID: String, policyRevision: Int64, definition: [UInt8], cause: PolicyRunCause, isDryRun: Bool,
        started: Timestamp, principalID: Int64
    ) {
        self.id = id
        self.policyID = policyID
        self.policyRevision = policyRevision
        self.definition = definition
        self.cause = cause
        self.isDryRun = isDryRun
        self.started = started
        self.principalID = principalID
    }
}

/// A run as stored.
package struct PolicyRunRecord: Sendable {
    package let stored: NewPolicyRun
    /// The how-manieth run of its policy.
    package let number: Int64
    package let status: PolicyRunStatus
    package let finished: Timestamp?
    /// The subject who asked for it.
    package let by: String
    /// JSON object text: decisions by verdict.
    package let counts: [UInt8]
    package let error: String?
    /// False where it made none, or they are dropped.
    package let hasDecisions: Bool

    package var id: String { stored.id }

    package init(
        stored: NewPolicyRun, number: Int64, status: PolicyRunStatus, finished: Timestamp?, by: String, counts: [UInt8],
        error: String?, hasDecisions: Bool
    ) {
        self.stored = stored
        self.number = number
        self.status = status
        self.finished = finished
        self.by = by
        self.counts = counts
        self.error = error
        self.hasDecisions = hasDecisions
    }
}

/// Some decisions of one verdict.
package struct PolicyDecisionPart: Sendable {
    package let verdict: String
    /// Counted from 0 within run and verdict.
    package let part: Int64
    /// JSON array text; see `PolicyDecision`.
    package let decisions: [UInt8]

    package init(verdict: String, part: Int64, decisions: [UInt8]) {
        self.verdict = verdict
        self.part = part
        self.decisions = decisions
    }
}

/// What a policy looks at of a version: little, since there are many.
package struct PolicyVersion: Sendable {
    /// The row key.
    package let id: Int64
    package let modelID: Int64
    package let model: String
    package let version: String
    package let state: LifecycleState
    package let created: Timestamp
    package let revision: Int64
    /// Registered values of the metrics that were asked for, in that order.
    package let metrics: [Double?]

    package init(
        id: Int64, modelID: Int64, model: String, version: String, state: LifecycleState, created: Timestamp,
        revision: Int64, metrics: [Double?]
    ) {
        self.id = id
        self.modelID = modelID
        self.model = model
        self.version = version
        self.state = state
        self.created = created
        self.revision = revision
        self.metrics = metrics
    }
}

/// What was observed in the beginning.
package struct FirstObservations: Sendable, Equatable {
    package let count: Int64
    package let mean: Double
    /// The end of the first days: what was observed from then on is not among these values.
    package let end: Timestamp

    package init(count: Int64, mean: Double, end: Timestamp) {
        self.count = count
        self.mean = mean
        self.end = end
    }
}
