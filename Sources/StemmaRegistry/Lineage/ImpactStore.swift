/// Reading what changes touch.
package protocol ImpactReader {
    /// Aliases that point at a version, by name.
    func aliasNames(version id: Int64) throws -> [String]

    /// Deployments of a version that are pending or deployed, newest first.
    func liveDeployments(version id: Int64) throws -> [(id: String, environment: String, status: String)]

    func impactAssessment(_ id: String) throws -> ImpactAssessmentRecord?

    func impactAssessment(row: Int64) throws -> ImpactAssessmentRecord?

    /// Assessments of all entities in scope. Sort fields: those of `FilterSchema.impactAssessments`.
    func impactAssessments(_ query: ListQuery) throws -> Page<ImpactAssessmentRecord>

    /// Row keys of open assessments that quarantine what is downstream, with their ids and entities.
    func quarantiningAssessments() throws -> [(row: Int64, id: String, entity: Int64)]

    /// The checklist in its order.
    func impactItems(_ assessment: Int64) throws -> [ImpactItemRecord]
}

/// Keeping assessments of what changes touch.
package protocol ImpactWriter {
    /// The new row's key.
    func insertImpactAssessment(_ assessment: NewImpactAssessment) throws -> Int64

    /// Adds an item at the end of the checklist; false where the entity has one.
    func addImpactItem(_ assessment: Int64, entity: Int64, owner: String?, quarantine: String?) throws -> Bool

    /// Acknowledges an item. Nothing happens to one that is acknowledged already.
    func acknowledgeImpactItem(
        _ assessment: Int64, entity: Int64, comment: String?, at moment: Timestamp, by principal: Int64) throws

    func closeImpactAssessment(_ row: Int64, reason: String?, at moment: Timestamp, by principal: Int64) throws

    /// Marks an assessment as changed.
    func touchImpactAssessment(_ row: Int64, at moment: Timestamp) throws

    /// Lifts one quarantine, where it is open; answers whether it was.
    func liftQuarantine(_ id: String, reason: String?, at moment: Timestamp, by principal: Int64) throws -> Bool
}

/// What kind of change an assessment is about.
package enum ImpactChange: String, Sendable, CaseIterable {
    /// Dataset X changed.
    case changed
    /// Model Y was updated.
    case updated
    /// Feature Z goes away.
    case deprecated
    case removed
    /// It turned out to be wrong.
    case faulty
}

/// An assessment about to be stored.
package struct NewImpactAssessment: Sendable {
    package let id: String
    package let entity: Int64
    package let change: ImpactChange
    package let reason: String
    package let quarantines: Bool
    package let due: Timestamp?
    /// JSON object text.
    package let summary: [UInt8]
    package let created: Timestamp
    package let createdBy: Int64

    package init(
        id: String, entity: Int64, change: ImpactChange, reason: String, quarantines: Bool, due: Timestamp?,
        summary: [UInt8], created: Timestamp, createdBy: Int64
    ) {
        self.id = id
        self.entity = entity
        self.change = change
        self.reason = reason
        self.quarantines = quarantines
        self.due = due
        self.summary = summary
        self.created = created
        self.createdBy = createdBy
    }
}

/// An assessment as stored.
package struct ImpactAssessmentRecord: Sendable {
    package let row: Int64
    package let id: String
    package let entity: Int64
    package let node: LineageNodeID
    /// The model by whose name a token's reach is judged.
    package let model: String?
    package let change: ImpactChange
    package let reason: String
    package let quarantines: Bool
    package let due: Timestamp?
    /// JSON object text.
    package let summary: [UInt8]
    package let created: Timestamp
    /// The subject.
    package let createdBy: String
    package let updated: Timestamp
    package let closed: Timestamp?
    package let closedBy: String?
    package let closeReason: String?
    package let revision: Int64

    package init(
        row: Int64, id: String, entity: Int64, node: LineageNodeID, model: String?, change: ImpactChange,
        reason: String, quarantines: Bool, due: Timestamp?, summary: [UInt8], created: Timestamp, createdBy: String,
        updated: Timestamp, closed: Timestamp?, closedBy: String?, closeReason: String?, revision: Int64
    ) {
        self.row = row
        self.id = id
        self.entity = entity
        self.node = node
        self.model = model
        self.change = change
        self.reason = reason
        self.quarantines = quarantines
        self.due = due
        self.summary = summary
        self.created = created
        self.createdBy = createdBy
        self.updated = updated
        self.closed = closed
        self.closedBy = closedBy
        self.closeReason = closeReason
        self.revision = revision
    }
}

/// One line of an assessment's checklist.
package struct ImpactItemRecord: Sendable {
    package let position: Int64
    package let entity: Int64
    package let node: LineageNodeID
    package let model: String?
    package let owner: String?
    package let quarantineID: String?
    /// When its quarantine was opened and lifted.
    package let heldSince: Timestamp?
    package let heldUntil: Timestamp?
    package let acknowledged: Timestamp?
    package let acknowledgedBy: String?
    package let comment: String?

    package init(
        position: Int64, entity: Int64, node: LineageNodeID, model: String?, owner: String?, quarantineID: String?,
        heldSince: Timestamp?, heldUntil: Timestamp?, acknowledged: Timestamp?, acknowledgedBy: String?,
        comment: String?
    ) {
        self.position = position
        self.entity = entity
        self.node = node
        self.model = model
        self.owner = owner
        self.quarantineID = quarantineID
        self.heldSince = heldSince
        self.heldUntil = heldUntil
        self.acknowledged = acknowledged
        self.acknowledgedBy = acknowledgedBy
        self.comment = comment
    }

    /// Whether the assessment holds it back.
    package var isQuarantined: Bool { heldSince != nil && heldUntil == nil }
}
