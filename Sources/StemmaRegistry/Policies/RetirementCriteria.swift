internal import StemmaJSON

/// Met where what monitoring sees now is worse than the baseline by more than a threshold.
struct PerformanceCriterion: PolicyCriterion {
    let name = "performance"
    let limit: JSONObject
    private let span: PolicySpan
    private let threshold: Double
    private let minimumObservations: Int64
    /// Nil where the registered metric is the baseline.
    private let first: PolicySpan?
    private let lowerIsBetter: Bool

    init(_ parameters: JSONObject) throws(PolicyCriteria.Fault) {
        let metric: String = parameters.text("metric")
        span = PolicySpan(metric: metric, days: parameters.whole("window_days", default: 7))
        threshold = parameters.decimal("threshold", default: 0.05)
        minimumObservations = parameters.whole("minimum_observations", default: 1)
        lowerIsBetter = parameters["lower_is_better"]?.bool ?? false
        let baseline: String = parameters.text("baseline", default: "registered")
        var limit: JSONObject = [
            "metric": .string(metric), "threshold": .double(threshold), "window_days": .integer(span.days),
            "minimum_observations": .integer(minimumObservations), "baseline": .string(baseline),
        ]
        if baseline == "first_days" {
            let days: Int64 = parameters.whole("baseline_days", default: 7)
            first = PolicySpan(metric: metric, days: days)
            limit.set("baseline_days", .integer(days))
        } else {
            guard parameters["baseline_days"] == nil else {
                throw PolicyCriteria.Fault(pointer: "/baseline_days", detail: "goes only with the baseline first_days")
            }
            first = nil
        }
        limit.set("lower_is_better", .bool(lowerIsBetter))
        self.limit = limit
    }

    var needs: PolicyNeeds {
        var needs = PolicyNeeds()
        needs.own = [span]
        if let first { needs.first = [first] } else { needs.metrics = [span.metric] }
        return needs
    }

    func judge(_ version: PolicyVersion, _ readings: PolicyReadings) -> PolicyFinding {
        let current: ObservationStatistics? = readings.statistics(version.id, span)
        guard let current, current.count >= minimumObservations else {
            return PolicyFinding(.unknown, .notMeasured, count: current?.count ?? 0)
        }
        let value: Double = current.mean
        var baseline: Double?
        if let first {
            let beginning: FirstObservations? = readings.first[first]?[version.id]
            // The same values must not be their own baseline.
            if let beginning, beginning.end > span.bounds(readings.now).from {
                return PolicyFinding(
                    .unknown, .tooEarly, value: value, reference: beginning.mean, count: current.count)
            }
            baseline = beginning?.mean
        } else {
            baseline = readings.registered(version, span.metric)
        }
        guard let baseline else {
            return PolicyFinding(.unknown, .referenceNotMeasured, value: value, count: current.count)
        }
        let drop: Double = lowerIsBetter ? value - baseline : baseline - value
        return PolicyFinding(
            drop > threshold + Statistic.comparisonTolerance ? .met : .notMet, value: value, reference: baseline,
            count: current.count)
    }

    func explain(_ finding: PolicyFinding) -> (read: JSONValue, detail: String) {
        let source: String = first.map { "its first \($0.days) days" } ?? "its registration"
        let detail: String =
            switch finding.reason {
            case .notMeasured:
                "\(span.metric) was observed \(finding.count ?? 0) times in the last \(span.days) days, "
                    + "\(minimumObservations) are needed"
            case .tooEarly: "the last \(span.days) days of \(span.metric) overlap with \(source)"
            case .compared:
                "\(span.metric) is \(PolicyText.number(finding.value)) over the last \(span.days) days against "
                    + "\(PolicyText.number(finding.reference)) in \(source): "
                    + (finding.result == .met
                        ? "worse by more than \(threshold)" : "not worse by more than \(threshold)")
            default: "\(span.metric) is not known from \(source)"
            }
        return (
            [
                "current": PolicyText.json(finding.value), "baseline": PolicyText.json(finding.reference),
                "observations": PolicyText.json(finding.count),
            ], detail
        )
    }
}

