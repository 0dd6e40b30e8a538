/// A fast random generator that gives the same sequence for the same seed everywhere: xoshiro256**, its state filled from the
/// seed by SplitMix64 as its authors advise (D. Blackman and S. Vigna, "Scrambled Linear Pseudorandom Number Generators", ACM
/// Transactions on Mathematical Software 47 (2021), article 36; G. Steele, D. Lea and C. Flood, "Fast Splittable Pseudorandom
/// Number Generators", OOPSLA 2014, figure 17). Not for secrets.
package struct Xoshiro256: RandomNumberGenerator, Sendable {
    private var s0: UInt64
    private var s1: UInt64
    private var s2: UInt64
    private var s3: UInt64

    package init(seed: UInt64) {
        var state: UInt64 = seed
        s0 = Self.splitMix(&state)
        s1 = Self.splitMix(&state)
        s2 = Self.splitMix(&state)
        s3 = Self.splitMix(&state)
    }

    package mutating func next() -> UInt64 {
        let product: UInt64 = s1 &* 5
        let result: UInt64 = (product << 7 | product >> 57) &* 9
        let shifted: UInt64 = s1 << 17
        s2 ^= s0
        s3 ^= s1
        s1 ^= s2
        s0 ^= s3
        s2 ^= shifted
        s3 = s3 << 45 | s3 >> 19
        return result
    }

    /// Uniform between 0 and 1, neither of them: the middle of one of 2^52 equal parts.
    package mutating func uniform() -> Double { (Double(next() >> 12) + 0.5) * 0x1p-52 }

    private static func splitMix(_ state: inout UInt64) -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed: UInt64 = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
