internal import StemmaDigest

/// A key that one webhook's deliveries are signed with: `whsec_` and the base 64 text of 24 to 64 random bytes (Standard
/// Webhooks 1.0.0, Signature scheme).
package struct WebhookSecret: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
    package static let prefix: String = "whsec_"
    /// How many bytes a secret may have.
    package static let byteCounts: ClosedRange<Int> = 24...64
    /// How many bytes a new secret should have: as many as the signature (RFC 2104 section 3).
    package static let newByteCount: Int = 32

    let key: [UInt8]

    /// A new secret of the given random bytes, 24 to 64 of them. Throws `WebhookSecretError.badLength`.
    package init(randomBytes: [UInt8]) throws(WebhookSecretError) {
        guard WebhookSecret.byteCounts.contains(randomBytes.count) else {
            throw .badLength(bytes: randomBytes.count)
        }
        key = randomBytes
    }

    /// Reads a secret in exactly the form that `text` has. Throws `WebhookSecretError`.
    package init(_ text: String) throws(WebhookSecretError) {
        guard text.utf8.starts(with: WebhookSecret.prefix.utf8) else { throw .noPrefix }
        guard let bytes = Base64.decode(text.utf8.dropFirst(WebhookSecret.prefix.utf8.count)) else {
            throw .notBase64
        }
        try self.init(randomBytes: bytes)
    }

    /// The secret itself, to be shown to its owner once and to be stored.
    package var text: String { WebhookSecret.prefix + Base64.encode(key) }

    /// Says that it is a secret and no more, so that none gets into a log.
    package var description: String { WebhookSecret.prefix + "***" }

    /// Shows nothing to `dump` and to failing tests either.
    package var customMirror: Mirror { Mirror(self, children: []) }

    /// Takes as long for any two secrets of one length.
    package static func == (left: WebhookSecret, right: WebhookSecret) -> Bool {
        ConstantTime.equal(left.key, right.key)
    }
}

/// Why a text is not a webhook secret.
package enum WebhookSecretError: Error, Equatable, Sendable, CustomStringConvertible {
    case noPrefix
    case notBase64
    case badLength(bytes: Int)

    /// One sentence for the client.
    package var description: String {
        switch self {
        case .noPrefix: "A webhook secret begins with `\(WebhookSecret.prefix)`."
        case .notBase64: "A webhook secret goes on with padded base 64 text after `\(WebhookSecret.prefix)`."
        case .badLength(let bytes):
            """
            A webhook secret is \(WebhookSecret.byteCounts.lowerBound) to \(WebhookSecret.byteCounts.upperBound) bytes \
            long, not \(bytes).
            """
        }
    }
}
