package import StemmaRegistry

/// What every `MetadataStore` must do, as checks on a store that holds nothing yet.
///
/// Run each on a store of its own:
/// ```
/// @Test(arguments: MetadataStoreContract.checks)
/// func keeps(_ check: ContractCheck<any MetadataStore>) async throws { try await check.run(emptyStore()) }
/// ```
package enum MetadataStoreContract {
    /// All of them.
    package static let checks: [ContractCheck<any MetadataStore>] =
        TransactionChecks.all + ModelChecks.all + VersionChecks.all + VersionChoiceChecks.all + ArtifactChecks.all
        + AliasChecks.all + AccessChecks.all + AuditChecks.all + KeptValueChecks.all + ListChecks.all
        + OrderChecks.all + FilterChecks.all + GovernanceChecks.all + ConsumerChecks.all + ObservationChecks.all
        + ObservationRecorderChecks.all + RolloutChecks.all + DeploymentChecks.all + PolicyChecks.all
        + LineageChecks.all + ReproductionChecks.all + ExperimentChecks.all + EvaluationChecks.all
        + ComplianceChecks.all
        + PastChecks.all
        + WebhookChecks.all

    /// How checks are declared within.
    typealias Check = ContractCheck<any MetadataStore>
}
