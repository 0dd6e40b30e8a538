internal import Glibc

/// Probabilities of the binomial and Poisson distributions by Loader's saddle-point expansion, which keeps its relative
/// accuracy where a difference of logarithms of gamma functions would lose seven digits (C. Loader, "Fast and Accurate
/// Computation of Binomial Probabilities", 2000, sections 2 to 4). Counts may be fractions: the incomplete beta and gamma
/// functions use them as powers.
enum SaddlePoint {
    /// `Gamma(n + 1) / (Gamma(k + 1) Gamma(n - k + 1)) p^k q^(n - k)` for `q` = 1 - `p`, given apart so that none of them
    /// loses digits; `k` and `rest` = n - k are positive.
    static func binomial(_ k: Double, _ rest: Double, p: Double, q: Double) -> Double {
        let n: Double = k + rest
        let correction: Double = stirlingError(n) - stirlingError(k) - stirlingError(rest)
        let exponent: Double = correction - deviance(k, times: n, p) - deviance(rest, times: n, q)
        return exp(exponent) * (n / (2 * .pi * k * rest)).squareRoot()
    }

    /// `x^a exp(-x) / Gamma(a + 1)` for positive `a` and `x`.
    static func poisson(_ a: Double, mean x: Double) -> Double {
        exp(-stirlingError(a) - deviance(a, times: x, 1)) / (2 * .pi * a).squareRoot()
    }

    /// `log Gamma(n + 1) - ((n + 1/2) log n - n + log(2 pi) / 2)`, what Stirling's formula leaves (Loader, section 3; the
    /// coefficients are those of Stirling's series, NIST DLMF 5.11.1).
    static func stirlingError(_ n: Double) -> Double {
        guard n > 15 else {
            return logGamma(n + 1) - ((n + 0.5) * log(n) - n + halfLogOfTwoPi)
        }
        let inverse: Double = 1 / n
        let square: Double = inverse * inverse
        var sum: Double = 691 / 360_360
        for divisor: Double in [1_188, 1_680, 1_260, 360, 12] { sum = 1 / divisor - square * sum }
        return sum * inverse
    }

    /// `x log(x / m) + m - x` for `m` = `n p`, without the cancellation near `x` = `m` (Loader, section 4); what the product
    /// loses in rounding is put back.
    static func deviance(_ x: Double, times n: Double, _ p: Double) -> Double {
        let m: Double = n * p
        let lost: Double = (-m).addingProduct(n, p)
        let distance: Double = (x - m) - lost
        let ratio: Double = distance / (x + m)
        guard abs(ratio) < 0.1 else { return x * log(x / m) - distance }
        // log(x / m) = 2 atanh(ratio), so the value is distance * ratio + 2 x (ratio^3 / 3 + ratio^5 / 5 + ...).
        var sum: Double = distance * ratio
        var power: Double = 2 * x * ratio
        var step: Double = 1
        while true {
            power *= ratio * ratio
            step += 2
            let next: Double = sum + power / step
            if next == sum { return next }
            sum = next
        }
    }

    /// `log Gamma(x)` for positive `x`.
    static func logGamma(_ x: Double) -> Double {
        var sign: Int32 = 0
        return lgamma_r(x, &sign)
    }

    private static let halfLogOfTwoPi: Double = 0.918_938_533_204_672_7
}
