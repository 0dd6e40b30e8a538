/// Reading A/B experiments.
package protocol ExperimentReader {
    func experiment(_ id: String) throws -> ExperimentRecord?

    /// Experiments both of whose models are in scope, those of deleted versions included.
    /// Sort fields: those of `FilterSchema.experiments`.
    func experiments(_ query: ListQuery) throws -> Page<ExperimentRecord>

    /// Every look at an experiment's results, oldest first.
    func looks(experiment id: String) throws -> [ExperimentLook]

    /// The last look; nil without any.
    func lastLook(experiment id: String) throws -> ExperimentLook?

    /// Concluded experiments of a version against another one, newest first, at most `limit`.
    func concludedExperiments(treatment: Int64, baseline: Int64, limit: Int) throws -> [ExperimentRecord]

    /// Running experiments in which a version takes part, oldest first, at most `limit`.
    func runningExperiments(version id: Int64, limit: Int) throws -> [ExperimentRecord]

    /// Running experiments in which versions of a model take part, oldest first, at most `limit`.
    func runningExperiments(model id: Int64, limit: Int) throws -> [ExperimentRecord]
}

/// Changing A/B experiments. Verbs that change a row change its `updated` and `revision` too.
package protocol ExperimentWriter {
    /// Throws `experimentExists` where the id was ever taken.
    func insertExperiment(_ experiment: NewExperiment) throws

    /// Throws `experimentNotFound` where there is none of that id.
    func updateExperiment(_ id: String, _ change: ExperimentChange, at moment: Timestamp, by principal: Int64) throws

    /// Keeps the next look and counts it. Throws `experimentNotFound`.
    func insertLook(_ look: ExperimentLook, experiment id: String, by principal: Int64) throws

    /// Ends an experiment. Throws `experimentNotFound` where there is none of that id that is running.
    func endExperiment(_ id: String, _ end: ExperimentEnd, at moment: Timestamp, by principal: Int64) throws
}

/// Where an experiment stands.
package enum ExperimentStatus: String, Sendable, CaseIterable {
    case running
    /// Its results were judged.
    case concluded
    /// Given up; its results count for nothing.
    case aborted
}

/// What the numbers say of an experiment.
package enum ExperimentDecision: String, Sendable, CaseIterable {
    /// Significantly better, by as much as was demanded.
    case improvement
    /// Whatever difference there is, it is not shown to be as much as was demanded, and is shown to be less or too little.
    case noImprovement = "no_improvement"
    /// The sample is too small to tell.
    case inconclusive
    /// Significantly worse.
    case harm
}

/// What of an experiment may change while nobody has seen results; its words may change later too.
package struct ExperimentChange: Sendable {
    /// JSON object text.
    package let plan: [UInt8]
    package let primaryMetric: String
    package let started: Timestamp
    package let ends: Timestamp
    package let words: ExperimentWords

    package init(plan: [UInt8], primaryMetric: String, started: Timestamp, ends: Timestamp, words: ExperimentWords) {
        self.plan = plan
        self.primaryMetric = primaryMetric
        self.started = started
        self.ends = ends
        self.words = words
    }
}

/// What people say of an experiment.
package struct ExperimentWords: Sendable {
    package let description: String?
    package let businessHypothesis: String?
    /// JSON object text.
    package let tags: [UInt8]
    /// JSON object text.
    package let metadata: [UInt8]

    package init(description: String?, businessHypothesis: String?, tags: [UInt8], metadata: [UInt8]) {
        self.description = description
        self.businessHypothesis = businessHypothesis
        self.tags = tags
        self.metadata = metadata
    }
}

/// An experiment about to be stored, running.
package struct NewExperiment: Sendable {
    package let id: String
    package let baselineID: Int64
    package let treatmentID: Int64
    package let content: ExperimentChange
    package let created: Timestamp
    package let createdBy: Int64

    package init(
        id: String, baselineID: Int64, treatmentID: Int64, content: ExperimentChange, created: Timestamp,
        createdBy: Int64
    ) {
        self.id = id
        self.baselineID = baselineID
        self.treatmentID = treatmentID
        self.content = content
        self.created = created
        self.createdBy = createdBy
    }
}

/// How an experiment ends.
package struct ExperimentEnd: Sendable {
    package let status: ExperimentStatus
    package let rationale: String?
    /// Nil for an aborted one.
    package let decision: ExperimentDecision?
    package let isEarly: Bool
    /// JSON object text; nil for an aborted one.
    package let conclusion: [UInt8]?
    package let businessConclusion: String?

    package init(
        status: ExperimentStatus, rationale: String?, decision: ExperimentDecision?, isEarly: Bool,
        conclusion: [UInt8]?, businessConclusion: String?
    ) {
        self.status = status
        self.rationale = rationale
        self.decision = decision
        self.isEarly = isEarly
        self.conclusion = conclusion
        self.businessConclusion = businessConclusion
    }
}

/// An experiment as stored, with what its representation carries.
package struct ExperimentRecord: Sendable {
    package let id: String
    package let baseline: Arm
    package let treatment: Arm
    package let content: ExperimentChange
    package let status: ExperimentStatus
    package let looks: Int
    package let ended: Timestamp?
    /// The subject.
    package let endedBy: String?
    package let end: ExperimentEnd
    package let created: Timestamp
    /// The subject.
    package let createdBy: String
    package let updated: Timestamp
    /// The subject.
    package let updatedBy: String
    package let revision: Int64

    /// A version that takes part.
    package struct Arm: Sendable {
        package let versionID: Int64
        package let model: String
        package let version: String

        package init(versionID: Int64, model: String, version: String) {
            self.versionID = versionID
            self.model = model
            self.version = version
        }

        package var modelID: String { "\(model)_v\(version)" }
    }

    package init(
        id: String, baseline: Arm, treatment: Arm, content: ExperimentChange, status: ExperimentStatus, looks: Int,
        ended: Timestamp?, endedBy: String?, end: ExperimentEnd, created: Timestamp, createdBy: String,
        updated: Timestamp, updatedBy: String, revision: Int64
    ) {
        self.id = id
        self.baseline = baseline
        self.treatment = treatment
        self.content = content
        self.status = status
        self.looks = looks
        self.ended = ended
        self.endedBy = endedBy
        self.end = end
        self.created = created
        self.createdBy = createdBy
        self.updated = updated
        self.updatedBy = updatedBy
        self.revision = revision
    }
}

/// One look at an experiment's results.
package struct ExperimentLook: Sendable {
    /// From 1.
    package let number: Int
    /// JSON object text.
    package let totals: [UInt8]
    /// JSON object text.
    package let analysis: [UInt8]
    /// Until when the totals reach.
    package let observed: Timestamp
    package let businessImpact: String?
    package let at: Timestamp
    /// The subject.
    package let by: String

    package init(
        number: Int, totals: [UInt8], analysis: [UInt8], observed: Timestamp, businessImpact: String?, at: Timestamp,
        by: String
    ) {
        self.number = number
        self.totals = totals
        self.analysis = analysis
        self.observed = observed
        self.businessImpact = businessImpact
        self.at = at
        self.by = by
    }
}
