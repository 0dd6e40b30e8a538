import StemmaDigest

extension APIHarness {
    /// `sha256:` and the digest of the bytes.
    static func digest(_ bytes: [UInt8]) -> String { SHA256Hasher.digest(bytes).description }

    /// The field `Repr-Digest` of the bytes (RFC 9530).
    static func reprDigest(_ bytes: [UInt8]) -> String {
        "sha-256=:\(Base64.encode(SHA256Hasher.digest(bytes).bytes)):"
    }
}
