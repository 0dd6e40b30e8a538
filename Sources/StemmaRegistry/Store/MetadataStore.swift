/// Where models, versions, aliases, tokens and the audit log live.
///
/// What every implementation promises:
/// - A `write` body that throws leaves no trace; one that returns is durable, with everything it wrote, when `write`
///   returns. Bodies are applied one after the other, in the order they were taken.
/// - `committed` runs after the commit and before any later read or write answers, in commit order: what it publishes to
///   memory is never behind what the database says.
/// - A `read` body sees one moment of the database. A body may run again; it must have no effect but through its argument.
/// - Store errors arrive as `StemmaError`: `insufficientStorage` when the disk is full, `writesSuspended` after a failed sync,
///   `auditTampered` once the log was found not to verify, `internalError` with the cause otherwise.
package protocol MetadataStore: Sendable {
    func read<T: Sendable>(_ body: @escaping @Sendable (any MetadataReader) throws -> T) async throws -> T

    func write<T: Sendable>(
        _ body: @escaping @Sendable (any MetadataTransaction) throws -> T, committed: (@Sendable (T) -> Void)?
    ) async throws -> T

    /// Nil while writes are taken; otherwise why they are not.
    var writesSuspendedReason: String? { get }

    /// Sees to it that what was deleted or overwritten is in none of the store's own files any more, and answers how often `text`
    /// still occurs in them. A store of up to `rewriteBytes` bytes is rewritten whole if need be; writes wait meanwhile.
    func expunge(_ text: ErasureText, rewriteBytes: Int64) async throws -> Int
}

/// Everything that can be asked of one moment.
package typealias MetadataReader = ModelReader & VersionReader & ArtifactReader & AliasReader & AccessReader
    & AuditReader & AuditLogReader
    & IdempotencyReader & SettingReader
    & LifecycleReader
    & GovernanceReader
    & ConsumerReader
    & ObservationReader
    & RolloutReader
    & DeploymentReader
    & PolicyReader
    & LineageReader
    & LineageRunReader
    & ImpactReader
    & ReproductionReader
    & ExperimentReader
    & EvaluationReader
    & LegalHoldReader
    & ErasureReader
    & RetentionReader
    & ComplianceReader
    & ComplianceFactReader
    & VersionRiskReader
    & PastReader
    & WebhookReader

/// Everything that can be done in one transaction.
package typealias MetadataTransaction = MetadataReader & ModelWriter & VersionWriter & ArtifactWriter & AliasWriter
    & AccessWriter & AuditWriter & AuditLogWriter & IdempotencyWriter & SettingWriter
    & LifecycleWriter
    & GovernanceWriter
    & ConsumerWriter
    & ObservationWriter
    & RolloutWriter
    & DeploymentWriter
    & PolicyWriter
    & LineageWriter
    & LineageRunWriter
    & ImpactWriter
    & ReproductionWriter
    & ExperimentWriter
    & EvaluationWriter
    & LegalHoldWriter
    & ErasureWriter
    & RetentionWriter
    & ComplianceWriter
    & VersionRiskWriter
    & WebhookWriter

/// Values that belong to the database as a whole, such as the key that authenticates cursors.
package protocol SettingReader {
    func setting(_ key: String) throws -> [UInt8]?
}

package protocol SettingWriter {
    /// Sets or replaces.
    func setSetting(_ key: String, to value: [UInt8]) throws
}
