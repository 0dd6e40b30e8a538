/// Reading what events told of runs.
package protocol LineageRunReader {
    /// What events said of an entity: JSON object texts of the facets, and of when each was said; nil where there are none.
    func lineageFacets(_ id: Int64) throws -> (facets: [UInt8]?, times: [UInt8]?)

    func lineageRun(_ id: String) throws -> LineageRunRecord?

    /// Runs of a job, the latest event first, at most `limit`, before those of that moment and id.
    func lineageRuns(job id: Int64, before last: (moment: Timestamp, id: String)?, limit: Int) throws
        -> [LineageRunRecord]
}

/// Keeping what events told of runs.
package protocol LineageRunWriter {
    /// Makes or replaces.
    func putLineageRun(_ run: LineageRunRecord) throws
}

/// A run of a job as stored.
package struct LineageRunRecord: Sendable, Equatable {
    package let runID: String
    /// The job's row key.
    package let job: Int64
    package var parentRunID: String?
    /// The last of START, RUNNING, COMPLETE, ABORT, FAIL and OTHER by the events' own times.
    package var state: String
    package var stateTime: Timestamp
    package var started: Timestamp?
    package var ended: Timestamp?
    /// JSON object text by facet name.
    package var facets: [UInt8]?

    package init(
        runID: String, job: Int64, parentRunID: String? = nil, state: String, stateTime: Timestamp,
        started: Timestamp? = nil, ended: Timestamp? = nil, facets: [UInt8]? = nil
    ) {
        self.runID = runID
        self.job = job
        self.parentRunID = parentRunID
        self.state = state
        self.stateTime = stateTime
        self.started = started
        self.ended = ended
        self.facets = facets
    }
}
