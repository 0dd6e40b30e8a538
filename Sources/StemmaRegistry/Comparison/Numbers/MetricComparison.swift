internal import StemmaStatistics

/// One metric of two models, with what can be said of their difference.
struct MetricComparison: Sendable {
    /// How p-value and interval came about.
    enum Method: String, Sendable, CaseIterable {
        case mcNemarExact = "mcnemar_exact_binomial"
        case mcNemarCorrected = "mcnemar_chi_square_corrected"
        case bootstrap = "paired_bootstrap"
        case jackknife = "infinitesimal_jackknife"
    }

    let name: String
    let a: Double
    let b: Double
    /// B less A.
    let difference: Double
    let interval: Interval
    let method: Method
    /// McNemar's; nil for the other methods.
    let statistic: Double?
    let discordant: JointOutcomes.Discordant?
    let pValue: Double
    /// After Holm's correction over all metrics of the comparison.
    fileprivate(set) var adjusted: Double = 1

    func isSignificant(_ level: Double) -> Bool { adjusted < level }

    /// Nil where A has 0.
    var percentChange: Double? { a == 0 ? nil : difference / a * 100 }
}

/// How a comparison is to be made.
struct ComparisonPlan: Sendable {
    let averaging: Averaging
    let significance: Double
    let confidence: Double
    let seed: UInt64
    /// As asked for; nil where nothing was said.
    let resamples: Int?
}

/// The metrics of two models on the same examples, compared.
struct ComparedMetrics: Sendable {
    let metrics: [MetricComparison]
    /// 0 where nothing was resampled.
    let resamples: Int
    let discordant: JointOutcomes.Discordant

    /// `errors` are standard errors by `Influence`, where there are too many cells to resample.
    init(_ outcomes: JointOutcomes, _ plan: ComparisonPlan, errors: Scores?, limits: Limits) {
        let (a, b): (Scores, Scores) = (outcomes.a.scores(plan.averaging), outcomes.b.scores(plan.averaging))
        let paired = PairedTests(plan)
        let estimated: [Estimate]
        let cells: [JointOutcomes.Cell] = outcomes.cells ?? []
        if let errors {
            resamples = 0
            estimated = paired.estimates(a, b, errors)
        } else {
            resamples = ComparedMetrics.resamples(plan.resamples, cells: cells.count, limits)
            let bootstrap = PairedBootstrap(resamples: resamples, seed: plan.seed, level: plan.confidence)
            estimated = ResampleScorer.run(cells, plan.averaging, bootstrap).map {
                Estimate(interval: $0.interval, pValue: $0.pValue, method: .bootstrap)
            }
        }
        let recall: MetricComparison
        switch plan.averaging {
        case .binary: recall = paired.test("recall", a.recall, b.recall, outcomes.positives)
        // Weighted by its labels, recall counts every example once: it is accuracy.
        case .weighted: recall = paired.test("recall", a.recall, b.recall, outcomes.all)
        case .macro: recall = paired.metric("recall", a.recall, b.recall, estimated[1])
        }
        var metrics: [MetricComparison] = [
            paired.test("accuracy", a.accuracy, b.accuracy, outcomes.all),
            paired.metric("precision", a.precision, b.precision, estimated[0]), recall,
            paired.metric("f1", a.f1, b.f1, estimated[2]),
        ]
        for (index, adjusted) in Holm.adjusted(metrics.map(\.pValue)).enumerated() {
            metrics[index].adjusted = adjusted
        }
        self.metrics = metrics
        discordant = outcomes.all
    }

    /// As many as wanted, as far as the work stays bounded; never fewer than 100.
    private static func resamples(_ wanted: Int?, cells: Int, _ limits: Limits) -> Int {
        let draws: Int = wanted == nil ? limits.comparisonDraws : limits.comparisonDrawsMax
        return max(100, min(wanted ?? limits.comparisonResamples, draws / max(1, cells)))
    }
}

/// What is known of a difference by other means than McNemar's test.
private struct Estimate {
    let interval: Interval
    let pValue: Double
    let method: MetricComparison.Method
}

private struct PairedTests {
    private let plan: ComparisonPlan

    init(_ plan: ComparisonPlan) { self.plan = plan }

    /// A metric that is the share of examples that a model gets right, of those that `discordant` is about.
    func test(
        _ name: String, _ a: Double, _ b: Double, _ discordant: JointOutcomes.Discordant
    ) -> MetricComparison {
        let (onlyA, onlyB): (Int, Int) = (discordant.onlyA, discordant.onlyB)
        let result: McNemar.Result = McNemar.test(onlyA: onlyA, onlyB: onlyB)
        let interval: Interval =
            discordant.examples == 0
            ? Interval(lower: 0, upper: 0)
            : PairedProportions.interval(
                onlyA: onlyA, onlyB: onlyB, pairs: discordant.examples, level: plan.confidence)
        return MetricComparison(
            name: name, a: a, b: b,
            difference: PairedProportions.difference(onlyA: onlyA, onlyB: onlyB, pairs: discordant.examples),
            interval: interval, method: result.method == .exactBinomial ? .mcNemarExact : .mcNemarCorrected,
            statistic: result.statistic, discordant: discordant, pValue: result.pValue)
    }

    func metric(_ name: String, _ a: Double, _ b: Double, _ estimate: Estimate) -> MetricComparison {
        MetricComparison(
            name: name, a: a, b: b, difference: b - a, interval: estimate.interval, method: estimate.method,
            statistic: nil, discordant: nil, pValue: estimate.pValue)
    }

    /// Normal intervals and p-values from standard errors.
    func estimates(_ a: Scores, _ b: Scores, _ errors: Scores) -> [Estimate] {
        let reach: Double = Normal.upperQuantile((1 - plan.confidence) / 2)
        return [
            (b.precision - a.precision, errors.precision), (b.recall - a.recall, errors.recall),
            (b.f1 - a.f1, errors.f1),
        ].map { difference, error in
            let pValue: Double = difference == 0 ? 1 : 2 * Normal.sf(abs(difference) / error)
            return Estimate(
                interval: Interval(around: difference, reach: reach * error), pValue: pValue, method: .jackknife)
        }
    }
}
