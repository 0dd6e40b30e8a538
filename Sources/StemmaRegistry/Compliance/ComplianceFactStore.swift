/// Reading what facts rest on and no other role has.
package protocol ComplianceFactReader {
    /// Published versions whose row key is in `keys`, of models in scope, by row key.
    func complianceVersions(keys: ClosedRange<Int64>, scope: ModelScope) throws -> [ComplianceVersionRow]

    /// Models in scope that are not deleted, by row key after `key`.
    func complianceModels(after key: Int64, scope: ModelScope, limit: Int) throws -> [ModelRecord]

    /// The states that published versions of a model are in.
    func versionStates(model id: Int64) throws -> [LifecycleState]

    /// JSON object texts of the newest assessments, or else of those made at registration, of a model's published
    /// versions in these states, which must not be `development`.
    func riskTexts(model id: Int64, states: [LifecycleState], limit: Int) throws -> [[UInt8]]

    /// When a draft was published, from the log; nil for a version that never was one.
    func publication(modelID: String) throws -> Timestamp?

    /// Who first brought each of a version's blobs. Of a blob of which that is not known, everybody who brought it.
    func blobBringers(version id: Int64) throws -> [Int64]

    /// What was observed last of every metric of a version.
    func lastObservations(version id: Int64) throws -> [LastObservation]

    /// What the guards read when a transition was made: JSON object text; nil for moves that went with another one.
    func transitionFacts(_ id: Int64) throws -> [UInt8]?

    /// When a version last left one of these states.
    func lastDeparture(version id: Int64, from states: [LifecycleState]) throws -> Timestamp?

    /// How many approving reviews every principal gave since that moment.
    func approvalsGiven(since moment: Timestamp) throws -> [Int64: Int64]

    /// Deployments of a model to an environment that last became deployed at or after that moment, newest first.
    func deployments(
        model id: Int64, environment: String, since moment: Timestamp, limit: Int
    ) throws -> [DeployedVersion]

    /// When lines about an entity were acknowledged in assessments of what changes of another one touch.
    func acknowledgements(of entity: Int64, inAssessmentsOf changed: Int64) throws -> [Timestamp]

    /// Whether an assessment of an entity is open.
    func hasOpenAssessment(of entity: Int64) throws -> Bool
}

/// What is looked at of every version before more is read.
package struct ComplianceVersionRow: Sendable {
    /// The row key.
    package let id: Int64
    package let modelID: Int64
    package let model: String
    package let version: String
    package let state: LifecycleState
    package let hasApprovals: Bool
    /// Whether it ever entered production by a transition.
    package let wasInProduction: Bool

    package init(
        id: Int64, modelID: Int64, model: String, version: String, state: LifecycleState, hasApprovals: Bool,
        wasInProduction: Bool
    ) {
        self.id = id
        self.modelID = modelID
        self.model = model
        self.version = version
        self.state = state
        self.hasApprovals = hasApprovals
        self.wasInProduction = wasInProduction
    }
}

package struct LastObservation: Sendable, Equatable {
    package let metric: String
    package let at: Timestamp
    package let value: Double

    package init(metric: String, at: Timestamp, value: Double) {
        self.metric = metric
        self.at = at
        self.value = value
    }
}

package struct DeployedVersion: Sendable {
    /// The event of the log that says so.
    package let sequence: Int64
    package let at: Timestamp
    package let versionID: Int64

    package init(sequence: Int64, at: Timestamp, versionID: Int64) {
        self.sequence = sequence
        self.at = at
        self.versionID = versionID
    }
}
