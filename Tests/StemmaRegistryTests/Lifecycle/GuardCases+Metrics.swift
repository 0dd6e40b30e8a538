import StemmaJSON
import StemmaRegistry

extension GuardCase {
    private static let thresholds: JSONObject = [
        "thresholds": [["metric": "accuracy", "minimum": 0.7], ["metric": "loss", "maximum": 0.3]],
        "compared_to_production": [
            ["metric": "accuracy", "max_drop": 0.02], ["metric": "loss", "max_drop": 0.1, "lower_is_better": true],
        ],
    ]

    static let measurements: [GuardCase] = [
        .passes("performance_metrics", "above and below its bounds", thresholds, read: ["metrics": 2]) {
            $0.metrics = ["accuracy": 0.7, "loss": 0.3]
        },
        .passes("performance_metrics", "what is not recorded is skipped", thresholds) { $0.metrics = ["other": 1] },
        .passes(
            "performance_metrics", "as much worse than production as is allowed", thresholds,
            read: ["production": "1.0.0"]
        ) {
            // 0.9 - 0.88 is a little more than 0.02 in binary.
            $0.metrics = ["accuracy": 0.88, "loss": 0.3]
            $0.setProduction(["accuracy": 0.9, "loss": 0.2])
        },
        .passes("performance_metrics", "no metric is demanded", ["minimum_count": 0]) { $0.metrics = [:] },
        .refuses(
            "performance_metrics", "no metrics", missing: ["performance_metrics"], by: ["publisher"],
            read: ["metrics": 0], limit: ["minimum_count": 1], detail: "0 metrics are recorded"
        ) { $0.metrics = [:] },
        .refuses(
            "performance_metrics", "below a minimum", thresholds, missing: ["performance_metrics.accuracy"],
            by: ["publisher"], detail: "accuracy is 0.69, at least 0.7 is needed"
        ) { $0.metrics = ["accuracy": 0.69] },
        .refuses(
            "performance_metrics", "above a maximum", thresholds, missing: ["performance_metrics.loss"],
            by: ["publisher"], detail: "loss is 0.4, at most 0.3 is allowed"
        ) { $0.metrics = ["loss": 0.4] },
        .refuses(
            "performance_metrics", "not recorded, where that fails",
            ["thresholds": [["metric": "recall", "minimum": 0.1, "when_missing": "fail"]]],
            missing: ["performance_metrics.recall"], by: ["publisher"], detail: "recall is not recorded"
        ) { _ in },
        .refuses(
            "performance_metrics", "worse than production", thresholds, missing: ["performance_metrics.accuracy"],
            by: ["publisher"], detail: "worse by more than 0.02"
        ) {
            $0.metrics = ["accuracy": 0.87]
            $0.setProduction(["accuracy": 0.9])
        },
        .refuses(
            "performance_metrics", "a loss above production's", thresholds, missing: ["performance_metrics.loss"],
            by: ["publisher"]
        ) {
            $0.metrics = ["loss": 0.25]
            $0.setProduction(["loss": 0.1])
        },
        .refuses(
            "performance_metrics", "has to be better than production",
            ["compared_to_production": [["metric": "accuracy", "max_drop": -0.05]]],
            missing: ["performance_metrics.accuracy"], by: ["publisher"]
        ) { $0.setProduction(["accuracy": 0.9]) },
        .refuses(
            "performance_metrics", "production has no such metric",
            ["compared_to_production": [["metric": "accuracy", "when_missing": "fail"]]],
            missing: ["performance_metrics.accuracy"], by: ["publisher"], detail: "for the version in production"
        ) { $0.setProduction([:]) },
    ]

    /// The A/B result with a merge patch.
    private static func result(_ patch: JSONValue) -> JSONValue { FactsBuilder.abTest.mergePatch(patch) }

    private static func tested(_ patch: JSONValue, production: String = "1.0.0") -> (inout FactsBuilder) -> Void {
        { builder in
            builder.setProduction(["accuracy": 0.85], version: production)
            builder.request.evidence = ["ab_test": result(patch)]
        }
    }

    private static let anybody: [String] =
        ["publisher", "deployer"] + Role.gates.map { "reviewer:" + $0 }

    private static func unproven(
        _ name: String, _ patch: JSONValue, _ parameters: JSONObject = [:], detail: String
    ) -> GuardCase {
        .refuses(
            "ab_test_results", name, parameters, missing: ["ab_test"], by: anybody, read: ["production": "1.0.0"],
            detail: detail, tested(patch))
    }

