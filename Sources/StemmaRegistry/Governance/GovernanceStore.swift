package import StemmaDigest

/// Reading reviews, quarantines and live consumers: what guards rest on besides the version itself.
package protocol GovernanceReader {
    /// All reviews of a version, oldest first.
    func reviews(version id: Int64) throws -> [ReviewRecord]

    /// Quarantines of a version that are not lifted, oldest first.
    func openQuarantines(version id: Int64) throws -> [QuarantineRecord]

    /// All quarantines of a version, oldest first, lifted ones included.
    func quarantines(version id: Int64) throws -> [QuarantineRecord]
}

package protocol GovernanceWriter {
    func insertReview(_ review: ReviewRecord, version id: Int64) throws

    /// Opens a quarantine and counts it at the version.
    func insertQuarantine(id: String, version: Int64, reason: String, at moment: Timestamp, by principal: Int64) throws

    /// Lifts every open quarantine of a version; answers how many there were.
    func liftQuarantines(version id: Int64, reason: String?, at moment: Timestamp, by principal: Int64) throws -> Int
}

/// A review as stored.
package struct ReviewRecord: Sendable {
    package let id: String
    package let gate: String
    /// `approve`, `reject` or `comment`.
    package let decision: String
    /// JSON object text: item to true or false.
    package let items: [UInt8]
    package let comment: String?
    /// JSON object text.
    package let evidence: [UInt8]?
    package let principalID: Int64
    package let subject: String
    /// The role under which it was given.
    package let role: String
    package let manifestDigest: Digest
    package let evidenceRevision: Int64
    package let at: Timestamp

    package init(
        id: String, gate: String, decision: String, items: [UInt8], comment: String?, evidence: [UInt8]?,
        principalID: Int64, subject: String, role: String, manifestDigest: Digest, evidenceRevision: Int64,
        at: Timestamp
    ) {
        self.id = id
        self.gate = gate
        self.decision = decision
        self.items = items
        self.comment = comment
        self.evidence = evidence
        self.principalID = principalID
        self.subject = subject
        self.role = role
        self.manifestDigest = manifestDigest
        self.evidenceRevision = evidenceRevision
        self.at = at
    }
}

/// A quarantine as stored.
package struct QuarantineRecord: Sendable {
    package let id: String
    package let reason: String
    package let opened: Timestamp
    /// The subject.
    package let openedBy: String
    package let lifted: Timestamp?
    package let liftedBy: String?
    package let liftReason: String?

    package init(
        id: String, reason: String, opened: Timestamp, openedBy: String, lifted: Timestamp?, liftedBy: String?,
        liftReason: String?
    ) {
        self.id = id
        self.reason = reason
        self.opened = opened
        self.openedBy = openedBy
        self.lifted = lifted
        self.liftedBy = liftedBy
        self.liftReason = liftReason
    }
}
