internal import Glibc

/// The regularized incomplete beta function: the distribution that the tails of Student's t, of Fisher's F and of the
/// binomial are made of.
package enum IncompleteBeta {
    /// `lower` = I_x(a, b) and `upper` = I_y(b, a) = 1 - I_x(a, b), each to its own last digits, for positive `a` and `b` and
    /// `y` = 1 - `x` given apart, so that an `x` close to 1 loses nothing.
    package static func tails(x: Double, y: Double, a: Double, b: Double) -> (lower: Double, upper: Double) {
        if x <= 0 { return (0, 1) }
        if y <= 0 { return (1, 0) }
        // The fraction converges fast left of the mean; its complement is exact as long as it is not the small one.
        if x * b <= y * a {
            let lower: Double = fraction(x: x, y: y, a: a, b: b)
            return (lower, lower < 0.75 ? 1 - lower : fraction(x: y, y: x, a: b, b: a))
        }
        let upper: Double = fraction(x: y, y: x, a: b, b: a)
        return (upper < 0.75 ? 1 - upper : fraction(x: x, y: y, a: a, b: b), upper)
    }

    /// I_x(a, b) by the continued fraction of A. R. DiDonato and A. H. Morris ("Significant Digit Computation of the Incomplete
    /// Beta Function Ratios", ACM Transactions on Mathematical Software 18 (1992), p. 360-373, equation 9), evaluated by
    /// Lentz's method.
    private static func fraction(x: Double, y: Double, a: Double, b: Double) -> Double {
        let front: Double = SaddlePoint.binomial(a, b, p: x, q: y) * a * (b / (a + b))
        if front == 0 { return 0 }
        func denominator(_ n: Double) -> Double {
            let first: Double = n * (b - n) * x / (a + 2 * n - 1)
            let second: Double = (a + n) * (a * y - b * x + 1 + n * (1 + y)) / (a + 2 * n + 1)
            return n + (n == 0 ? 0 : first) + second
        }
        let lentz = Lentz(first: denominator(0)) { n in
            let step: Double = a + 2 * n - 1
            let numerator: Double = ((a + n - 1) / step) * ((a + b + n - 1) / step) * n * (b - n) * x * x
            return (numerator, denominator(n))
        }
        return min(1, front / lentz.value)
    }
}

/// The value of a continued fraction `b0 + a1 / (b1 + a2 / (b2 + ...))` by the modified Lentz method (W. J. Lentz, Applied
/// Optics 15 (1976), p. 668; I. J. Thompson and A. R. Barnett, Journal of Computational Physics 64 (1986), p. 490).
struct Lentz {
    let value: Double

    /// `term(n)` gives a_n and b_n for n = 1, 2, ...
    init(first: Double, _ term: (Double) -> (numerator: Double, denominator: Double)) {
        let tiny: Double = 1e-300
        var result: Double = first == 0 ? tiny : first
        var above: Double = result
        var below: Double = 0
        // The fractions here need in the order of the square root of their largest parameter.
        for step in 1...10_000_000 {
            let (a, b): (Double, Double) = term(Double(step))
            below = b + a * below
            if below == 0 { below = tiny }
            below = 1 / below
            above = b + a / above
            if above == 0 { above = tiny }
            let factor: Double = above * below
            result *= factor
            if abs(factor - 1) <= 2.3e-16 { break }
        }
        value = result
    }
}
