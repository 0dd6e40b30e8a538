internal import Glibc

/// Sample sizes for the comparison of two means, and what given samples can tell apart. Normal approximation with known
/// deviations (S.-C. Chow, J. Shao and H. Wang, "Sample Size Calculations in Clinical Research", 2nd ed. 2008, section 3.2.1,
/// for deviations that differ): for a few dozen observations or fewer Student's t asks for one or two more.
package enum TwoMeansPlan {
    /// The exact number on side A (B has `ratio` times as many) for a difference of means:
    /// (z_alpha + z_beta)^2 (deviationA^2 + deviationB^2 / r) / difference^2. Infinite where the difference is 0.
    package static func exactSize(
        difference: Double, deviationA: Double, deviationB: Double, _ plan: TestPlan
    ) -> Double {
        let reach: Double = plan.zSignificance + plan.zPower
        let sizes: Double = spread(deviationA, deviationB, plan.ratio) * reach / abs(difference)
        return sizes * sizes
    }

    /// The whole observations on each side; nil where the difference is 0.
    package static func size(
        difference: Double, deviationA: Double, deviationB: Double, _ plan: TestPlan
    ) -> SampleSize? {
        guard difference != 0 else { return nil }
        let exact: Double = exactSize(
            difference: difference, deviationA: deviationA, deviationB: deviationB, plan)
        return SampleSize(a: exact, ratio: plan.ratio)
    }

    /// The smallest difference of means, without its sign, that `nA` observations of A and `ratio` times as many of B find with
    /// the plan's power; nil without observations.
    package static func detectableEffect(
        deviationA: Double, deviationB: Double, nA: Int, _ plan: TestPlan
    ) -> Double? {
        guard nA > 0 else { return nil }
        let reach: Double = plan.zSignificance + plan.zPower
        return reach * spread(deviationA, deviationB, plan.ratio) / Double(nA).squareRoot()
    }

    private static func spread(_ deviationA: Double, _ deviationB: Double, _ ratio: Double) -> Double {
        hypot(deviationA, deviationB / ratio.squareRoot())
    }
}
