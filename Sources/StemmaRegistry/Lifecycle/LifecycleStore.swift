/// Reading the lifecycle: definitions, transitions, and what facts rest on.
package protocol LifecycleReader {
    /// The number of the definition in force; 0 where there is none.
    func lifecycleRevisionInForce() throws -> Int64

    /// The definition with that number, or the one in force where it is nil: JSON text, when, by which subject.
    func lifecycleDefinition(_ revision: Int64?) throws -> LifecycleDefinitionRecord?

    /// All definitions without their text, newest first.
    func lifecycleRevisions(before revision: Int64?, limit: Int) throws -> [LifecycleDefinitionRecord]

    /// Transitions of a version, newest first, before the row `id`.
    func transitions(version id: Int64, before row: Int64?, limit: Int) throws -> [TransitionRecord]

    /// The transition by which a version last entered a state.
    func lastTransition(version id: Int64, to state: LifecycleState) throws -> TransitionRecord?

    /// Who entered a state of a model, and how, in the order in which it happened.
    func entries(model id: Int64, to state: LifecycleState) throws -> [(versionID: Int64, kind: TransitionKind)]

    /// Transitions of all models in the order in which they happened, after the row `id`, with their facts.
    func transitions(after row: Int64, limit: Int) throws -> [TransitionRecord]

    /// Principals besides the creator who had a hand in a version.
    func contributors(version id: Int64) throws -> [Int64]

    /// Published versions outside `development` that are not deleted, by row key, after `id`.
    func versionsPastDevelopment(after id: Int64, limit: Int) throws -> [VersionRecord]

    /// Published versions in a state that have been in it since `moment` or longer and did not change since, by row key.
    func versionsAtRest(in state: LifecycleState, since moment: Timestamp, after id: Int64, limit: Int) throws
        -> [VersionRecord]
}

package protocol LifecycleWriter {
    func insertLifecycleDefinition(_ json: [UInt8], revision: Int64, at moment: Timestamp, by principal: Int64?) throws

    /// Moves a version; `sunset` is nil but for deprecated ones.
    func setState(version id: Int64, _ state: LifecycleState, sunset: Timestamp?, at moment: Timestamp) throws

    func insertTransition(_ transition: NewTransition) throws -> Int64

    /// Notes that a principal had a hand in a version; noting it again does nothing.
    func addContributor(version id: Int64, principal: Int64) throws

    /// Counts the evidence revision up: whatever reviewers approved is no longer what is there.
    func addEvidenceRevision(version id: Int64, at moment: Timestamp) throws
}

package struct LifecycleDefinitionRecord: Sendable {
    package let revision: Int64
    /// JSON object text; empty in lists.
    package let json: [UInt8]
    package let created: Timestamp
    package let createdBy: String?

    package init(revision: Int64, json: [UInt8], created: Timestamp, createdBy: String?) {
        self.revision = revision
        self.json = json
        self.created = created
        self.createdBy = createdBy
    }
}

/// Why a version moved.
package enum TransitionKind: String, Sendable {
    case requested
    /// The registry asked for it itself.
    case automatic
    /// Another version took its place.
    case displaced
    /// A rollback took it out of service.
    case rolledBack = "rolled_back"
    /// A rollback put it back.
    case restored
}

/// A transition about to be stored.
package struct NewTransition: Sendable {
    package let modelID: Int64
    package let versionID: Int64
    package let from: LifecycleState
    package let to: LifecycleState
    package let kind: TransitionKind
    package let at: Timestamp
    package let principalID: Int64
    package let rationale: String?
    /// JSON object text.
    package let evidence: [UInt8]?
    package let rollbackPlan: String?
    /// JSON array text of subjects.
    package let approvers: [UInt8]
    package let lifecycleRevision: Int64
    /// JSON object text; nil for the moves that go with another one.
    package let facts: [UInt8]?
    /// JSON array text of findings.
    package let guards: [UInt8]
    package let counterpartID: Int64?
    package let auditSequence: Int64

    package init(
        modelID: Int64, versionID: Int64, from: LifecycleState, to: LifecycleState, kind: TransitionKind,
        at: Timestamp, principalID: Int64, rationale: String?, evidence: [UInt8]?, rollbackPlan: String?,
        approvers: [UInt8], lifecycleRevision: Int64, facts: [UInt8]?, guards: [UInt8], counterpartID: Int64?,
        auditSequence: Int64
    ) {
        self.modelID = modelID
        self.versionID = versionID
        self.from = from
        self.to = to
        self.kind = kind
        self.at = at
        self.principalID = principalID
        self.rationale = rationale
        self.evidence = evidence
        self.rollbackPlan = rollbackPlan
        self.approvers = approvers
        self.lifecycleRevision = lifecycleRevision
        self.facts = facts
        self.guards = guards
        self.counterpartID = counterpartID
        self.auditSequence = auditSequence
    }
}

/// A transition as stored, with the names that its answer carries.
package struct TransitionRecord: Sendable {
    package let id: Int64
    package let model: String
    package let version: String
    /// The subject.
    package let by: String
    /// The version that this one displaced, or that displaced it.
    package let counterpart: String?
    package let stored: NewTransition

    package init(
        id: Int64, model: String, version: String, by: String, counterpart: String?, stored: NewTransition
    ) {
        self.id = id
        self.model = model
        self.version = version
        self.by = by
        self.counterpart = counterpart
        self.stored = stored
    }
}
