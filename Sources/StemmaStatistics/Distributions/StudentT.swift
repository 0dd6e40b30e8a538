internal import Glibc

/// Student's t distribution with any positive number of degrees of freedom.
package enum StudentT {
    /// The probability of a value further from 0 than `t` on either side: I_x(degrees / 2, 1/2) at
    /// x = degrees / (degrees + t^2) (M. Abramowitz and I. A. Stegun, "Handbook of Mathematical Functions", 26.7.1 with 26.5.27).
    package static func twoSided(_ t: Double, degrees: Double) -> Double { areas(t, degrees).outside }

    /// The probability of a value above `t`.
    package static func sf(_ t: Double, degrees: Double) -> Double {
        let (outside, inside): (Double, Double) = areas(t, degrees)
        if t >= 0 { return outside / 2 }
        return outside < 0.5 ? 1 - outside / 2 : 0.5 + inside / 2
    }

    /// The value that is exceeded with probability `p`, from 0 to 1.
    package static func upperQuantile(_ p: Double, degrees: Double) -> Double {
        if p > 0.5 { return -positiveQuantile(outside: 2 * (1 - p), inside: 2 * p - 1, degrees) }
        return positiveQuantile(outside: 2 * p, inside: 1 - 2 * p, degrees)
    }

    /// The value that the share `level` (from 0 to 1) of all values are no further from 0 than: half the width of an interval of
    /// that confidence, in standard errors.
    package static func criticalValue(level: Double, degrees: Double) -> Double {
        positiveQuantile(outside: 1 - level, inside: level, degrees)
    }

    /// The shares of values beyond `t` and -`t` and between them.
    private static func areas(_ t: Double, _ degrees: Double) -> (outside: Double, inside: Double) {
        if degrees == .infinity { return (erfc(abs(t) * halfRoot), erf(abs(t) * halfRoot)) }
        // The square of a huge t overflows, of a tiny one vanishes: only ratios are needed.
        let root: Double = degrees.squareRoot()
        let ratio: Double = abs(t) / root
        if ratio > 1e150 { return (farTail(ratio, degrees), 1) }
        let share: Double = 1 + ratio * ratio
        let tails: (lower: Double, upper: Double) = IncompleteBeta.tails(
            x: 1 / share, y: ratio * ratio / share, a: degrees / 2, b: 0.5)
        return (tails.lower, tails.upper)
    }

    /// I_x(a, b) ~ x^a / (a B(a, b)) as x goes to 0, for x = 1 / ratio^2 and b = 1/2.
    private static func farTail(_ ratio: Double, _ degrees: Double) -> Double {
        let a: Double = degrees / 2
        let logBeta: Double =
            SaddlePoint.logGamma(a) + SaddlePoint.logGamma(0.5) - SaddlePoint.logGamma(a + 0.5)
        return exp(-degrees * log(ratio) - logBeta) / a
    }

    /// Newton's method on the logarithm of the smaller area as a function of log t. The density of log |t| is log-concave, and
    /// so are both its integrals (A. Prékopa, "On Logarithmic Concave Measures and Functions", Acta Scientiarum Mathematicarum
    /// 34 (1973), p. 335-343): the steps come from one side and cannot run away.
    private static func positiveQuantile(outside: Double, inside: Double, _ degrees: Double) -> Double {
        if inside <= 0 { return 0 }
        if outside <= 0 { return .infinity }
        if degrees == .infinity { return Normal.upperQuantile(outside / 2) }
        let isTail: Bool = outside < inside
        let target: Double = log(isTail ? outside : inside)
        var s: Double = log(Normal.upperQuantile(outside / 2))
        for _ in 0..<200 {
            let ratio: Double = exp(s) / degrees.squareRoot()
            let found: (outside: Double, inside: Double) = areas(exp(s), degrees)
            let area: Double = isTail ? found.outside : found.inside
            let step: Double = (log(area) - target) / (slope(ratio, degrees, area: area) * (isTail ? -1 : 1))
            s -= step
            if s > 709 { return .infinity }
            if abs(step) < 1e-15 * max(1, abs(s)) { break }
        }
        return exp(s)
    }

    /// How fast the logarithm of an area changes with log t, without its sign: 2 x^a y^b / B(a, b) in terms of `areas`, over
    /// the area.
    private static func slope(_ ratio: Double, _ degrees: Double, area: Double) -> Double {
        let square: Double = ratio * ratio
        if square > 1e100 { return degrees }
        let a: Double = degrees / 2
        let term: Double = SaddlePoint.binomial(a, 0.5, p: 1 / (1 + square), q: square / (1 + square))
        return term * (a / (a + 0.5)) / area
    }

    private static let halfRoot: Double = 0.707_106_781_186_547_6
}
