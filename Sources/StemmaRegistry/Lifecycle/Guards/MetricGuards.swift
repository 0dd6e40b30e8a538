internal import StemmaJSON

/// Guards on measured performance.
extension GuardCatalogue {
    static let metricGuards: [GuardKind] = [performanceMetrics]

    private static let metricName: Shape = .text(maxBytes: Limits().metricNameBytes, minBytes: 1)
    private static let whenMissing: Shape = .choice(["fail", "skip"])
    private static let bound: Shape = .nullable(.number(minimum: nil))

    private static let performanceMetrics = GuardKind(
        name: "performance_metrics",
        summary: "Metrics reach their thresholds and do not fall behind the version in production.",
        parameters: [
            Shape.Field("minimum_count", .integer(0...1_000), "How many metrics there must be at least"),
            Shape.Field(
                "thresholds",
                .array(
                    of: .object([
                        Shape.Field("metric", metricName, required: true), Shape.Field("minimum", bound),
                        Shape.Field("maximum", bound),
                        Shape.Field("when_missing", whenMissing, "`skip` where absent"),
                    ]), count: 0...100)),
            Shape.Field(
                "compared_to_production",
                .array(
                    of: .object([
                        Shape.Field("metric", metricName, required: true),
                        Shape.Field(
                            "max_drop", bound, "How much worse it may be; negative: how much better it must be"),
                        Shape.Field("lower_is_better", .boolean),
                        Shape.Field("when_missing", whenMissing, "`skip` where absent"),
                    ]), count: 0...100)),
        ],
        defaults: ["minimum_count": 1, "thresholds": [], "compared_to_production": []]
    ) { parameters, facts, _ in
        let checks: [MetricCheck] =
            (parameters["thresholds"]?.array ?? []).compactMap { MetricCheck(threshold: $0, facts) }
            + (parameters["compared_to_production"]?.array ?? []).compactMap { MetricCheck(compared: $0, facts) }
        let failed: [MetricCheck] = checks.filter { !$0.hasPassed }
        let minimum: Int64 = parameters["minimum_count"]?.integer ?? 1
        let hasEnough: Bool = Int64(facts.metrics.count) >= minimum
        var reasons: [String] = failed.map(\.detail)
        if !hasEnough { reasons.insert("\(facts.metrics.count) metrics are recorded, \(minimum) are needed", at: 0) }
        return GuardFinding(
            name: "performance_metrics", hasPassed: reasons.isEmpty,
            read: .object([
                "metrics": .integer(Int64(facts.metrics.count)), "checks": .array(checks.map(\.json)),
                "production": facts.production.map { .string($0.version) } ?? .null,
            ]),
            limit: .object([
                "minimum_count": .integer(minimum), "thresholds": parameters["thresholds"] ?? [],
                "compared_to_production": parameters["compared_to_production"] ?? [],
            ]),
            detail: reasons.isEmpty ? "every metric that is demanded is good enough" : reasons.joined(separator: "; "),
            missing: (hasEnough ? [] : ["performance_metrics"]) + failed.map { "performance_metrics." + $0.metric },
            suppliedBy: ["publisher"])
    }

    /// One demand on one metric.
    private struct MetricCheck {
        let metric: String
        let hasPassed: Bool
        let detail: String
        let json: JSONValue

        init?(threshold rule: JSONValue, _ facts: VersionFacts) {
            guard let name = rule["metric"]?.string else { return nil }
            metric = name
            let value: Double? = facts.metrics[name]?.number
            let minimum: Double? = rule["minimum"]?.number
            let maximum: Double? = rule["maximum"]?.number
            if let value {
                hasPassed = minimum.map { value >= $0 } ?? true && maximum.map { value <= $0 } ?? true
                if let minimum, value < minimum {
                    detail = "\(name) is \(value), at least \(minimum) is needed"
                } else if let maximum, value > maximum {
                    detail = "\(name) is \(value), at most \(maximum) is allowed"
                } else {
                    detail = "\(name) is \(value)"
                }
            } else {
                hasPassed = rule["when_missing"]?.string != "fail"
                detail = "\(name) is not recorded"
            }
            json = .object([
                "metric": .string(name), "value": facts.metrics[name] ?? .null, "minimum": rule["minimum"] ?? .null,
                "maximum": rule["maximum"] ?? .null, "passed": .bool(hasPassed),
            ])
        }

        init?(compared rule: JSONValue, _ facts: VersionFacts) {
            guard let name = rule["metric"]?.string, let production = facts.production else { return nil }
            metric = name
            let value: Double? = facts.metrics[name]?.number
            let reference: Double? = production.metrics[name]?.number
            let allowed: Double = rule["max_drop"]?.number ?? 0
            var drop: Double?
            if let value, let reference {
                let change: Double = rule["lower_is_better"]?.bool == true ? value - reference : reference - value
                drop = change
                // Differences of decimal fractions are off by some units in the last place.
                hasPassed = change <= allowed + Statistic.comparisonTolerance
                detail =
                    hasPassed
                    ? "\(name) is \(value) against \(reference) in production"
                    : "\(name) is \(value) against \(reference) of \(production.version) in production, "
                        + "worse by more than \(allowed)"
            } else {
                hasPassed = rule["when_missing"]?.string != "fail"
                detail =
                    "\(name) is not recorded \(value == nil ? "for this version" : "for the version in production")"
            }
            json = .object([
                "metric": .string(name), "value": facts.metrics[name] ?? .null,
                "production_value": production.metrics[name] ?? .null, "drop": drop.map { .double($0) } ?? .null,
                "max_drop": .double(allowed), "passed": .bool(hasPassed),
            ])
        }
    }
}

/// Constants of comparing measurements.
package enum Statistic {
    /// By how much a difference of two decimal fractions may miss a decimal bound and still reach it.
    package static let comparisonTolerance: Double = 1e-9
}
