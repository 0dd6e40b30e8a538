internal import StemmaDigest

/// Time, randomness and identifiers, injected so that tests decide them.
package struct Environment: Sendable {
    /// The wall clock.
    package let now: @Sendable () -> Timestamp
    /// That many unpredictable bytes.
    package let randomBytes: @Sendable (Int) -> [UInt8]

    package init(now: @escaping @Sendable () -> Timestamp, randomBytes: @escaping @Sendable (Int) -> [UInt8]) {
        self.now = now
        self.randomBytes = randomBytes
    }

    /// An identifier of `prefix` and 128 random bits in hexadecimal, e.g. `tok_5f0c...`.
    package func identifier(_ prefix: String) -> String {
        prefix + Hex.encode(randomBytes(16))
    }
}
