internal import StemmaJSON
internal import StemmaStatistics

/// What the numbers say of an experiment: the statistical conclusion, apart from what people make of it.
struct ExperimentVerdict: Sendable {
    let decision: ExperimentDecision
    let primary: ExperimentComparison
    /// With their p-values after Holm's correction among themselves.
    let secondary: [(comparison: ExperimentComparison, adjusted: Double)]
    let detail: String
    private let criteria: ExperimentCriteria
    private let needed: Double
    private let isSignificant: Bool
    private let isThresholdMet: Bool
    private let detectable: Double?

    /// Nil where the totals lack the primary metric.
    init?(_ totals: ExperimentTotals, _ criteria: ExperimentCriteria) {
        let level: Double = 1 - criteria.significance
        guard let found = totals[criteria.metric] else { return nil }
        let primary = ExperimentComparison(found, level: level)
        let others: [ExperimentComparison] = totals.metrics.filter { $0.metric != criteria.metric }.map {
            ExperimentComparison($0, level: level)
        }
        let adjusted: [Double] = Holm.adjusted(others.map(\.pValue))
        let needed: Double = criteria.neededEffect(baseline: primary.baseline.value)
        let gain: Double = criteria.directed(primary.effect)
        let isMet: Bool =
            gain > 0
            && DecimalBound.reaches(
                difference: gain, of: primary.baseline.value, primary.treatment.value, atLeast: needed)
        let isSignificant: Bool = primary.pValue <= criteria.significance
        // The interval's end in the direction that is better.
        let best: Double = criteria.lowerIsBetter ? -primary.interval.lower : primary.interval.upper
        let detectable: Double? = primary.detectableEffect(criteria)
        let decision: ExperimentDecision
        switch (isSignificant, gain) {
        case (true, ..<0): decision = .harm
        case (true, _): decision = isMet ? .improvement : .noImprovement
        case (false, _): decision = best < needed ? .noImprovement : .inconclusive
        }
        self.decision = decision
        self.primary = primary
        self.secondary = zip(others, adjusted).map { (comparison: $0, adjusted: $1) }
        self.criteria = criteria
        self.needed = needed
        self.isSignificant = isSignificant
        isThresholdMet = isMet
        self.detectable = detectable
        detail = ExperimentVerdict.sentence(
            decision, primary, criteria, needed: needed, isSignificant: isSignificant, best: best,
            detectable: detectable)
    }

    private static func sentence(
        _ decision: ExperimentDecision, _ primary: ExperimentComparison, _ criteria: ExperimentCriteria, needed: Double,
        isSignificant: Bool, best: Double, detectable: Double?
    ) -> String {
        let change: String =
            "\(primary.metric) went from \(primary.baseline.value) to \(primary.treatment.value), "
            + "p = \(primary.pValue)"
        let wanted: String = needed == 0 ? "any improvement" : "an improvement by \(needed)"
        switch decision {
        case .improvement:
            return "\(change): significantly better at the level \(criteria.significance), and \(wanted) was demanded"
        case .harm:
            return "\(change): significantly worse at the level \(criteria.significance)"
        case .noImprovement where isSignificant:
            return "\(change): significantly better, but by less than \(needed), which was demanded"
        case .noImprovement:
            return
                "\(change): not significant, and the interval of confidence \(primary.level) ends at an improvement by "
                + "\(best), short of \(needed), which was demanded"
        case .inconclusive:
            let found: String =
                detectable.map { "a change by \($0) or more is found with the power \(criteria.power)" }
                ?? "no change is found with the power \(criteria.power)"
            return "\(change): not significant, but \(wanted) is not ruled out either; with samples of "
                + "\(primary.baseline.count) and \(primary.treatment.count) \(found)"
        }
    }

    /// `results` as the specification has them.
    func results(businessImpact: String?) -> JSONValue {
        let all: [ExperimentComparison] = ([primary] + secondary.map(\.comparison)).sorted {
            VersionManifest.precedes($0.metric, $1.metric)
        }
        func performance(_ value: (ExperimentComparison) -> Double) -> JSONValue {
            .object(
                JSONObject(all.map { JSONObject.Member(name: $0.metric, value: FiniteNumber.json(value($0))) }))
        }
        return [
            "baseline_performance": performance { $0.baseline.value },
            "treatment_performance": performance { $0.treatment.value },
            "statistical_significance": .double(primary.pValue),
            "business_impact": businessImpact.map { .string($0) } ?? .null,
        ]
    }

    /// `statistical_conclusion`.
    var json: JSONValue {
        var object: JSONObject = ["decision": .string(decision.rawValue), "detail": .string(detail)]
        for member in primary.json(isPrimary: true).members { object.set(member.name, member.value) }
        object.set("significance_level", .double(criteria.significance))
        object.set("significant", .bool(isSignificant))
        object.set("effect_needed", FiniteNumber.json(needed))
        object.set("threshold_met", .bool(isThresholdMet))
        object.set("minimum_detectable_effect", FiniteNumber.json(detectable))
        object.set(
            "secondary",
            .array(
                secondary.map { other in
                    var metric: JSONObject = other.comparison.json(isPrimary: false)
                    metric.set("adjusted_p_value", .double(other.adjusted))
                    metric.set("significant", .bool(other.adjusted <= criteria.significance))
                    return .object(metric)
                }))
        return .object(object)
    }
}
