/// Somebody's leave to fail a rule for a time.
package struct ViolationWaiver: Sendable, Equatable {
    package let at: Timestamp
    package let principalID: Int64
    package let reason: String
    package let expires: Timestamp

    package init(at: Timestamp, principalID: Int64, reason: String, expires: Timestamp) {
        self.at = at
        self.principalID = principalID
        self.reason = reason
        self.expires = expires
    }
}

/// A violation about to be stored.
package struct NewViolation: Sendable {
    package let id: String
    package let rule: String
    package let subject: ComplianceSubjectKey
    /// E.g. a `model_id`.
    package let subjectID: String
    package let model: String?
    package let version: String?
    package let state: ViolationState

    package init(
        id: String, rule: String, subject: ComplianceSubjectKey, subjectID: String, model: String?, version: String?,
        state: ViolationState
    ) {
        self.id = id
        self.rule = rule
        self.subject = subject
        self.subjectID = subjectID
        self.model = model
        self.version = version
        self.state = state
    }
}

/// What changes of a violation.
package struct ViolationState: Sendable, Equatable {
    package var ruleVersion: Int64
    package var frameworks: [String]
    package var severity: String
    /// JSON object text.
    package var evidence: [UInt8]
    /// The subject who has to do something.
    package var owner: String?
    /// `model_owner`, `auditor` or `admin`.
    package var ownerRole: String
    package var due: Timestamp
    package var note: String?
    /// When it was opened last.
    package var opened: Timestamp
    package var lastSeen: Timestamp
    /// How often a scan found it.
    package var failures: Int64
    package var closed: Timestamp?
    package var waiver: ViolationWaiver?

    package init(
        ruleVersion: Int64, frameworks: [String], severity: String, evidence: [UInt8], owner: String?,
        ownerRole: String, due: Timestamp, note: String? = nil, opened: Timestamp, lastSeen: Timestamp,
        failures: Int64, closed: Timestamp? = nil, waiver: ViolationWaiver? = nil
    ) {
        self.ruleVersion = ruleVersion
        self.frameworks = frameworks
        self.severity = severity
        self.evidence = evidence
        self.owner = owner
        self.ownerRole = ownerRole
        self.due = due
        self.note = note
        self.opened = opened
        self.lastSeen = lastSeen
        self.failures = failures
        self.closed = closed
        self.waiver = waiver
    }
}

/// How a violation stands.
package enum ViolationStatus: String, Sendable, CaseIterable {
    case open, waived, closed
}

/// A violation as stored.
package struct ViolationRecord: Sendable {
    package let row: Int64
    package let stored: NewViolation
    /// The subject who waived it.
    package let waivedBy: String?
    package let updated: Timestamp
    package let revision: Int64
    package let steps: Int64

    package var id: String { stored.id }
    package var state: ViolationState { stored.state }

    package init(
        row: Int64, stored: NewViolation, waivedBy: String?, updated: Timestamp, revision: Int64, steps: Int64
    ) {
        self.row = row
        self.stored = stored
        self.waivedBy = waivedBy
        self.updated = updated
        self.revision = revision
        self.steps = steps
    }

    /// A waiver that is over counts no more, whether a scan noticed it or not.
    package func status(at now: Timestamp) -> ViolationStatus {
        if state.closed != nil { return .closed }
        return state.waiver.map { $0.expires > now } ?? false ? .waived : .open
    }
}

/// What happened to a violation.
package enum ViolationStepKind: String, Sendable, CaseIterable {
    case opened
    /// Found again, with other evidence.
    case refreshed
    case assigned
    case dueChanged = "due_changed"
    case noted
    case waived
    case waiverExpired = "waiver_expired"
    case waiverRevoked = "waiver_revoked"
    case closed
    case reopened
}

/// A step about to be stored.
package struct NewViolationStep: Sendable {
    package let kind: ViolationStepKind
    package let at: Timestamp
    package let principalID: Int64
    /// The scan in which it happened; nil where somebody did it.
    package let scan: String?
    /// JSON object text.
    package let detail: [UInt8]?

    package init(kind: ViolationStepKind, at: Timestamp, principalID: Int64, scan: String?, detail: [UInt8]?) {
        self.kind = kind
        self.at = at
        self.principalID = principalID
        self.scan = scan
        self.detail = detail
    }
}

/// A step as stored.
package struct ViolationStep: Sendable {
    /// From 1.
    package let position: Int64
    package let stored: NewViolationStep
    /// The subject.
    package let by: String

    package init(position: Int64, stored: NewViolationStep, by: String) {
        self.position = position
        self.stored = stored
        self.by = by
    }
}
