internal import Glibc

/// What a number of paired examples can tell apart.
package enum PairedPlan {
    /// The smallest difference of two paired proportions, without its sign, that McNemar's test finds with the plan's power in
    /// `pairs` pairs of which the share `discordant` (from 0 to 1) is discordant; nil where even a difference of all discordant
    /// pairs would be too small.
    ///
    /// It solves d sqrt(n) = z_alpha sqrt(s) + z_beta sqrt(s - d^2) for d, with s the share of discordant pairs (R. J. Connor,
    /// "Sample Size for Testing Differences in Proportions for the Paired-Sample Design", Biometrics 43 (1987), p. 207-211,
    /// equation 3). The plan's ratio has no meaning here.
    package static func detectableDifference(pairs: Int, discordant: Double, _ plan: TestPlan) -> Double? {
        guard pairs > 0, discordant > 0 else { return nil }
        let n: Double = Double(pairs)
        let zBeta: Double = plan.zPower
        let needed: Double = plan.zSignificance * discordant.squareRoot()
        // The larger root of (n + zBeta^2) d^2 - 2 sqrt(n) needed d + needed^2 - zBeta^2 s = 0.
        let leading: Double = n + zBeta * zBeta
        let rest: Double = needed * needed - zBeta * zBeta * discordant
        let root: Double = max(0, n * needed * needed - leading * rest).squareRoot()
        let difference: Double = (n.squareRoot() * needed + root) / leading
        return difference <= discordant ? difference : nil
    }
}
