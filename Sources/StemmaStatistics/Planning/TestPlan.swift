/// How sure a planned test is to be.
package struct TestPlan: Sendable {
    package enum Alternative: String, Sendable, CaseIterable {
        case twoSided = "two_sided"
        case greater
        case less
    }

    /// The chance of a difference where there is none: above 0, below 1 (one-sided: below 0.5).
    package let significance: Double
    /// The chance to find the difference where there is one; at least the significance, below 1.
    package let power: Double
    package let alternative: Alternative
    /// Observations of B for each one of A; positive.
    package let ratio: Double

    package init(significance: Double, power: Double, alternative: Alternative = .twoSided, ratio: Double = 1) {
        self.significance = significance
        self.power = power
        self.alternative = alternative
        self.ratio = ratio
    }

    /// The quantile that the statistic must pass.
    var zSignificance: Double {
        Normal.upperQuantile(alternative == .twoSided ? significance / 2 : significance)
    }

    var zPower: Double { Normal.upperQuantile(1 - power) }
}

/// Observations needed on each side.
package struct SampleSize: Equatable, Sendable {
    package let a: Int
    package let b: Int

    /// The unrounded number on side A, rounded up on both sides; nil where there is no such whole number.
    init?(a exact: Double, ratio: Double) {
        let first: Double = exact.rounded(.up)
        let second: Double = (exact * ratio).rounded(.up)
        guard let a = Int(exactly: first), let b = Int(exactly: second) else { return nil }
        self.a = max(1, a)
        self.b = max(1, b)
    }
}
