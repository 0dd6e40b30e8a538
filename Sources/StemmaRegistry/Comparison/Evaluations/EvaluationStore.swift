package import StemmaDigest

/// Reading per-example evaluations.
package protocol EvaluationReader {
    /// All evaluations of a version, oldest first.
    func evaluations(version id: Int64) throws -> [EvaluationRecord]
}

/// Recording per-example evaluations.
package protocol EvaluationWriter {
    /// The blob's row must exist. Throws `evaluationExists` where the version has one of that dataset digest.
    func insertEvaluation(_ evaluation: EvaluationRecord, version id: Int64, by principal: Int64) throws
}

/// What a version predicted for the examples of a dataset, as stored.
package struct EvaluationRecord: Sendable, Equatable {
    package let id: String
    package let datasetID: String
    /// As the client gave it, else `examplesDigest`.
    package let datasetDigest: Digest
    /// Over the examples' ids and labels in their order; see `EvaluationEncoder`.
    package let examplesDigest: Digest
    /// Whether the examples have ids of their own; without, they are known by their places.
    package let hasIDs: Bool
    package let examples: Int64
    /// Labels told apart, those only predicted included.
    package let classes: Int64
    /// Examples whose label was predicted.
    package let correct: Int64
    /// JSON object text; see `EvaluationSummary`.
    package let summary: [UInt8]
    /// The blob that holds the examples; see `EvaluationFile`.
    package let blob: Digest
    package let created: Timestamp
    /// The subject.
    package let createdBy: String

    package init(
        id: String, datasetID: String, datasetDigest: Digest, examplesDigest: Digest, hasIDs: Bool, examples: Int64,
        classes: Int64, correct: Int64, summary: [UInt8], blob: Digest, created: Timestamp, createdBy: String
    ) {
        self.id = id
        self.datasetID = datasetID
        self.datasetDigest = datasetDigest
        self.examplesDigest = examplesDigest
        self.hasIDs = hasIDs
        self.examples = examples
        self.classes = classes
        self.correct = correct
        self.summary = summary
        self.blob = blob
        self.created = created
        self.createdBy = createdBy
    }
}
