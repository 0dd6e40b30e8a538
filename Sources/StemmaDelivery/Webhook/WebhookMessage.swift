/// What is delivered: a body with the metadata of the Standard Webhooks specification 1.0.0.
package struct WebhookMessage: Equatable, Sendable {
    /// The longest identifier, in bytes.
    package static let idMaxBytes: Int = 128

    /// Of the event: the same for all attempts, so that receivers can drop repeats.
    package let id: String
    /// When this attempt is made, in Unix seconds.
    package let timestamp: Int64
    /// JSON.
    package let body: [UInt8]

    /// `id` is 1 to 128 of `A-Z a-z 0-9 _ -`. The specification forbids a dot in it, which would let a signed text be cut
    /// up in another way. `timestamp` is not negative; `body` is at most `DeliveryLimits.bodyMaxBytes` long.
    /// Throws `WebhookMessageError`.
    package init(id: String, timestamp: Int64, body: [UInt8]) throws(WebhookMessageError) {
        guard WebhookMessage.isIdentifier(id) else { throw .badID }
        guard timestamp >= 0 else { throw .badTimestamp }
        guard body.count <= DeliveryLimits.bodyMaxBytes else { throw .bodyTooLarge(bytes: body.count) }
        self.id = id
        self.timestamp = timestamp
        self.body = body
    }

    /// What is signed: `id.timestamp.body`.
    var signedBytes: [UInt8] { Array("\(id).\(timestamp).".utf8) + body }

    private static func isIdentifier(_ text: String) -> Bool {
        (1...idMaxBytes).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}

/// Why something cannot be delivered as a webhook.
package enum WebhookMessageError: Error, Equatable, Sendable, CustomStringConvertible {
    case badID
    case badTimestamp
    case bodyTooLarge(bytes: Int)

    /// One line for a person.
    package var description: String {
        switch self {
        case .badID:
            "a message identifier is 1 to \(WebhookMessage.idMaxBytes) letters, digits, underscores and hyphens"
        case .badTimestamp: "a message's timestamp is not negative"
        case .bodyTooLarge(let bytes):
            "a body of \(bytes) bytes is longer than the \(DeliveryLimits.bodyMaxBytes) that are sent"
        }
    }
}
