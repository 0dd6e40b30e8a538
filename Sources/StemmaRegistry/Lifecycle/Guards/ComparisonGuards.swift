internal import StemmaJSON

/// Guards that set a version beside others.
extension GuardCatalogue {
    static let comparisonGuards: [GuardKind] = [abTestResults, replacementAvailable]

    private static let abTestResults = GuardKind(
        name: "ab_test_results",
        summary:
            "An A/B test against the version in production shows a significant improvement, or a rollout beside it met "
            + "every criterion that it was held to.",
        parameters: [
            Shape.Field(
                "accepts", .array(of: .choice(["experiment", "rollout", "review", "request"]), count: 1...4),
                "Where results may come from: a concluded experiment, a finished rollout, a review's evidence, or the "
                    + "request's (each under `ab_test`)"),
            Shape.Field("significance_level", .number(minimum: 0), "Largest p-value"),
            Shape.Field("improvement_threshold", .number(minimum: nil), "Least improvement of the primary metric"),
            Shape.Field(
                "accept_early", .boolean,
                "Whether an experiment counts that was concluded before its planned duration and sample"),
            Shape.Field("first_version_passes", .boolean, "Whether a request passes while nothing is in production"),
        ],
        defaults: [
            "accepts": ["experiment", "rollout", "review", "request"], "significance_level": 0.05,
            "improvement_threshold": 0, "accept_early": true, "first_version_passes": true,
        ]
    ) { parameters, facts, definition in
        let level: Double = parameters["significance_level"]?.number ?? 0.05
        let threshold: Double = parameters["improvement_threshold"]?.number ?? 0
        let acceptsEarly: Bool = parameters["accept_early"]?.bool ?? true
        let limit: JSONValue = .object([
            "significance_level": .double(level), "improvement_threshold": .double(threshold),
            "accepts": parameters["accepts"] ?? [], "accept_early": .bool(acceptsEarly),
        ])
        guard let production = facts.production else {
            let passes: Bool = parameters["first_version_passes"]?.bool ?? true
            // Nobody but a person decides that a model goes into production for the first time.
            let nothing: String = "nothing is in production yet, so there is nothing to test against"
            return GuardFinding(
                name: "ab_test_results", hasPassed: passes && !facts.request.isAutomatic,
                read: .object(["production": nil, "results": []]), limit: limit,
                detail: passes && facts.request.isAutomatic ? nothing + "; somebody has to ask for it" : nothing,
                missing: [passes ? "a request" : "a version in production"], suppliedBy: ["deployer"])
        }
        let verdicts: [ABTestVerdict] = ABTestVerdict.all(
            facts, definition, against: production, accepts: Set(texts(parameters["accepts"])),
            ABTestVerdict.Demand(level: level, threshold: threshold, acceptsEarly: acceptsEarly))
        let passed: ABTestVerdict? = verdicts.first(where: \.hasPassed)
        return GuardFinding(
            name: "ab_test_results", hasPassed: passed != nil,
            read: .object(["production": .string(production.version), "results": .array(verdicts.map(\.json))]),
            limit: limit,
            detail: passed?.detail ?? verdicts.first?.detail
                ?? "there are no A/B test results against \(production.version), which is in production",
            missing: ["ab_test"], suppliedBy: ["publisher", "deployer"] + Role.gates.map { "reviewer:" + $0 })
    }

    private static let replacementAvailable = GuardKind(
        name: "replacement_available", summary: "Another version, which is not quarantined, is ready to take over.",
        parameters: [
            Shape.Field(
                "states", .array(of: .choice(LifecycleState.allCases.map(\.rawValue)), count: 1...7),
                "States from which a version may take over")
        ],
        defaults: ["states": ["staging", "shadow", "production"]]
    ) { parameters, facts, _ in
        let states: Set<String> = Set(texts(parameters["states"]))
        let candidates: [VersionFacts.PeerFact] = facts.peers.filter {
            states.contains($0.state.rawValue) && !$0.isQuarantined
        }
        return GuardFinding(
            name: "replacement_available", hasPassed: !candidates.isEmpty,
            read: .object([
                "candidates": .array(
                    candidates.map { ["version": .string($0.version), "state": .string($0.state.rawValue)] })
            ]), limit: .object(["states": parameters["states"] ?? []]),
            detail: candidates.isEmpty
                ? "no other version of \(facts.model) is, without quarantine, in \(states.sorted().joined(separator: " or "))"
                : "\(candidates[0].version) can take over",
            missing: ["a version in \(states.sorted().joined(separator: " or "))"],
            suppliedBy: ["publisher", "deployer"])
    }
}

