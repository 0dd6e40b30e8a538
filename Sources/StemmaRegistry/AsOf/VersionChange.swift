internal import StemmaDigest

/// A version's record with some of its members replaced.
struct VersionChange {
    private let row: VersionRecord
    var status: VersionStatus
    var standing: VersionStanding
    var description: String?
    var tags: [UInt8]
    var metrics: [UInt8]
    var document: [UInt8]
    var artifactsDigest: Digest?
    var manifestDigest: Digest?
    var sizeBytes: Int64
    var updated: Timestamp
    var expires: Timestamp?
    var deleted: Timestamp?
    var aliases: [String]
    var risk: [UInt8]?

    init(_ row: VersionRecord) {
        self.row = row
        status = row.status
        standing = row.standing
        description = row.description
        tags = row.tags
        metrics = row.metrics
        document = row.document
        artifactsDigest = row.artifactsDigest
        manifestDigest = row.manifestDigest
        sizeBytes = row.sizeBytes
        updated = row.updated
        expires = row.expires
        deleted = row.deleted
        aliases = row.aliases
        risk = row.risk
    }

    var record: VersionRecord {
        VersionRecord(
            id: row.id, modelID: row.modelID, model: row.model, number: row.number, version: row.version,
            status: status,
            standing: standing, description: description, tags: tags, metrics: metrics, document: document,
            requestDigest: row.requestDigest, artifactsDigest: artifactsDigest, manifestDigest: manifestDigest,
            sizeBytes: sizeBytes, created: row.created, createdBy: row.createdBy, updated: updated,
            revision: row.revision, expires: expires, deleted: deleted, aliases: aliases, risk: risk)
    }
}

extension VersionRecord {
    func changed(_ change: (inout VersionChange) -> Void) -> VersionRecord {
        var copy = VersionChange(self)
        change(&copy)
        return copy.record
    }
}
