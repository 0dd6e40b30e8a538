/// The bootstrap of paired examples that are known by the counts of their joint cells: a resample of n examples with
/// replacement is one draw of the multinomial distribution (B. Efron and R. J. Tibshirani, "An Introduction to the Bootstrap",
/// 1993, chapters 6, 8 and 13).
package struct PairedBootstrap: Sendable {
    /// What the resamples say of one statistic.
    package struct Result: Equatable, Sendable {
        /// The percentile interval (Efron and Tibshirani, chapter 13).
        package let interval: Interval
        /// Two-sided, for the hypothesis that the statistic is 0: twice the smaller of the shares of resamples on either side of
        /// 0 (those at 0 on both), each counted with the sample itself (A. C. Davison and D. V. Hinkley, "Bootstrap Methods and
        /// their Application", 1997, section 4.2.3), at most 1. Never below 2 / (resamples + 1).
        package let pValue: Double
    }

    package let resamples: Int
    package let seed: UInt64
    /// Of the intervals.
    package let level: Double

    /// Takes a number of resamples of at least 1.
    package init(resamples: Int, seed: UInt64, level: Double) {
        self.resamples = resamples
        self.seed = seed
        self.level = level
    }

    /// Resamples the cells and gives each count vector to `statistics`, which puts as many values into `values` as it has.
    /// The same cells, seed and resamples give the same answer.
    package func run(
        cells: [Int], statistics count: Int, _ statistics: (_ cells: [Int], _ values: inout [Double]) -> Void
    ) -> [Result] {
        var random = Xoshiro256(seed: seed)
        let draw = Multinomial(cells)
        var drawn = [Int](repeating: 0, count: cells.count)
        var values = [Double](repeating: 0, count: count)
        var found: [[Double]] = (0..<count).map { _ in
            var one: [Double] = []
            one.reserveCapacity(resamples)
            return one
        }
        for _ in 0..<resamples {
            draw.sample(into: &drawn, &random)
            statistics(drawn, &values)
            for index in 0..<count { found[index].append(values[index]) }
        }
        return found.map { result(of: $0) }
    }

    /// For one statistic.
    package func run(cells: [Int], _ statistic: (_ cells: [Int]) -> Double) -> Result {
        run(cells: cells, statistics: 1) { cells, values in values[0] = statistic(cells) }[0]
    }

    private func result(of values: [Double]) -> Result {
        let sorted: [Double] = values.sorted()
        var below: Int = 0
        var above: Int = 0
        for value in values {
            if value <= 0 { below += 1 }
            if value >= 0 { above += 1 }
        }
        let share: Double = Double(min(below, above) + 1) / Double(values.count + 1)
        let tail: Double = (1 - level) / 2
        return Result(
            interval: Interval(lower: Self.quantile(tail, sorted), upper: Self.quantile(1 - tail, sorted)),
            pValue: min(1, 2 * share))
    }

    /// Between the order statistics (R. J. Hyndman and Y. Fan, "Sample Quantiles in Statistical Packages", The American
    /// Statistician 50 (1996), p. 361-365, definition 7).
    private static func quantile(_ share: Double, _ sorted: [Double]) -> Double {
        let position: Double = share * Double(sorted.count - 1)
        let index: Int = min(sorted.count - 1, max(0, Int(position)))
        let next: Int = min(sorted.count - 1, index + 1)
        return sorted[index] + (position - Double(index)) * (sorted[next] - sorted[index])
    }
}

/// Draws of the multinomial distribution by conditional binomials: each cell takes its share of what the cells before it left
/// (L. Devroye, "Non-Uniform Random Variate Generation", 1986, section XI.1.4).
package struct Multinomial: Sendable {
    private let total: Int
    /// For each cell its count over those of itself and all after it.
    private let shares: [Double]

    /// With probabilities in proportion to the counts, none of which is negative.
    package init(_ counts: [Int]) {
        var left: Int = counts.reduce(0, +)
        total = left
        shares = counts.map { count in
            defer { left -= count }
            return left == 0 ? 0 : Double(count) / Double(left)
        }
    }

    /// Puts one draw of as many as all counts together into `drawn`, which has a place for each cell.
    package func sample(into drawn: inout [Int], _ random: inout Xoshiro256) {
        var left: Int = total
        for index in shares.indices {
            let taken: Int = BinomialSampler.sample(trials: left, p: shares[index], &random)
            drawn[index] = taken
            left -= taken
        }
    }
}
