internal import StemmaDigest

/// Signatures of webhooks: HMAC-SHA256 in the form of the Standard Webhooks specification 1.0.0 (`v1`).
package enum WebhookSignature {
    package static let idField: String = "webhook-id"
    package static let timestampField: String = "webhook-timestamp"
    package static let signatureField: String = "webhook-signature"

    /// How old or how far in the future an attempt may be when it arrives, in seconds.
    package static let toleranceSeconds: Int64 = 300
    /// How many signatures of a field are looked at; more are refused.
    package static let signaturesMax: Int = 16

    /// The value of `webhook-signature`: one signature for each secret, in their order, separated by spaces. There is more
    /// than one secret while a new one replaces an old one. Signing with none is a programmer error.
    package static func fieldValue(of message: WebhookMessage, secrets: [WebhookSecret]) -> String {
        precondition(!secrets.isEmpty, "a webhook is not signed")
        let bytes: [UInt8] = message.signedBytes
        return secrets.map { version + Base64.encode(HMACSHA256.code(key: $0.key, message: bytes)) }
            .joined(separator: " ")
    }

    /// Checks what a receiver gets, as it gets it. It is enough that one signature is by one of the secrets; those of
    /// other versions are passed over. `now` is in Unix seconds. Throws `WebhookVerificationError`.
    package static func verify(
        id: String, timestamp: String, signature: String, body: [UInt8], secrets: [WebhookSecret], now: Int64,
        toleranceSeconds: Int64 = WebhookSignature.toleranceSeconds
    ) throws(WebhookVerificationError) {
        let isNumber: Bool =
            (1...15).contains(timestamp.utf8.count) && timestamp.utf8.allSatisfy { (0x30...0x39).contains($0) }
        guard isNumber, let seconds = Int64(timestamp),
            let message = try? WebhookMessage(id: id, timestamp: seconds, body: body)
        else { throw .malformed }
        // The text is signed, not the number, so no other spelling of the number may pass.
        guard String(seconds) == timestamp else { throw .malformed }
        let age: (partialValue: Int64, overflow: Bool) = now.subtractingReportingOverflow(seconds)
        guard !age.overflow, age.partialValue.magnitude <= toleranceSeconds.magnitude else {
            throw .outsideTolerance
        }
        let signatures: [Substring] = signature.split(separator: " ")
        guard signatures.count <= signaturesMax else { throw .malformed }
        let given: [[UInt8]] = signatures.filter { $0.hasPrefix(version) }
            .compactMap { Base64.decode($0.utf8.dropFirst(version.utf8.count)) }
        let bytes: [UInt8] = message.signedBytes
        for secret in secrets {
            let code: [UInt8] = HMACSHA256.code(key: secret.key, message: bytes)
            if given.contains(where: { ConstantTime.equal($0, code) }) { return }
        }
        throw .noMatch
    }

    private static let version: String = "v1,"
}

/// Why a received webhook is not to be trusted.
package enum WebhookVerificationError: Error, Equatable, Sendable {
    /// The identifier, the timestamp, or the list of signatures is not one.
    case malformed
    /// Sent too long ago, or by a clock that is too far ahead: perhaps a replay.
    case outsideTolerance
    /// None of the signatures is by one of the secrets.
    case noMatch
}
