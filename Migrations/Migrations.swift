/// The schema's history, in order. A migration, once released, never changes: append a new one.
package enum Migrations {
    /// Name and SQL text of every migration, oldest first.
    package static let all: [(name: String, sql: [UInt8])] = [
        ("m0001_registry", PackageResources.m0001_registry_sql),
        ("m0002_lifecycle", PackageResources.m0002_lifecycle_sql),
        ("m0003_lineage", PackageResources.m0003_lineage_sql),
        ("m0004_reproduction", PackageResources.m0004_reproduction_sql),
        ("m0005_experiment", PackageResources.m0005_experiment_sql),
        ("m0006_evaluation", PackageResources.m0006_evaluation_sql),
        ("m0007_lineage_ranks", PackageResources.m0007_lineage_ranks_sql),
        ("m0008_transparency", PackageResources.m0008_transparency_sql),
        ("m0009_webhook", PackageResources.m0009_webhook_sql),
        ("m0010_compliance", PackageResources.m0010_compliance_sql),
        ("m0011_privacy", PackageResources.m0011_privacy_sql),
        ("m0012_as_of", PackageResources.m0012_as_of_sql),
        ("m0013_lineage_as_of", PackageResources.m0013_lineage_as_of_sql),
        ("m0014_pruned_subjects", PackageResources.m0014_pruned_subjects_sql),
        ("m0015_lighter_log", PackageResources.m0015_lighter_log_sql),
    ]
}
