internal import StemmaJSON

/// How a version and the one in production did over the same days.
private struct ProductionComparison {
    let span: PolicySpan
    let minimumObservations: Int64
    let lowerIsBetter: Bool

    init(_ parameters: JSONObject) {
        span = PolicySpan(
            metric: parameters.text("metric"), days: parameters.whole("window_days", default: 7))
        minimumObservations = parameters.whole("minimum_observations", default: 1)
        lowerIsBetter = parameters["lower_is_better"]?.bool ?? false
    }

    var needs: PolicyNeeds {
        var needs = PolicyNeeds()
        needs.shared = [span]
        needs.production = true
        return needs
    }

    var limit: [JSONObject.Member] {
        [
            JSONObject.Member(name: "window_days", value: .integer(span.days)),
            JSONObject.Member(name: "minimum_observations", value: .integer(minimumObservations)),
            JSONObject.Member(name: "lower_is_better", value: .bool(lowerIsBetter)),
        ]
    }

    /// Both values with `isEnough` for the improvement and the reference, or what is missing.
    func judge(
        _ version: PolicyVersion, _ readings: PolicyReadings,
        _ verdict: (_ improvement: Double, _ reference: Double) -> (PolicyFinding.Result, PolicyFinding.Reason)
    ) -> PolicyFinding {
        guard let champion = readings.production[version.modelID], champion.id != version.id else {
            return PolicyFinding(.unknown, .nothingToCompare)
        }
        let own: ObservationStatistics? = readings.statistics(version.id, span)
        guard let own, own.count >= minimumObservations else {
            return PolicyFinding(.unknown, .notMeasured, count: own?.count ?? 0, other: champion.version)
        }
        let theirs: ObservationStatistics? = readings.statistics(champion.id, span)
        guard let theirs, theirs.count >= minimumObservations else {
            return PolicyFinding(
                .unknown, .referenceNotMeasured, value: own.mean, count: theirs?.count ?? 0, other: champion.version)
        }
        let (value, reference): (Double, Double) = (own.mean, theirs.mean)
        let (result, reason) = verdict(improvement(value, reference), reference)
        return PolicyFinding(
            result, reason, value: value, reference: reference, count: own.count, other: champion.version)
    }

    func improvement(_ value: Double, _ reference: Double) -> Double {
        lowerIsBetter ? reference - value : value - reference
    }

    func score(_ finding: PolicyFinding) -> Double {
        guard let value = finding.value, let reference = finding.reference else { return 0 }
        return improvement(value, reference)
    }

    /// `demand` says what is asked for, e.g. ` by at least 0.02`.
    func explain(_ finding: PolicyFinding, demand: String) -> (read: JSONValue, detail: String) {
        let other: String = finding.other ?? ""
        let metric: String = span.metric
        let days: String = "over the last \(span.days) days"
        let detail: String =
            switch finding.reason {
            case .compared:
                "\(metric) is \(PolicyText.number(finding.value)) \(days), \(other) in production has "
                    + "\(PolicyText.number(finding.reference)): " + (finding.result == .met ? "better" : "not better")
                    + demand
            case .notMeasured:
                "\(metric) was observed \(finding.count ?? 0) times \(days), \(minimumObservations) are needed"
            case .referenceNotMeasured:
                "\(metric) of \(other), which is in production, was observed \(finding.count ?? 0) times \(days), "
                    + "\(minimumObservations) are needed"
            case .referenceIsZero: "\(metric) of \(other) in production is 0, of which there are no percent"
            default: "nothing is in production to compare with"
            }
        return (
            [
                "value": PolicyText.json(finding.value), "production_value": PolicyText.json(finding.reference),
                "production": finding.other.map { .string($0) } ?? .null,
                "observations": PolicyText.json(finding.count),
            ], detail
        )
    }
}

/// Met where a version is observed to be better than the one in production over the same days.
struct ChampionChallengerCriterion: PolicyCriterion {
    let name = "champion_challenger"
    let limit: JSONObject
    private let comparison: ProductionComparison
    private let required: Double

    init(_ parameters: JSONObject) {
        comparison = ProductionComparison(parameters)
        required = parameters.decimal("required_improvement", default: 0)
        limit = JSONObject(
            [
                JSONObject.Member(name: "metric", value: .string(comparison.span.metric)),
                JSONObject.Member(name: "required_improvement", value: .double(required)),
            ] + comparison.limit)
    }

    var needs: PolicyNeeds { comparison.needs }

    func judge(_ version: PolicyVersion, _ readings: PolicyReadings) -> PolicyFinding {
        comparison.judge(version, readings) { improvement, _ in
            (PolicyCriteria.isEnough(improvement, required) ? .met : .notMet, .compared)
        }
    }

