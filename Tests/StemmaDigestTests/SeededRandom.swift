import Glibc

/// A repeatable generator (SplitMix64). Its seed is printed, and taken from `STEMMA_TEST_SEED` when that is set.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    static func fromEnvironment() -> SeededRandom {
        let given: UInt64? = getenv("STEMMA_TEST_SEED").flatMap { UInt64(String(cString: $0)) }
        let seed: UInt64 = given ?? UInt64.random(in: 0...UInt64.max)
        print("STEMMA_TEST_SEED=\(seed)")
        return SeededRandom(state: seed)
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed: UInt64 = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
    }
}
