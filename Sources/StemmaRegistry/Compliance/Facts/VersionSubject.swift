internal import StemmaDigest
internal import StemmaJSON

/// One version inside one read, with what several facts about it rest on, each read once and only where it is needed.
final class VersionSubject {
    let record: VersionRecord
    let model: ModelSubject
    /// The members that were registered, with the newest assessment of the risk.
    let document: JSONObject
    let tags: JSONObject
    private var knownFacts: VersionFacts?
    private var knownChange: ProductionChange??
    private var knownLineage: VersionUpstream?
    private var knownArtifacts: [ArtifactRecord]?

    var context: ComplianceContext { model.context }
    var reader: any MetadataReader { model.reader }
    var risk: JSONObject { document["risk"]?.object ?? JSONObject() }
    var metadata: JSONValue { document["metadata"] ?? .null }
    var modelID: String { "\(record.model)_v\(record.version)" }

    init(_ record: VersionRecord, _ model: ModelSubject) throws {
        self.record = record
        self.model = model
        document = try VersionDocument.current(of: record)
        tags = try StoredJSON.object(record.tags)
    }

    /// What guards know of it now.
    func facts() throws -> VersionFacts {
        if let knownFacts { return knownFacts }
        let facts: VersionFacts = try FactsReader.facts(of: record, at: context.now, reader)
        knownFacts = facts
        return facts
    }

    /// How it last entered production; nil where it never did.
    func productionChange() throws -> ProductionChange? {
        if let knownChange { return knownChange }
        let change: ProductionChange? = try ProductionChange(self)
        knownChange = .some(change)
        return change
    }

    func upstream() throws -> VersionUpstream {
        if let knownLineage { return knownLineage }
        let lineage = try VersionUpstream(record, reader)
        knownLineage = lineage
        return lineage
    }

    func artifacts() throws -> [ArtifactRecord] {
        if let knownArtifacts { return knownArtifacts }
        let artifacts: [ArtifactRecord] = try reader.artifacts(version: record.id)
        knownArtifacts = artifacts
        return artifacts
    }

    /// The facts about the version that rules need, and files whose content has still to be read.
    func gather(_ needs: ComplianceNeeds, into sheet: inout ComplianceSheet) throws -> [DocumentRequest] {
        try VersionIdentityFacts.gather(needs, self, into: &sheet)
        try VersionServiceFacts.gather(needs, self, into: &sheet)
        try VersionMonitoringFacts.gather(needs, self, into: &sheet)
        try HealthInformationFacts.gather(needs, self, into: &sheet)
        try ProductionChangeFacts.gather(needs, self, into: &sheet)
        try VersionReviewFacts.gather(needs, self, into: &sheet)
        try VersionRiskFacts.gather(needs, self, into: &sheet)
        try VersionDataFacts.gather(needs, self, into: &sheet)
        try VersionSupplyFacts.gather(needs, self, into: &sheet)
        return try VersionDocumentFacts.gather(needs, self, into: &sheet)
    }
}
