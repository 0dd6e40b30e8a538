internal import Glibc

/// The chi-square distribution.
package enum ChiSquare {
    /// The probability of a value above `x` with that many degrees of freedom: Q(degrees / 2, x / 2) (NIST DLMF 8.23), which for
    /// one degree is the complementary error function.
    package static func sf(_ x: Double, degrees: Double) -> Double {
        if x <= 0 { return 1 }
        if degrees == 1 { return erfc((x / 2).squareRoot()) }
        return IncompleteGamma.tails(a: degrees / 2, x: x / 2).upper
    }
}
