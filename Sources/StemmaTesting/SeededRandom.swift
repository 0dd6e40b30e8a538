internal import Glibc

/// Random values that come again for the same seed (SplitMix64), so that a failing random test can be run again: the seed
/// is printed, and taken back from the environment.
package struct SeededRandom: RandomNumberGenerator {
    /// What the sequence started from.
    package let seed: UInt64
    private var state: UInt64

    package init(seed: UInt64) {
        self.seed = seed
        state = seed
    }

    /// Takes the seed from `STEMMA_TEST_SEED`, else makes one; prints it.
    package init() { self = .fromEnvironment() }

    /// Takes the seed from the variable, else makes one; prints it.
    package static func fromEnvironment(_ variable: String = "STEMMA_TEST_SEED") -> SeededRandom {
        let given: UInt64? = getenv(variable).flatMap { UInt64(String(cString: $0)) }
        let seed: UInt64 = given ?? UInt64.random(in: 0...UInt64.max)
        print("\(variable)=\(seed)")
        return SeededRandom(seed: seed)
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed: UInt64 = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// That many random bytes.
    package mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
    }
}
