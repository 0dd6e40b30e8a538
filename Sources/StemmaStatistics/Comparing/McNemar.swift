/// McNemar's test of whether two classifiers are right equally often on the same examples (Q. McNemar, "Note on the Sampling
/// Error of the Difference between Correlated Proportions or Percentages", Psychometrika 12 (1947), p. 153-157).
package enum McNemar {
    package enum Method: String, Sendable {
        /// The two-sided binomial test of an equal split of the discordant pairs.
        case exactBinomial = "exact_binomial"
        /// Chi-square with one degree of freedom and the continuity correction of A. L. Edwards (Psychometrika 13 (1948), p. 185).
        case chiSquareCorrected = "chi_square_corrected"
    }

    package struct Result: Equatable, Sendable {
        package let method: Method
        /// The smaller of the two counts for the exact test, else chi-square.
        package let statistic: Double
        /// Two-sided.
        package let pValue: Double
    }

    /// With fewer discordant pairs the exact test is made.
    package static let exactBelow: Int = 25

    /// Tests the discordant pairs: `onlyA` that A alone got right, `onlyB` that B alone did. Neither is negative.
    package static func test(onlyA: Int, onlyB: Int) -> Result {
        onlyA + onlyB < exactBelow
            ? exactBinomial(onlyA: onlyA, onlyB: onlyB) : chiSquareCorrected(onlyA: onlyA, onlyB: onlyB)
    }

    /// Twice the smaller binomial tail, at most 1; 1 where there are no discordant pairs.
    package static func exactBinomial(onlyA: Int, onlyB: Int) -> Result {
        let smaller: Int = min(onlyA, onlyB)
        let pairs: Int = onlyA + onlyB
        // A sum of whole numbers where a double holds it, so that an even split is exactly 1.
        let tail: Double =
            pairs <= 50 ? halves(upTo: smaller, of: pairs) : Binomial.cdf(smaller, trials: pairs, p: 0.5)
        return Result(method: .exactBinomial, statistic: Double(smaller), pValue: min(1, 2 * tail))
    }

    /// The binomial distribution function for probability 1/2 and at most 50 trials, exact.
    private static func halves(upTo last: Int, of trials: Int) -> Double {
        var coefficient: Int = 1
        var sum: Int = 1
        for count in 0..<last {
            coefficient = coefficient * (trials - count) / (count + 1)
            sum += coefficient
        }
        return Double(sum) / Double(1 << trials)
    }

    /// `(|onlyA - onlyB| - 1)^2 / (onlyA + onlyB)`; p = 1 where there are no discordant pairs.
    package static func chiSquareCorrected(onlyA: Int, onlyB: Int) -> Result {
        guard onlyA + onlyB > 0 else { return Result(method: .chiSquareCorrected, statistic: 0, pValue: 1) }
        let distance: Double = Double(abs(onlyA - onlyB) - 1)
        let statistic: Double = distance * distance / Double(onlyA + onlyB)
        return Result(
            method: .chiSquareCorrected, statistic: statistic, pValue: ChiSquare.sf(statistic, degrees: 1))
    }
}
