import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaTesting
import Testing

@testable import StemmaAPI

extension ShapeConformanceTests {
    /// Everything that can be asked as of a moment, and what auditors draw from; mostly of the model
    /// `l` of `checkLifecycle`.
    func checkPast(_ harness: APIHarness, _ check: (APIHarness, String, Reply) throws -> Void) async throws {
        let moment: String = "as_of=\(harness.clock.now)"
        let version: String = "/v1/models/l/versions/1.1.0"
        for (operation, path) in [
            ("ListModels", "/v1/models"), ("ReadModel", "/v1/models/l"), ("ListVersions", "/v1/models/l/versions"),
            ("ListAllVersions", "/v1/model-versions"), ("ReadVersion", version),
            ("ReadVersionByID", "/v1/model-versions/l_v1.1.0"), ("ListAliases", "/v1/models/l/aliases"),
            ("ReadAlias", "/v1/models/l/aliases/production"), ("ReadLifecycle", "/v1/lifecycle"),
            ("ListTransitions", version + "/transitions"), ("ListReviews", "/v1/models/m/versions/1.0.0/reviews"),
            ("ListQuarantines", "/v1/models/m/versions/1.0.0/quarantine"),
            ("ReadModelTimeline", "/v1/models/l/timeline"),
            ("ReadVersionTimeline", version + "/timeline"), ("ReadProduction", "/v1/models/l/production"),
            ("ReadGates", version + "/gates"), ("ListAllowedTransitions", version + "/transitions/allowed"),
            ("ReadMetricHistory", version + "/metrics"), ("ListLifecycleRevisions", "/v1/lifecycle/revisions"),
            ("ReadAliasHistory", "/v1/models/l/aliases/production/history"),
            ("ReadLineageEntity", "/v1/lineage/entities/dataset/n:d"),
            ("ListLineageEntities", "/v1/lineage/entities"), ("ReadVersionLineage", version + "/lineage"),
            ("ListAssessments", "/v1/lineage/assessments"),
            ("ReadInventory", "/v1/compliance/inventory"), ("ExportEvidence", version + "/evidence.tar"),
        ] {
            try check(harness, operation, await harness.ask(.get, path + "?" + moment))
        }
        try check(harness, "ReadProduction", await harness.ask(.get, "/v1/models/m/production"))
        try check(harness, "ReadChangePopulation", await harness.ask(.get, "/v1/compliance/changes"))
    }
}
