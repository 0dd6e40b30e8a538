internal import StemmaJSON
internal import StemmaStatistics

/// What the test of one metric says: proportions by the pooled z test, means by Welch's t test, both two-sided.
struct ExperimentComparison: Sendable {
    enum Test: String, Sendable, CaseIterable {
        case twoProportions = "two_proportion_z"
        case welch = "welch_t"
    }

    let metric: String
    let baseline: ArmTotals
    let treatment: ArmTotals
    let test: Test
    /// Treatment less baseline.
    let effect: Double
    /// Of the effect.
    let interval: Interval
    /// The interval's confidence.
    let level: Double
    let pValue: Double

    init(_ totals: MetricTotals, level: Double) {
        metric = totals.metric
        baseline = totals.baseline
        treatment = totals.treatment
        self.level = level
        switch (totals.baseline, totals.treatment) {
        case (.counts(let successesA, let trialsA), .counts(let successesB, let trialsB)):
            let result: TwoProportions.Result = TwoProportions.test(
                successesA: Int(successesA), trialsA: Int(trialsA), successesB: Int(successesB), trialsB: Int(trialsB),
                level: level)
            (test, effect, interval, pValue) = (.twoProportions, result.difference, result.interval, result.pValue)
        case (.sample(let meanA, let deviationA, let countA), .sample(let meanB, let deviationB, let countB)):
            let result: Welch.Result = Welch.test(
                meanA: meanA, deviationA: deviationA, nA: Int(countA), meanB: meanB, deviationB: deviationB,
                nB: Int(countB), level: level)
            (test, effect, interval, pValue) = (.welch, result.difference, result.interval, result.pValue)
        default:
            preconditionFailure("totals have one kind in both arms")
        }
    }

    /// As a share of the baseline's magnitude; nil where that is 0.
    var relativeEffect: Double? {
        let share: Double = effect / abs(baseline.value)
        return share.isFinite ? share : nil
    }

    /// The smallest effect in the direction that is better, without its sign, that samples of this size find with the
    /// plan's power; nil where no effect would be found.
    func detectableEffect(_ criteria: ExperimentCriteria) -> Double? {
        let plan: TestPlan = criteria.plan(ratio: Double(treatment.count) / Double(baseline.count))
        switch (baseline, treatment) {
        case (.sample(_, let deviationA, let count), .sample(_, let deviationB, _)):
            return TwoMeansPlan.detectableEffect(
                deviationA: deviationA, deviationB: deviationB, nA: Int(count), plan)
        default:
            return TwoProportionsPlan.detectableEffect(
                a: baseline.value, nA: Int(baseline.count), rise: !criteria.lowerIsBetter, plan
            ).map(abs)
        }
    }

    /// With `primary` as its second member.
    func json(isPrimary: Bool) -> JSONObject {
        [
            "metric": .string(metric), "primary": .bool(isPrimary), "test": .string(test.rawValue),
            "baseline": ExperimentComparison.arm(baseline), "treatment": ExperimentComparison.arm(treatment),
            "effect": FiniteNumber.json(effect), "relative_effect": FiniteNumber.json(relativeEffect),
            "confidence_interval": [
                "level": .double(level), "lower": FiniteNumber.json(interval.lower),
                "upper": FiniteNumber.json(interval.upper),
            ], "p_value": .double(pValue),
        ]
    }

    private static func arm(_ totals: ArmTotals) -> JSONValue {
        var object: JSONObject = ["value": .double(totals.value)]
        for member in totals.json.object?.members ?? [] { object.set(member.name, member.value) }
        return .object(object)
    }
}
