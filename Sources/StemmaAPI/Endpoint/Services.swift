package import StemmaRegistry

/// The registry's services as the API calls them.
package final class Services: Sendable {
    package let core: RegistryCore
    package let models: ModelService
    package let versions: VersionService
    package let artifacts: ArtifactService
    package let blobs: BlobService
    package let uploads: UploadService
    package let aliases: AliasService
    package let consumers: ConsumerService
    package let governance: GovernanceService
    package let rollouts: RolloutService
    package let deployments: DeploymentService
    package let access: AccessService
    package let lifecycle: LifecycleService
    package let audit: AuditService
    package let auditLog: AuditLogService
    package let changes: ChangeService
    package let timelines: TimelineService
    package let populations: PopulationService
    package let observations: ObservationService
    package let policies: PolicyService
    package let lineage: LineageService
    package let reproducibility: ReproducibilityService
    package let experiments: ExperimentService
    package let comparisons: ComparisonService
    package let legalHolds: LegalHoldService
    package let erasures: ErasureService
    package let redactions: RedactionService
    package let retention: RetentionService
    package let compliance: ComplianceService
    package let risks: RiskService
    package let records: RecordService
    package let webhooks: WebhookService
    package let refusals: RefusalLog
    package let tokens: TokenDirectory

    package init(
        core: RegistryCore, tokens: TokenDirectory, log: TransparencyLog, transport: any WebhookTransport
    ) {
        self.core = core
        self.tokens = tokens
        refusals = core.refusals
        blobs = BlobService(core: core)
        models = ModelService(core: core)
        versions = VersionService(core: core)
        artifacts = ArtifactService(core: core, blobs: blobs)
        uploads = UploadService(core: core, blobs: blobs)
        aliases = AliasService(core: core)
        consumers = ConsumerService(core: core)
        governance = GovernanceService(core: core)
        rollouts = RolloutService(core: core)
        deployments = DeploymentService(core: core)
        access = AccessService(core: core)
        lifecycle = LifecycleService(core: core)
        policies = PolicyService(core: core)
        lineage = LineageService(core: core)
        reproducibility = ReproducibilityService(core: core)
        experiments = ExperimentService(core: core)
        comparisons = ComparisonService(core: core)
        audit = AuditService(core: core, refusals: refusals)
        auditLog = AuditLogService(log: log, refusals: refusals)
        observations = ObservationService(core: core)
        changes = ChangeService(core: core, tokens: tokens)
        timelines = TimelineService(core: core)
        legalHolds = LegalHoldService(core: core)
        erasures = ErasureService(core: core)
        redactions = RedactionService(core: core)
        retention = RetentionService(core: core)
        compliance = ComplianceService(core: core)
        risks = RiskService(core: core)
        records = RecordService(core: core)
        populations = PopulationService(core: core)
        webhooks = WebhookService(core: core, transport: transport)
    }
}