/// Met where a version was registered more than some days ago.
struct AgeCriterion: PolicyCriterion {
    let name = "age"
    let limit: JSONObject
    private let maximum: Int64

    init(_ parameters: JSONObject) {
        maximum = parameters.whole("max_age_days", default: 180)
        limit = ["max_age_days": .integer(maximum)]
    }

    var needs: PolicyNeeds { PolicyNeeds() }

    func judge(_ version: PolicyVersion, _ readings: PolicyReadings) -> PolicyFinding {
        let age: Int64 =
            (readings.now.milliseconds - version.created.milliseconds) / Timestamp.dayMilliseconds
        return PolicyFinding(age > maximum ? .met : .notMet, count: age)
    }

    func explain(_ finding: PolicyFinding) -> (read: JSONValue, detail: String) {
        let age: Int64 = finding.count ?? 0
        return (
            ["age_days": .integer(age)],
            "registered \(age) days ago, "
                + (finding.result == .met ? "more than \(maximum)" : "at most \(maximum) are allowed")
        )
    }
}

/// Met where a version is hardly used, and nobody is registered as its consumer.
struct UsageCriterion: PolicyCriterion {
    let name = "usage"
    let limit: JSONObject
    private let span: PolicySpan
    private let minimum: Double
    private let minimumObservations: Int64

    init(_ parameters: JSONObject) {
        span = PolicySpan(
            metric: parameters.text("metric", default: "daily_requests"),
            days: parameters.whole("window_days", default: 7))
        minimum = parameters.decimal("minimum", default: 100)
        minimumObservations = parameters.whole("minimum_observations", default: 1)
        limit = [
            "metric": .string(span.metric), "minimum": .double(minimum), "window_days": .integer(span.days),
            "minimum_observations": .integer(minimumObservations),
        ]
    }

    var needs: PolicyNeeds {
        var needs = PolicyNeeds()
        needs.own = [span]
        needs.consumers = true
        return needs
    }

    func judge(_ version: PolicyVersion, _ readings: PolicyReadings) -> PolicyFinding {
        let current: ObservationStatistics? = readings.statistics(version.id, span)
        guard let current, current.count >= minimumObservations else {
            return PolicyFinding(.unknown, .notMeasured, count: current?.count ?? 0)
        }
        let mean: Double = current.mean
        guard mean < minimum - Statistic.comparisonTolerance else {
            return PolicyFinding(.notMet, value: mean, count: current.count)
        }
        let consumers: Int64 = readings.consumers[version.id] ?? 0
        guard consumers == 0 else { return PolicyFinding(.notMet, .hasConsumers, value: mean, count: consumers) }
        return PolicyFinding(.met, value: mean, count: current.count)
    }

    func explain(_ finding: PolicyFinding) -> (read: JSONValue, detail: String) {
        let mean: String = "\(span.metric) is \(PolicyText.number(finding.value)) over the last \(span.days) days"
        switch finding.reason {
        case .hasConsumers:
            return (
                [
                    "mean": PolicyText.json(finding.value), "observations": nil,
                    "live_consumers": PolicyText.json(finding.count),
                ], "\(mean), less than \(PolicyText.number(minimum)), but \(finding.count ?? 0) consumers are live"
            )
        case .compared:
            let isLow: Bool = finding.result == .met
            return (
                [
                    "mean": PolicyText.json(finding.value), "observations": PolicyText.json(finding.count),
                    "live_consumers": isLow ? 0 : nil,
                ],
                isLow
                    ? "\(mean), less than \(PolicyText.number(minimum)), and no consumer is live"
                    : "\(mean), at least \(PolicyText.number(minimum)) is enough"
            )
        default:
            return (
                ["mean": nil, "observations": PolicyText.json(finding.count), "live_consumers": nil],
                "\(span.metric) was observed \(finding.count ?? 0) times in the last \(span.days) days, "
                    + "\(minimumObservations) are needed"
            )
        }
    }
}

/// Met where another version of the model that is in service is better.
struct ReplacementCriterion: PolicyCriterion {
    let name = "replacement"
    let limit: JSONObject
    private let metric: String
    private let improvement: Double
    /// Nil where registered metrics are compared.
    private let span: PolicySpan?
    private let minimumObservations: Int64
    private let lowerIsBetter: Bool

