/// The comparison of two independent proportions.
package enum TwoProportions {
    package struct Result: Equatable, Sendable {
        /// The rate of B less that of A.
        package let difference: Double
        /// In standard errors under the hypothesis of one common rate; positive where B's rate is the higher. 0 where nobody or
        /// everybody succeeded.
        package let z: Double
        /// Two-sided; 1 where nobody or everybody succeeded.
        package let pValue: Double
        /// For the alternative that B's rate is higher.
        package let pValueGreater: Double
        /// For the alternative that B's rate is lower.
        package let pValueLess: Double
        /// Of the difference.
        package let interval: Interval
    }

    /// The pooled z test (J. L. Fleiss, B. Levin and M. C. Paik, "Statistical Methods for Rates and Proportions", 3rd ed. 2003,
    /// section 3.1, without the continuity correction) and the interval of confidence `level` by Newcombe's hybrid score (R. G.
    /// Newcombe, "Interval Estimation for the Difference between Independent Proportions", Statistics in Medicine 17 (1998),
    /// p. 873-890, method 10).
    ///
    /// Successes are from 0 to the trials of their side. Without trials on a side its rate may be any: p is 1 and the interval
    /// is all there is, -1 to 1.
    package static func test(
        successesA: Int, trialsA: Int, successesB: Int, trialsB: Int, level: Double
    ) -> Result {
        guard trialsA > 0, trialsB > 0 else {
            return Result(
                difference: 0, z: 0, pValue: 1, pValueGreater: 0.5, pValueLess: 0.5,
                interval: Interval(lower: -1, upper: 1))
        }
        let a = Rate(successesA, of: trialsA, level: level)
        let b = Rate(successesB, of: trialsB, level: level)
        let difference: Double = exactDifference(successesA, trialsA, successesB, trialsB)
        let below: Double = (squared(b.rate - b.score.lower) + squared(a.score.upper - a.rate)).squareRoot()
        let above: Double = (squared(b.score.upper - b.rate) + squared(a.rate - a.score.lower)).squareRoot()
        let interval = Interval(lower: difference - below, upper: difference + above)
        let successes: Int = successesA + successesB
        let trials: Int = trialsA + trialsB
        guard successes > 0, successes < trials else {
            return Result(
                difference: difference, z: 0, pValue: 1, pValueGreater: 0.5, pValueLess: 0.5, interval: interval)
        }
        let pooled: Double = Double(successes) / Double(trials)
        let failing: Double = Double(trials - successes) / Double(trials)
        let deviation: Double = (pooled * failing * (1 / Double(trialsA) + 1 / Double(trialsB))).squareRoot()
        let z: Double = difference / deviation
        return Result(
            difference: difference, z: z, pValue: 2 * Normal.sf(abs(z)), pValueGreater: Normal.sf(z),
            pValueLess: Normal.cdf(z), interval: interval)
    }

    private static func squared(_ x: Double) -> Double { x * x }

    /// From the cross products, which do not cancel in whole numbers where the rates are close.
    private static func exactDifference(
        _ successesA: Int, _ trialsA: Int, _ successesB: Int, _ trialsB: Int
    ) -> Double {
        let (left, leftOver): (Int, Bool) = successesB.multipliedReportingOverflow(by: trialsA)
        let (right, rightOver): (Int, Bool) = successesA.multipliedReportingOverflow(by: trialsB)
        if leftOver || rightOver {
            return Double(successesB) / Double(trialsB) - Double(successesA) / Double(trialsA)
        }
        return Double(left - right) / (Double(trialsA) * Double(trialsB))
    }
}

/// One observed rate with its score interval (E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical
/// Inference", Journal of the American Statistical Association 22 (1927), p. 209-212).
private struct Rate {
    let rate: Double
    let score: Interval

    init(_ successes: Int, of trials: Int, level: Double) {
        let n: Double = Double(trials)
        rate = Double(successes) / n
        let z: Double = Normal.upperQuantile((1 - level) / 2)
        let share: Double = z * z / n
        let centre: Double = (rate + share / 2) / (1 + share)
        let failing: Double = Double(trials - successes) / n
        let reach: Double = z * (rate * failing / n + share / (4 * n)).squareRoot() / (1 + share)
        score = Interval(
            lower: successes == 0 ? 0 : max(0, centre - reach),
            upper: successes == trials ? 1 : min(1, centre + reach))
    }
}