/// What one set of A/B results says, in the form of the specification's experiment.
struct ABTestVerdict {
    let hasPassed: Bool
    let detail: String
    let json: JSONValue

    /// What the guard asks of a result.
    struct Demand {
        let level: Double
        let threshold: Double
        let acceptsEarly: Bool
    }

    /// Every result that concerns the version, from the accepted sources.
    static func all(
        _ facts: VersionFacts, _ definition: LifecycleDefinition, against production: VersionFacts.PeerFact,
        accepts: Set<String>, _ demand: Demand
    ) -> [ABTestVerdict] {
        var found: [(source: String, result: JSONValue)] = facts.experiments.map {
            ($0["source"]?.string ?? "experiment", .object($0))
        }
        for review in facts.approvals(definition) {
            if let result = review.evidence?["ab_test"] { found.append(("review", result)) }
        }
        if let result = facts.request.evidence?["ab_test"] { found.append(("request", result)) }
        return found.filter { accepts.contains($0.source) && $0.result.object != nil }.map { source, result in
            source == "rollout"
                ? ABTestVerdict(rollout: result, facts, against: production)
                : ABTestVerdict(result, from: source, facts, against: production, demand)
        }
    }

    /// A rollout compares no samples: it says which criteria it was held to. It counts where it succeeded, demanded at
    /// least one thing, and measured all that it demanded.
    private init(rollout: JSONValue, _ facts: VersionFacts, against production: VersionFacts.PeerFact) {
        let criteria: [JSONValue] = rollout["criteria"]?.array ?? []
        let unmet: [String] = criteria.filter { $0["status"]?.string != "passed" }.map { criterion in
            "\(criterion["metric"]?.string ?? "a criterion") is \(criterion["status"]?.string ?? "unknown")"
        }
        let name: String = "the rollout " + (rollout["experiment_id"]?.string ?? "")

        if !Self.names(rollout["treatment_model"], facts.version, of: facts.model) {
            (hasPassed, detail) = (false, "\(name) is not about this version (treatment_model)")
        } else if !Self.names(rollout["baseline_model"], production.version, of: facts.model) {
            (hasPassed, detail) = (
                false, "\(name) was not against \(production.version), which is in production (baseline_model)"
            )
        } else if rollout["succeeded"]?.bool != true {
            (hasPassed, detail) = (false, "\(name) has not succeeded")
        } else if criteria.isEmpty {
            (hasPassed, detail) = (false, "\(name) had no success criterion, so it shows nothing but time")
        } else if !unmet.isEmpty {
            (hasPassed, detail) = (false, "\(name) ended without knowing: \(unmet.joined(separator: ", "))")
        } else {
            (hasPassed, detail) = (true, "\(name) succeeded with \(criteria.count) success criteria met")
        }
        json = .object([
            "source": "rollout", "experiment_id": rollout["experiment_id"] ?? .null, "criteria": .array(criteria),
            "passed": .bool(hasPassed), "detail": .string(detail),
        ])
    }

