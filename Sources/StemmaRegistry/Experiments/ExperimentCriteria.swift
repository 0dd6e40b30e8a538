internal import StemmaJSON
internal import StemmaStatistics

/// What an experiment has to show, fixed before anybody sees a result.
struct ExperimentCriteria: Sendable {
    enum ThresholdKind: String, Sendable, CaseIterable {
        /// The metric's own unit.
        case absolute
        /// A share of the baseline's magnitude.
        case relative
    }

    /// What a metric is made of.
    enum MetricKind: String, Sendable, CaseIterable {
        /// Successes out of trials.
        case proportion
        /// A mean of values.
        case mean
    }

    let metric: String
    /// The least improvement that is demanded, 0 or more.
    let threshold: Double
    let kind: ThresholdKind
    let significance: Double
    let lowerIsBetter: Bool
    /// On each side.
    let minimumSample: Int64?
    let expectedBaseline: Double?
    let expectedDeviation: Double?
    let power: Double

    /// Of a checked body or of what is stored.
    init(_ json: JSONValue) {
        metric = json["primary_metric"]?.string ?? ""
        threshold = json["improvement_threshold"]?.number ?? 0
        kind = ThresholdKind(rawValue: json["threshold_kind"]?.string ?? "") ?? .absolute
        significance = json["significance_level"]?.number ?? 0.05
        lowerIsBetter = json["lower_is_better"]?.bool ?? false
        minimumSample = json["minimum_sample_size"]?.integer
        expectedBaseline = json["expected_baseline"]?.number
        expectedDeviation = json["expected_deviation"]?.number
        power = json["power"]?.number ?? 0.8
    }

    var json: JSONValue {
        [
            "primary_metric": .string(metric), "improvement_threshold": .double(threshold),
            "threshold_kind": .string(kind.rawValue), "significance_level": .double(significance),
            "lower_is_better": .bool(lowerIsBetter),
            "minimum_sample_size": minimumSample.map { .integer($0) } ?? .null,
            "expected_baseline": expectedBaseline.map { .double($0) } ?? .null,
            "expected_deviation": expectedDeviation.map { .double($0) } ?? .null, "power": .double(power),
        ]
    }

    /// What is expected of the metric's kind; nil where nothing is expected.
    var expectedKind: MetricKind? {
        if expectedDeviation != nil { return .mean }
        return expectedBaseline == nil ? nil : .proportion
    }

    /// The improvement that is demanded of a metric with that baseline, in its own unit.
    func neededEffect(baseline: Double) -> Double {
        kind == .absolute ? threshold : threshold * abs(baseline)
    }

    /// The effect in the direction that is better.
    func directed(_ effect: Double) -> Double { lowerIsBetter ? -effect : effect }

    func plan(ratio: Double) -> TestPlan { TestPlan(significance: significance, power: power, ratio: ratio) }

    /// Observations of baseline and treatment with which the improvement would be found; nil where too little is expected
    /// to say. `ratio`: of treatment for each one of baseline.
    func computedSample(ratio: Double) -> SampleSize? {
        guard let expectedKind, threshold > 0 else { return nil }
        let test: TestPlan = plan(ratio: ratio)
        switch expectedKind {
        case .proportion:
            guard let baseline = expectedBaseline else { return nil }
            return TwoProportionsPlan.size(a: baseline, b: baseline + expectedEffect(baseline), test)
        case .mean:
            guard let deviation = expectedDeviation, kind == .absolute || expectedBaseline != nil else { return nil }
            return TwoMeansPlan.size(
                difference: neededEffect(baseline: expectedBaseline ?? 0), deviationA: deviation,
                deviationB: deviation, test)
        }
    }

    private func expectedEffect(_ baseline: Double) -> Double { directed(neededEffect(baseline: baseline)) }

    /// What shapes cannot say of a body's criteria.
    func faults(at pointer: String, ratio: Double) -> [ShapeFault] {
        var faults: [ShapeFault] = []
        func report(_ member: String, _ detail: String) {
            faults.append(ShapeFault(pointer: "\(pointer)/\(member)", detail: detail))
        }
        if !(significance > 0 && significance <= 0.5) {
            report("significance_level", "must be above 0 and at most 0.5")
        }
        if !(power > significance && power < 1) { report("power", "must be above the significance level and below 1") }
        if let expectedDeviation, !(expectedDeviation > 0) { report("expected_deviation", "must be above 0") }
        if expectedKind == .proportion, let baseline = expectedBaseline {
            let wanted: Double = baseline + expectedEffect(baseline)
            if !(0...1).contains(baseline) {
                report("expected_baseline", "must be a rate of 0 to 1, unless expected_deviation says it is a mean")
            } else if !(0...1).contains(wanted) {
                report("improvement_threshold", "would take the rate from \(baseline) to \(wanted), beyond 0 to 1")
            }
        }
        if faults.isEmpty, expectedKind != nil, threshold > 0, kind == .absolute || expectedBaseline != nil,
            computedSample(ratio: ratio) == nil
        {
            report("improvement_threshold", "is too small to plan for: no sample that anybody could gather would do")
        }
        return faults
    }
}
