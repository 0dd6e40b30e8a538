internal import StemmaRegistry

/// One connection inside one read or one transaction, speaking the store roles.
///
/// Each role is an extension in the file that is named like the role's own. On a reader's connection SQLite itself
/// refuses the writing verbs; the protocols do not even offer them there.
struct SQLiteSession {
    let connection: SQLiteConnection

    /// Throws `code` unless a statement changed exactly one row: the caller named a row that is not there (any more).
    func requireOneRow(_ changed: Int, _ code: StemmaErrorCode, _ detail: String) throws(StemmaError) {
        guard changed == 1 else {
            throw StemmaError(code, detail, cause: "\(changed) rows changed where one was expected")
        }
    }
}

extension SQLiteSession: ModelReader, ModelWriter {}
extension SQLiteSession: VersionReader, VersionWriter {}
extension SQLiteSession: ArtifactReader, ArtifactWriter {}
extension SQLiteSession: AliasReader, AliasWriter {}
extension SQLiteSession: AccessReader, AccessWriter {}
extension SQLiteSession: AuditReader, AuditWriter {}
extension SQLiteSession: AuditLogReader, AuditLogWriter {}
extension SQLiteSession: IdempotencyReader, IdempotencyWriter {}
extension SQLiteSession: SettingReader, SettingWriter {}
extension SQLiteSession: LifecycleReader, LifecycleWriter {}
extension SQLiteSession: GovernanceReader, GovernanceWriter {}
extension SQLiteSession: ConsumerReader, ConsumerWriter {}
extension SQLiteSession: ObservationReader, ObservationWriter {}
extension SQLiteSession: RolloutReader, RolloutWriter {}
extension SQLiteSession: DeploymentReader, DeploymentWriter {}
extension SQLiteSession: PolicyReader, PolicyWriter {}
extension SQLiteSession: LineageReader, LineageWriter {}
extension SQLiteSession: LineageRunReader, LineageRunWriter {}
extension SQLiteSession: ImpactReader, ImpactWriter {}
extension SQLiteSession: ReproductionReader, ReproductionWriter {}
extension SQLiteSession: ExperimentReader, ExperimentWriter {}
extension SQLiteSession: EvaluationReader, EvaluationWriter {}
extension SQLiteSession: LegalHoldReader, LegalHoldWriter {}
extension SQLiteSession: ErasureReader, ErasureWriter {}
extension SQLiteSession: RetentionReader, RetentionWriter {}
extension SQLiteSession: ComplianceReader, ComplianceWriter {}
extension SQLiteSession: ComplianceFactReader {}
extension SQLiteSession: VersionRiskReader, VersionRiskWriter {}
extension SQLiteSession: PastReader {}
extension SQLiteSession: WebhookReader, WebhookWriter {}