    private init(
        _ result: JSONValue, from source: String, _ facts: VersionFacts, against production: VersionFacts.PeerFact,
        _ demand: Demand
    ) {
        let numbers = ABTestNumbers(result, demand)
        let name: String = result["experiment_id"]?.string ?? "the result"
        let isEarly: Bool = result["concluded_early"]?.bool ?? false
        let refusal: String?
        if !Self.names(result["treatment_model"], facts.version, of: facts.model) {
            refusal = "\(name) is not about this version (treatment_model)"
        } else if !Self.names(result["baseline_model"], production.version, of: facts.model) {
            refusal = "\(name) does not compare with \(production.version), which is in production (baseline_model)"
        } else if let decision = result["statistical_conclusion"]?["decision"]?.string,
            decision != ExperimentDecision.improvement.rawValue
        {
            let why: String = result["statistical_conclusion"]?["detail"]?.string.map { ": " + $0 } ?? ""
            refusal = "\(name) was concluded with \(decision), not with an improvement\(why)"
        } else if isEarly, !demand.acceptsEarly {
            refusal = "\(name) was concluded before its planned duration and sample, which is not accepted here"
        } else {
            refusal = numbers.problem.map { name + $0 }
        }
        hasPassed = refusal == nil
        detail =
            refusal
            ?? "\(name): \(numbers.metric) improved by \(numbers.improvement ?? 0) with p = \(numbers.significance ?? 0)"
            + (isEarly ? "; it was concluded before its planned duration and sample" : "")
        json = .object([
            "source": .string(source), "experiment_id": result["experiment_id"] ?? .null,
            "primary_metric": .string(numbers.metric),
            "improvement": numbers.improvement.map { .double($0) } ?? .null,
            "improvement_needed": .double(numbers.needed),
            "p_value": numbers.significance.map { .double($0) } ?? .null,
            "significance_level": .double(numbers.allowed),
            "decision": result["statistical_conclusion"]?["decision"] ?? .null, "concluded_early": .bool(isEarly),
            "passed": .bool(hasPassed), "detail": .string(detail),
        ])
    }

    /// Whether the value names that version, as `2.1.3`, `v2.1.3` or `fraud_detection_v2.1.3`.
    private static func names(_ value: JSONValue?, _ version: String, of model: String) -> Bool {
        guard let text = value?.string else { return false }
        return [version, "v" + version, "\(model)_v\(version)"].contains(text)
    }
}

/// The numbers of a result, held against its own criteria and the guard's: the stricter ones count.
private struct ABTestNumbers {
    let metric: String
    let improvement: Double?
    let needed: Double
    let significance: Double?
    let allowed: Double

    init(_ result: JSONValue, _ demand: ABTestVerdict.Demand) {
        let criteria: JSONValue = result["success_criteria"] ?? .null
        let results: JSONValue = result["results"] ?? .null
        metric = criteria["primary_metric"]?.string ?? ""
        let baseline: Double? = results["baseline_performance"]?[metric]?.number
        let treatment: Double? = results["treatment_performance"]?[metric]?.number
        significance = results["statistical_significance"]?.number
        allowed = min(demand.level, criteria["significance_level"]?.number ?? demand.level)
        var threshold: Double = criteria["improvement_threshold"]?.number ?? demand.threshold
        if criteria["threshold_kind"]?.string == "relative" { threshold *= abs(baseline ?? 0) }
        needed = max(demand.threshold, threshold)
        let lowerIsBetter: Bool = criteria["lower_is_better"]?.bool ?? false
        if let baseline, let treatment {
            improvement = lowerIsBetter ? baseline - treatment : treatment - baseline
        } else {
            improvement = nil
        }
    }

    /// Why they do not suffice, to follow the result's name; nil where they do.
    var problem: String? {
        if metric.isEmpty { return " names no success_criteria.primary_metric" }
        guard let improvement, let significance else {
            return " lacks results for \(metric): baseline_performance, treatment_performance and "
                + "statistical_significance are needed"
        }
        // A threshold below zero asks for no worse; any other asks for better.
        if improvement < needed - Statistic.comparisonTolerance || (needed >= 0 && improvement <= 0) {
            return ": \(metric) improved by \(improvement), "
                + (needed == 0 ? "more than 0 is needed" : "at least \(needed) is needed")
        }
        if significance < 0 || significance > 1 {
            return ": \(significance) is no p-value (statistical_significance)"
        }
        return significance > allowed ? ": p = \(significance) is above the significance level \(allowed)" : nil
    }
}
