internal import Glibc

/// Sample sizes for the pooled z test of two proportions, and what given samples can tell apart. Normal approximation without
/// continuity correction: the variance is pooled where there is no difference and unpooled where there is one (J. L. Fleiss,
/// B. Levin and M. C. Paik, "Statistical Methods for Rates and Proportions", 3rd ed. 2003, equations 4.14 and 4.18).
package enum TwoProportionsPlan {
    /// The exact number on side A (B has `ratio` times as many) for rates `a` and `b`, both from 0 to 1: with the mean rate
    /// m = (a + r b) / (1 + r), ((z_alpha sqrt((r + 1) m (1 - m)) + z_beta sqrt(r a (1 - a) + b (1 - b)))^2) / (r (b - a)^2).
    /// Infinite where the rates are equal.
    package static func exactSize(a: Double, b: Double, _ plan: TestPlan) -> Double {
        let r: Double = plan.ratio
        let mean: Double = (a + r * b) / (1 + r)
        let pooled: Double = ((r + 1) * mean * (1 - mean)).squareRoot()
        let unpooled: Double = (r * a * (1 - a) + b * (1 - b)).squareRoot()
        let reach: Double = max(0, plan.zSignificance * pooled + plan.zPower * unpooled)
        return reach * reach / (r * (b - a) * (b - a))
    }

    /// The whole observations on each side; nil where the rates are equal.
    package static func size(a: Double, b: Double, _ plan: TestPlan) -> SampleSize? {
        a == b ? nil : SampleSize(a: exactSize(a: a, b: b, plan), ratio: plan.ratio)
    }

    /// The smallest rise (or fall) of B's rate from `a` that `nA` observations of A and `ratio` times as many of B find with the
    /// plan's power: positive for a rise, negative for a fall; nil where even the largest possible one is too small.
    package static func detectableEffect(a: Double, nA: Int, rise: Bool, _ plan: TestPlan) -> Double? {
        let end: Double = rise ? 1 : 0
        guard a != end, nA > 0, exactSize(a: a, b: end, plan) <= Double(nA) else { return nil }
        var near: Double = a
        var far: Double = end
        // What is needed falls as the rates part; halving ends where two neighbouring numbers are left.
        while true {
            let middle: Double = near + (far - near) / 2
            if middle == near || middle == far { return far - a }
            if exactSize(a: a, b: middle, plan) <= Double(nA) { far = middle } else { near = middle }
        }
    }
}
