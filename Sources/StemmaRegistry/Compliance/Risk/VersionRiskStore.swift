/// Reading assessments of versions' risk.
package protocol VersionRiskReader {
    /// Assessments of a version after its registration, newest first, at most `limit`.
    func riskAssessments(version id: Int64, limit: Int) throws -> [RiskAssessmentRecord]
}

package protocol VersionRiskWriter {
    /// Stores an assessment under the version's next number, which is answered, and makes it the newest.
    func insertRiskAssessment(version id: Int64, _ assessment: [UInt8], at moment: Timestamp, by principal: Int64)
        throws
        -> Int64
}

/// An assessment as stored.
package struct RiskAssessmentRecord: Sendable {
    /// From 1; the one made at registration is none of them.
    package let revision: Int64
    /// JSON object text.
    package let assessment: [UInt8]
    package let at: Timestamp
    /// The subject.
    package let by: String

    package init(revision: Int64, assessment: [UInt8], at: Timestamp, by: String) {
        self.revision = revision
        self.assessment = assessment
        self.at = at
        self.by = by
    }
}