    func explain(_ finding: PolicyFinding) -> (read: JSONValue, detail: String) {
        comparison.explain(finding, demand: PolicyText.by(required))
    }

    func score(_ finding: PolicyFinding) -> Double { comparison.score(finding) }
}

/// Met where a registered metric is within its bounds.
struct RegisteredMetricCriterion: PolicyCriterion {
    let name = "metric"
    let limit: JSONObject
    private let metric: String
    private let minimum: Double?
    private let maximum: Double?

    init(_ parameters: JSONObject) throws(PolicyCriteria.Fault) {
        metric = parameters.text("metric")
        minimum = parameters["minimum"]?.number
        maximum = parameters["maximum"]?.number
        guard minimum != nil || maximum != nil else {
            throw PolicyCriteria.Fault(pointer: "", detail: "needs a minimum or a maximum")
        }
        if let minimum, let maximum, minimum > maximum {
            throw PolicyCriteria.Fault(pointer: "/minimum", detail: "must not exceed the maximum")
        }
        limit = [
            "metric": .string(metric), "minimum": PolicyText.json(minimum), "maximum": PolicyText.json(maximum),
        ]
    }

    var needs: PolicyNeeds {
        var needs = PolicyNeeds()
        needs.metrics = [metric]
        return needs
    }

    func judge(_ version: PolicyVersion, _ readings: PolicyReadings) -> PolicyFinding {
        guard let value = readings.registered(version, metric) else { return PolicyFinding(.unknown, .notMeasured) }
        let isWithin: Bool = minimum.map { value >= $0 } ?? true && maximum.map { value <= $0 } ?? true
        return PolicyFinding(isWithin ? .met : .notMet, value: value)
    }

    func explain(_ finding: PolicyFinding) -> (read: JSONValue, detail: String) {
        let read: JSONValue = ["value": PolicyText.json(finding.value)]
        guard let value = finding.value else { return (read, "\(metric) is not recorded") }
        if let minimum, value < minimum {
            return (read, "\(metric) is \(PolicyText.number(value)), at least \(PolicyText.number(minimum)) is needed")
        }
        if let maximum, value > maximum {
            return (read, "\(metric) is \(PolicyText.number(value)), at most \(PolicyText.number(maximum)) is allowed")
        }
        return (read, "\(metric) is \(PolicyText.number(value)), as demanded")
    }

    func score(_ finding: PolicyFinding) -> Double {
        // A bound on one side says which way is better.
        (finding.value ?? 0) * (minimum == nil ? -1 : 1)
    }
}

/// Met where a business metric is observed to be better than in production by a required improvement.
struct BusinessMetricCriterion: PolicyCriterion {
    let name = "business_metric"
    let limit: JSONObject
    private let comparison: ProductionComparison
    /// In the metric's unit; otherwise `percent` is set.
    private let required: Double?
    private let percent: Double

    init(_ parameters: JSONObject) throws(PolicyCriteria.Fault) {
        comparison = ProductionComparison(parameters)
        required = parameters["required_improvement"]?.number
        let share: Double? = parameters["required_improvement_percent"]?.number
        guard (required == nil) != (share == nil) else {
            throw PolicyCriteria.Fault(
                pointer: "", detail: "needs either required_improvement or required_improvement_percent")
        }
        percent = share ?? 0
        limit = JSONObject(
            [
                JSONObject.Member(name: "metric", value: .string(comparison.span.metric)),
                required.map { JSONObject.Member(name: "required_improvement", value: .double($0)) }
                    ?? JSONObject.Member(name: "required_improvement_percent", value: .double(percent)),
            ] + comparison.limit)
    }

    var needs: PolicyNeeds { comparison.needs }

    func judge(_ version: PolicyVersion, _ readings: PolicyReadings) -> PolicyFinding {
        comparison.judge(version, readings) { improvement, reference in
            if let required { return (PolicyCriteria.isEnough(improvement, required) ? .met : .notMet, .compared) }
            guard reference != 0 else { return (.unknown, .referenceIsZero) }
            let needed: Double = abs(reference) * percent / 100
            return (PolicyCriteria.isEnough(improvement, needed) ? .met : .notMet, .compared)
        }
    }

    func explain(_ finding: PolicyFinding) -> (read: JSONValue, detail: String) {
        let demand: String =
            if let required {
                PolicyText.by(required)
            } else {
                percent > 0 ? " by at least \(PolicyText.number(percent)) percent" : ""
            }
        return comparison.explain(finding, demand: demand)
    }

    func score(_ finding: PolicyFinding) -> Double { comparison.score(finding) }
}
