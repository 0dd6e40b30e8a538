internal import Glibc

/// Random numbers of the binomial distribution, in a time that does not grow with the number of trials.
package enum BinomialSampler {
    /// The number of successes in `trials` with probability `p` each (from 0 to 1).
    package static func sample(trials: Int, p: Double, _ random: inout Xoshiro256) -> Int {
        if trials <= 0 || p <= 0 { return 0 }
        if p >= 1 { return trials }
        if p > 0.5 { return trials - sample(trials: trials, p: 1 - p, &random) }
        return Double(trials) * p < 10
            ? inversion(trials: trials, p: p, &random) : rejection(trials: trials, p: p, &random)
    }

    /// Algorithm BINV: goes up the distribution function (V. Kachitvichyanukul and B. Schmeiser, "Binomial Random Variate
    /// Generation", Communications of the ACM 31 (1988), p. 216-222). Right for small `trials * p` only.
    private static func inversion(trials: Int, p: Double, _ random: inout Xoshiro256) -> Int {
        let odds: Double = p / (1 - p)
        let slope: Double = Double(trials + 1) * odds
        let none: Double = exp(Double(trials) * log1p(-p))
        while true {
            var left: Double = random.uniform()
            var probability: Double = none
            var count: Int = 0
            while left > probability, count <= trials {
                left -= probability
                count += 1
                probability *= slope / Double(count) - odds
            }
            // Rounding may leave a little of the unit interval over: draw again.
            if count <= trials { return count }
        }
    }

    /// Algorithm BTRS: transformed rejection with squeeze (W. Hörmann, "The Generation of Binomial Random Variates", Journal of
    /// Statistical Computation and Simulation 46 (1993), p. 101-110). For `trials * p` of at least 10 and `p` up to 1/2.
    private static func rejection(trials: Int, p: Double, _ random: inout Xoshiro256) -> Int {
        let n: Double = Double(trials)
        let deviation: Double = (n * p * (1 - p)).squareRoot()
        let b: Double = 1.15 + 2.53 * deviation
        let a: Double = -0.0873 + 0.0248 * b + 0.01 * p
        let centre: Double = n * p + 0.5
        let squeeze: Double = 0.92 - 4.2 / b
        while true {
            let u: Double = random.uniform() - 0.5
            var v: Double = random.uniform()
            let distance: Double = 0.5 - abs(u)
            let k: Double = ((2 * a / distance + b) * u + centre).rounded(.down)
            if distance >= 0.07, v <= squeeze { return Int(k) }
            guard k >= 0, k <= n else { continue }
            let alpha: Double = (2.83 + 5.1 / b) * deviation
            v = log(v * alpha / (a / (distance * distance) + b))
            if v <= logRatio(k, n, p) { return Int(k) }
        }
    }

    /// The logarithm of the probability of `k` over that of the mode.
    private static func logRatio(_ k: Double, _ n: Double, _ p: Double) -> Double {
        let odds: Double = p / (1 - p)
        let mode: Double = ((n + 1) * p).rounded(.down)
        let first: Double = (mode + 0.5) * log((mode + 1) / (odds * (n - mode + 1)))
        let second: Double = (n + 1) * log((n - mode + 1) / (n - k + 1))
        let third: Double = (k + 0.5) * log(odds * (n - k + 1) / (k + 1))
        return first + second + third + tail(mode) + tail(n - mode) - tail(k) - tail(n - k)
    }

    /// log k! - (log(2 pi) / 2 + (k + 1/2) log(k + 1) - (k + 1)) (Hörmann, equation 7 and the table after it).
    private static func tail(_ k: Double) -> Double {
        if k < 10 { return tails[Int(k)] }
        let inverse: Double = 1 / (k + 1)
        let square: Double = inverse * inverse
        return (1.0 / 12 - (1.0 / 360 - square / 1_260) * square) * inverse
    }

    private static let tails: [Double] = (0..<10).map { count in
        let k: Double = Double(count)
        return SaddlePoint.logGamma(k + 1) - (0.918_938_533_204_672_7 + (k + 0.5) * log(k + 1) - (k + 1))
    }
}
