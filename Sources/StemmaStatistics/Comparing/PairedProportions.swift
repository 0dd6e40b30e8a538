/// The difference of two proportions measured on the same examples.
package enum PairedProportions {
    /// The share of examples that B gets right less the share that A does.
    package static func difference(onlyA: Int, onlyB: Int, pairs: Int) -> Double {
        pairs == 0 ? 0 : Double(onlyB - onlyA) / Double(pairs)
    }

    /// Wald's interval of that difference on the discordant cells b = `onlyB` and c = `onlyA` of n `pairs`:
    /// (b - c) / n +- z sqrt((b + c) - (b - c)^2 / n) / n (J. L. Fleiss, B. Levin and M. C. Paik, "Statistical Methods for Rates
    /// and Proportions", 3rd ed. 2003, section 13.1.1, without the continuity correction).
    package static func interval(onlyA: Int, onlyB: Int, pairs: Int, level: Double) -> Interval {
        guard pairs > 0 else { return Interval(lower: -1, upper: 1) }
        let n: Double = Double(pairs)
        let surplus: Double = Double(onlyB - onlyA)
        let spread: Double = max(0, Double(onlyA + onlyB) - surplus * surplus / n)
        let reach: Double = Normal.upperQuantile((1 - level) / 2) * spread.squareRoot() / n
        return Interval(around: surplus / n, reach: reach)
    }
}