    static let comparisons: [GuardCase] = [
        .passes("ab_test_results", "the first version", read: ["production": nil]),
        .passes(
            "ab_test_results", "in the request", limit: ["significance_level": 0.05],
            detail: "accuracy improved by 0.02", tested([:])),
        .passes("ab_test_results", "a concluded experiment", ["accepts": ["experiment"]]) {
            $0.setProduction([:])
            $0.experiments = [FactsBuilder.abTest]
        },
        .passes(
            "ab_test_results", "one that was concluded early, where nobody minds", ["accepts": ["experiment"]],
            detail: "concluded before its planned duration and sample"
        ) {
            $0.setProduction([:])
            $0.experiments = [
                result(["concluded_early": true, "statistical_conclusion": ["decision": "improvement"]])
            ]
        },
        .passes(
            "ab_test_results", "a threshold relative to the baseline", [:],
            tested(["success_criteria": ["threshold_kind": "relative", "improvement_threshold": 0.0235]])),
        .passes("ab_test_results", "a finished rollout", ["accepts": ["rollout"]]) {
            $0.setProduction([:])
            $0.experiments = [
                result([
                    "source": "rollout", "succeeded": true, "criteria": [["metric": "auc", "status": "passed"]],
                ])
            ]
        },
        .passes("ab_test_results", "an approval's evidence", ["accepts": ["review"]]) {
            $0.setProduction([:])
            $0.review("business", "approve", by: 10, evidence: ["ab_test": FactsBuilder.abTest])
        },
        .passes(
            "ab_test_results", "lower is better", [:],
            tested([
                "success_criteria": ["lower_is_better": true, "improvement_threshold": 0.01],
                "results": ["treatment_performance": ["accuracy": 0.8]],
            ])),
        .passes(
            "ab_test_results", "no worse, where a threshold below zero asks for that",
            ["improvement_threshold": -0.01],
            tested([
                "success_criteria": ["improvement_threshold": nil],
                "results": ["treatment_performance": ["accuracy": 0.845]],
            ])),
        .refuses(
            "ab_test_results", "the first version, by itself", missing: ["a request"], by: ["deployer"],
            detail: "somebody has to ask"
        ) { $0.request.isAutomatic = true },
        .refuses(
            "ab_test_results", "the first version, where none passes", ["first_version_passes": false],
            missing: ["a version in production"], by: ["deployer"]
        ) { _ in },
        .refuses(
            "ab_test_results", "no results", missing: ["ab_test"], by: anybody, read: ["results": []],
            detail: "there are no A/B test results against 1.0.0"
        ) { $0.setProduction([:]) },
        .unproven(
            "too small an improvement", ["results": ["treatment_performance": ["accuracy": 0.86]]],
            detail: "at least 0.02 is needed"),
        .unproven("not significant", ["results": ["statistical_significance": 0.06]], detail: "p = 0.06 is above"),
        .unproven("no p-value", ["results": ["statistical_significance": -1]], detail: "is no p-value"),
        .unproven(
            "the experiment's own level is stricter", ["success_criteria": ["significance_level": 0.01]],
            detail: "significance level 0.01"),
        .unproven("the lifecycle's level is stricter", [:], ["significance_level": 0.01], detail: "level 0.01"),
        .unproven(
            "the lifecycle's threshold is higher", [:], ["improvement_threshold": 0.1],
            detail: "at least 0.1 is needed"),
        .unproven(
            "no improvement at all",
            [
                "success_criteria": ["improvement_threshold": 0],
                "results": ["treatment_performance": ["accuracy": 0.85]],
            ],
            detail: "more than 0 is needed"),
        .unproven(
            "too small a share of the baseline",
            ["success_criteria": ["threshold_kind": "relative", "improvement_threshold": 0.0236]],
            detail: "is needed"),
        .unproven(
            "concluded without an improvement, whatever p is",
            ["statistical_conclusion": ["decision": "harm", "detail": "worse"]],
            detail: "was concluded with harm, not with an improvement: worse"),
        .unproven(
            "concluded early, where that does not count", ["concluded_early": true], ["accept_early": false],
            detail: "before its planned duration and sample, which is not accepted here"),
        .unproven("another version", ["treatment_model": "m_v1.2.0"], detail: "not about this version"),
        .unproven("another model", ["treatment_model": "n_v1.1.0"], detail: "not about this version"),
        .unproven(
            "against an older production", ["baseline_model": "0.9.0"],
            detail: "does not compare with 1.0.0"),
        .unproven("no metric", ["success_criteria": nil], detail: "names no success_criteria.primary_metric"),
        .unproven("no numbers", ["results": nil], detail: "lacks results for accuracy"),
        .unproven("the request does not count", [:], ["accepts": ["experiment"]], detail: "there are no A/B test"),
        .refuses(
            "ab_test_results", "a void approval's evidence", missing: ["ab_test"], by: anybody, read: ["results": []]
        ) {
            $0.setProduction([:])
            $0.review("business", "approve", by: 10, evidence: ["ab_test": FactsBuilder.abTest], revision: 0)
            $0.review("technical", "approve", by: 11, evidence: ["ab_test": FactsBuilder.abTest])
            $0.review("technical", "reject", by: 11)
        },
        .passes(
            "replacement_available", "another in staging",
            read: ["candidates": [["version": "2.0.0", "state": "staging"]]], detail: "2.0.0 can take over"
        ) { $0.peers = [VersionFacts.PeerFact(version: "2.0.0", state: .staging, metrics: [:])] },
        .refuses(
            "replacement_available", "nobody", missing: ["a version in production or shadow or staging"],
            by: ["publisher", "deployer"], read: ["candidates": []]
        ) { _ in },
        .refuses(
            "replacement_available", "in another state", ["states": ["staging"]], missing: ["a version in staging"],
            by: ["publisher", "deployer"], limit: ["states": ["staging"]]
        ) { $0.peers = [VersionFacts.PeerFact(version: "2.0.0", state: .shadow, metrics: [:])] },
        .refuses(
            "replacement_available", "a quarantined one", ["states": ["staging"]], missing: ["a version in staging"],
            by: ["publisher", "deployer"]
        ) {
            $0.peers = [
                VersionFacts.PeerFact(version: "2.0.0", state: .staging, metrics: [:], isQuarantined: true)
            ]
        },
    ]
}