    init(_ parameters: JSONObject) throws(PolicyCriteria.Fault) {
        metric = parameters.text("metric")
        improvement = parameters.decimal("minimum_improvement", default: 0)
        lowerIsBetter = parameters["lower_is_better"]?.bool ?? false
        minimumObservations = parameters.whole("minimum_observations", default: 1)
        let measured: String = parameters.text("measured", default: "registered")
        var limit: JSONObject = [
            "metric": .string(metric), "minimum_improvement": .double(improvement), "measured": .string(measured),
        ]
        if measured == "observed" {
            let days: Int64 = parameters.whole("window_days", default: 7)
            span = PolicySpan(metric: metric, days: days)
            limit.set("window_days", .integer(days))
            limit.set("minimum_observations", .integer(minimumObservations))
        } else {
            for name in ["window_days", "minimum_observations"] where parameters[name] != nil {
                throw PolicyCriteria.Fault(pointer: "/" + name, detail: "goes only with what is observed")
            }
            span = nil
        }
        limit.set("lower_is_better", .bool(lowerIsBetter))
        self.limit = limit
    }

    var needs: PolicyNeeds {
        var needs = PolicyNeeds()
        if let span { needs.shared = [span] } else { needs.metrics = [metric] }
        return needs
    }

    /// What versions are compared by; nil where it was not measured.
    func value(_ version: PolicyVersion, _ readings: PolicyReadings) -> Double? {
        guard let span else { return readings.registered(version, metric) }
        return readings.statistics(version.id, span).flatMap { $0.count >= minimumObservations ? $0.mean : nil }
    }

    /// The best of a model's versions.
    func best(_ versions: [PolicyVersion], _ readings: PolicyReadings) -> [Int64: PolicyBest] {
        var best: [Int64: PolicyBest] = [:]
        for version in versions {
            best[version.modelID, default: PolicyBest()].add(
                version, value: value(version, readings), lowerIsBetter: lowerIsBetter)
        }
        return best
    }

    func judge(_ version: PolicyVersion, _ readings: PolicyReadings) -> PolicyFinding {
        let own: Double? = value(version, readings)
        guard let best = readings.best[version.modelID], best.hasOthers(besides: version.id) else {
            return PolicyFinding(.notMet, .nothingToCompare, value: own)
        }
        guard let own else { return PolicyFinding(.unknown, .notMeasured) }
        guard let other = best.best(besides: version.id) else {
            return PolicyFinding(.unknown, .referenceNotMeasured, value: own)
        }
        let better: Double = lowerIsBetter ? own - other.value : other.value - own
        return PolicyFinding(
            PolicyCriteria.isEnough(better, improvement) ? .met : .notMet, value: own, reference: other.value,
            other: other.version)
    }

    func explain(_ finding: PolicyFinding) -> (read: JSONValue, detail: String) {
        let other: String = finding.other ?? ""
        let detail: String =
            switch finding.reason {
            case .nothingToCompare: "no other version of the model is in service"
            case .notMeasured: "\(metric) of this version is not known"
            case .compared:
                "\(metric) is \(PolicyText.number(finding.value)), \(other) has \(PolicyText.number(finding.reference)): "
                    + (finding.result == .met ? "better" : "not better") + PolicyText.by(improvement)
            default: "\(metric) is not known of any other version in service"
            }
        return (
            [
                "value": PolicyText.json(finding.value), "replacement_value": PolicyText.json(finding.reference),
                "replacement": finding.other.map { .string($0) } ?? .null,
            ], detail
        )
    }
}

/// Numbers in findings.
enum PolicyText {
    static func json(_ value: Double?) -> JSONValue { value.map { .double($0) } ?? .null }

    static func json(_ value: Int64?) -> JSONValue { value.map { .integer($0) } ?? .null }

    /// As JSON writes it.
    static func number(_ value: Double?) -> String { json(value).description }

    /// ` by at least 0.02`, or nothing where anything is enough.
    static func by(_ improvement: Double) -> String {
        improvement > 0 ? " by at least \(number(improvement))" : ""
    }
}
