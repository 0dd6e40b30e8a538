package import StemmaDigest

/// Reading attempts to make versions again.
package protocol ReproductionReader {
    /// All attempts on a version, oldest first.
    func reproductions(version id: Int64) throws -> [ReproductionRecord]

    /// The attempt of that id on that version.
    func reproduction(_ id: String, version: Int64) throws -> ReproductionRecord?

    /// How many attempts on a version there are.
    func reproductionCount(version id: Int64) throws -> Int

    /// How every person's last attempt on a version with that evidence went, oldest first.
    func reproductionOutcomes(version id: Int64, evidenceRevision: Int64) throws -> [ReproductionOutcome]
}

/// Recording attempts to make versions again. They never change.
package protocol ReproductionWriter {
    func insertReproduction(_ reproduction: ReproductionRecord, version id: Int64) throws
}

/// Against what a tolerance is measured.
package enum ToleranceMode: String, Sendable, CaseIterable {
    /// The metric's own unit.
    case absolute
    /// A share of the original's magnitude.
    case relative
}

/// An attempt as stored.
package struct ReproductionRecord: Sendable {
    package let id: String
    package let principalID: Int64
    package let subject: String
    package let manifestDigest: Digest
    package let evidenceRevision: Int64
    package let tolerance: Double
    package let mode: ToleranceMode
    package let isReproduced: Bool
    /// JSON array text: one object for each metric.
    package let verdicts: [UInt8]
    /// JSON object text.
    package let environment: [UInt8]?
    /// JSON array text.
    package let differences: [UInt8]
    package let codeCommit: String?
    package let dataHash: String?
    package let notes: String?
    package let at: Timestamp

    package init(
        id: String, principalID: Int64, subject: String, manifestDigest: Digest, evidenceRevision: Int64,
        tolerance: Double, mode: ToleranceMode, isReproduced: Bool, verdicts: [UInt8], environment: [UInt8]?,
        differences: [UInt8], codeCommit: String?, dataHash: String?, notes: String?, at: Timestamp
    ) {
        self.id = id
        self.principalID = principalID
        self.subject = subject
        self.manifestDigest = manifestDigest
        self.evidenceRevision = evidenceRevision
        self.tolerance = tolerance
        self.mode = mode
        self.isReproduced = isReproduced
        self.verdicts = verdicts
        self.environment = environment
        self.differences = differences
        self.codeCommit = codeCommit
        self.dataHash = dataHash
        self.notes = notes
        self.at = at
    }
}

/// What guards need to know of an attempt.
package struct ReproductionOutcome: Sendable, Equatable {
    package let id: String
    package let principalID: Int64
    package let isReproduced: Bool
    package let tolerance: Double
    package let mode: ToleranceMode
    package let at: Timestamp

    package init(
        id: String, principalID: Int64, isReproduced: Bool, tolerance: Double, mode: ToleranceMode, at: Timestamp
    ) {
        self.id = id
        self.principalID = principalID
        self.isReproduced = isReproduced
        self.tolerance = tolerance
        self.mode = mode
        self.at = at
    }
}
