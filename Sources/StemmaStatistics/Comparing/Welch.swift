/// The comparison of two means of independent samples whose variances may differ.
package enum Welch {
    package struct Result: Equatable, Sendable {
        /// The mean of B less that of A.
        package let difference: Double
        /// The difference in standard errors; infinite where the means differ and neither sample varies.
        package let t: Double
        package let degreesOfFreedom: Double
        /// Two-sided.
        package let pValue: Double
        /// For the alternative that B's mean is higher.
        package let pValueGreater: Double
        /// For the alternative that B's mean is lower.
        package let pValueLess: Double
        /// Of the difference.
        package let interval: Interval
    }

    /// Welch's t test with the degrees of freedom of Welch and Satterthwaite and the interval of confidence `level` (B. L. Welch,
    /// "The Generalization of 'Student's' Problem when Several Different Population Variances are Involved", Biometrika 34
    /// (1947), p. 28-35; F. E. Satterthwaite, Biometrics Bulletin 2 (1946), p. 110-114).
    ///
    /// The deviations are those of the samples (divided by n - 1), not negative. Two samples that do not vary prove that equal
    /// means are equal (p = 1) and others are not (p = 0), with an interval of no width. With fewer than two values on a side
    /// nothing is known of its spread: p is 1 and the interval has no bounds.
    package static func test(
        meanA: Double, deviationA: Double, nA: Int, meanB: Double, deviationB: Double, nB: Int, level: Double
    ) -> Result {
        let difference: Double = meanB - meanA
        guard nA > 1, nB > 1 else {
            return Result(
                difference: difference, t: 0, degreesOfFreedom: 0, pValue: 1, pValueGreater: 0.5, pValueLess: 0.5,
                interval: Interval(lower: -.infinity, upper: .infinity))
        }
        let errorA: Double = deviationA / Double(nA).squareRoot()
        let errorB: Double = deviationB / Double(nB).squareRoot()
        // Scaled by the larger one, so that squares neither overflow nor vanish.
        let scale: Double = max(errorA, errorB)
        guard scale > 0 else { return certain(difference, degrees: Double(nA + nB - 2)) }
        let partA: Double = (errorA / scale) * (errorA / scale)
        let partB: Double = (errorB / scale) * (errorB / scale)
        let sum: Double = partA + partB
        let degrees: Double = sum * sum / (partA * partA / Double(nA - 1) + partB * partB / Double(nB - 1))
        let error: Double = scale * sum.squareRoot()
        let t: Double = difference / error
        return Result(
            difference: difference, t: t, degreesOfFreedom: degrees,
            pValue: StudentT.twoSided(t, degrees: degrees), pValueGreater: StudentT.sf(t, degrees: degrees),
            pValueLess: StudentT.sf(-t, degrees: degrees),
            interval: Interval(
                around: difference, reach: error * StudentT.criticalValue(level: level, degrees: degrees)))
    }

    private static func certain(_ difference: Double, degrees: Double) -> Result {
        let interval = Interval(lower: difference, upper: difference)
        guard difference != 0 else {
            return Result(
                difference: 0, t: 0, degreesOfFreedom: degrees, pValue: 1, pValueGreater: 0.5, pValueLess: 0.5,
                interval: interval)
        }
        return Result(
            difference: difference, t: difference > 0 ? .infinity : -.infinity, degreesOfFreedom: degrees, pValue: 0,
            pValueGreater: difference > 0 ? 0 : 1, pValueLess: difference > 0 ? 1 : 0, interval: interval)
    }
}
