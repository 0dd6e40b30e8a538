/// The binomial distribution.
package enum Binomial {
    /// The probability of `successes` or fewer in `trials`, each a success with probability `p` (NIST DLMF 8.17.24).
    package static func cdf(_ successes: Int, trials: Int, p: Double) -> Double {
        if successes < 0 { return 0 }
        if successes >= trials { return 1 }
        return IncompleteBeta.tails(x: p, y: 1 - p, a: Double(successes + 1), b: Double(trials - successes)).upper
    }

    /// The probability of more than `successes`.
    package static func sf(_ successes: Int, trials: Int, p: Double) -> Double {
        if successes < 0 { return 1 }
        if successes >= trials { return 0 }
        return IncompleteBeta.tails(x: p, y: 1 - p, a: Double(successes + 1), b: Double(trials - successes)).lower
    }
}
