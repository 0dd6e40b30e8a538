package import StemmaDigest

/// The text of a token: `stm_` and 256 random bits in URL-safe Base64. Only its SHA-256 is ever stored.
package enum TokenSecret {
    package static let prefix: String = "stm_"
    private static let randomByteCount: Int = 32
    /// Longer text is refused before it is hashed.
    package static let maxBytes: Int = 128

    package static func make(_ environment: Environment) -> String {
        prefix + Base64.encode(environment.randomBytes(randomByteCount), as: .urlSafe)
    }

    package static func hash(_ secret: String) -> Digest {
        SHA256Hasher.digest(Array(secret.utf8))
    }
}
