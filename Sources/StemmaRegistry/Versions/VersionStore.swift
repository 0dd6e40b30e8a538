package import StemmaDigest

/// Reading versions. A deleted version is answered only where said.
package protocol VersionReader {
    /// The version of that precedence, drafts and deleted ones included.
    func version(model id: Int64, precedence: [UInt8]) throws -> VersionRecord?

    /// The version with that row key, drafts and deleted ones included.
    func version(id: Int64) throws -> VersionRecord?

    /// The computed `latest`: the highest published release that is neither deprecated nor archived.
    func latestVersion(model id: Int64) throws -> VersionRecord?

    /// The highest published version in the range, deprecated and archived ones only where nothing else fits.
    func newestVersion(model id: Int64, in range: VersionRange) throws -> VersionRecord?

    /// The highest published release that precedes the given precedence, or of all where it is nil. Any state.
    func previousRelease(model id: Int64, before precedence: [UInt8]?) throws -> VersionRecord?

    /// The text of the highest release number ever taken, deleted ones and drafts included.
    func highestReleaseEverTaken(model id: Int64) throws -> String?

    /// Versions of one model, or of all models in scope where it is nil. Drafts are included, deleted ones are not.
    /// Sort fields: those of `FilterSchema.versions`.
    func versions(model id: Int64?, _ query: ListQuery) throws -> Page<VersionRecord>

    /// Published versions of a model in one of these states, by precedence, at most `limit`.
    func versions(model id: Int64, states: [LifecycleState], limit: Int) throws -> [VersionRecord]

    /// Metric changes of a version, oldest first.
    func metricRevisions(version id: Int64) throws -> [MetricRevision]

    /// Row keys of drafts whose time is up.
    func expiredDrafts(at moment: Timestamp, limit: Int) throws -> [Int64]

    /// Row keys of drafts whose time is up and that a legal hold keeps.
    func heldExpiredDrafts(at moment: Timestamp, limit: Int) throws -> [Int64]
}

/// Changing versions. Verbs that change a row change its `updated` and `revision` too.
package protocol VersionWriter {
    /// The new row's key. Throws `versionExists` where the precedence was ever taken.
    func insertVersion(_ version: NewVersion) throws -> Int64

    /// Replaces the filterable scalars of a version.
    func setAttributes(version id: Int64, _ attributes: [(field: String, value: AttributeValue)]) throws

    func updateVersion(
        _ id: Int64, description: String?, tags: [UInt8], metrics: [UInt8], at moment: Timestamp) throws

    func insertMetricRevision(
        version id: Int64, metric: String, value: Double?, previous: Double?, at moment: Timestamp, by principal: Int64
    ) throws

    /// Replaces the stored text of a draft's other members and files. `sizeBytes` is the sum of its files.
    func updateDraft(_ id: Int64, document: [UInt8], sizeBytes: Int64, at moment: Timestamp) throws

    /// Turns a draft into a ready version.
    func publishVersion(
        _ id: Int64, document: [UInt8], artifactsDigest: Digest, manifestDigest: Digest, sizeBytes: Int64,
        at moment: Timestamp) throws

    /// Removes a draft without trace but its audit events; its number is not given again, its version may be.
    func removeDraft(_ id: Int64) throws

    /// Marks a version deleted and drops its attributes; version and number stay taken.
    func deleteVersion(_ id: Int64, at moment: Timestamp) throws
}
