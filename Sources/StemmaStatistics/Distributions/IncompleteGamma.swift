internal import Glibc

/// The regularized incomplete gamma function: the distribution that the tails of the chi-square and Poisson distributions are
/// made of.
package enum IncompleteGamma {
    /// `lower` = P(a, x) and `upper` = Q(a, x) = 1 - P(a, x), each to its own last digits, for positive `a`.
    package static func tails(a: Double, x: Double) -> (lower: Double, upper: Double) {
        if x <= 0 { return (0, 1) }
        if x == .infinity { return (1, 0) }
        if x < 1, a < 1 { return small(a: a, x: x) }
        if x < a {
            let lower: Double = series(a: a, x: x)
            return (lower, 1 - lower)
        }
        let upper: Double = fraction(a: a, x: x)
        return (1 - upper, upper)
    }

    /// P by its power series (NIST DLMF 8.7.1 with 8.2.4), whose terms are all positive.
    private static func series(a: Double, x: Double) -> Double {
        var term: Double = 1
        var sum: Double = 1
        var step: Double = a
        while term > sum * 1e-17 {
            step += 1
            term *= x / step
            sum += term
        }
        return sum * SaddlePoint.poisson(a, mean: x)
    }

    /// Q by Legendre's continued fraction (NIST DLMF 8.9.2, in its even part).
    private static func fraction(a: Double, x: Double) -> Double {
        let front: Double = SaddlePoint.poisson(a, mean: x) * a
        if front == 0 { return 0 }
        let lentz = Lentz(first: x + 1 - a) { n in (n * (a - n), x + 2 * n + 1 - a) }
        return front / lentz.value
    }

    /// Both where both parameters are below 1 and Q may be the small one: Q = 1 - x^a / Gamma(1 + a) * (1 - a S), where S is an
    /// alternating series (W. Gautschi, "A Computational Procedure for Incomplete Gamma Functions", ACM Transactions on
    /// Mathematical Software 5 (1979), p. 466-481, section 4.1).
    private static func small(a: Double, x: Double) -> (lower: Double, upper: Double) {
        let exponent: Double = a * log(x) - SaddlePoint.logGamma(1 + a)
        var term: Double = 1
        var sum: Double = 0
        var step: Double = 0
        repeat {
            step += 1
            term *= -x / step
            sum -= term / (a + step)
        } while abs(term) > abs(sum) * 1e-17
        let power: Double = exp(exponent)
        let rest: Double = power * a * sum
        return (power - rest, rest - expm1(exponent))
    }
}
