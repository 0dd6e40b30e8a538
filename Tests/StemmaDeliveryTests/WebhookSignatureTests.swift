import StemmaDelivery
import StemmaDigest
import Testing

@Suite struct WebhookSignatureTests {
    private static let secretText: String = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    private static let secret: WebhookSecret = try! WebhookSecret(secretText)
    private static let otherSecret: WebhookSecret = try! WebhookSecret(randomBytes: [UInt8](0..<32))
    private static let body: [UInt8] = Array(#"{"test": 2432232314}"#.utf8)
    private static let id: String = "msg_p5jXN8AQM9LWM0D4loKWxJek"
    private static let time: Int64 = 1_614_265_330

    private static var message: WebhookMessage {
        get throws { try WebhookMessage(id: id, timestamp: time, body: body) }
    }

    /// The example of the Standard Webhooks libraries; the second one was made with Python's `hmac`.
    @Test func knownAnswers() throws {
        let signature: String = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        let other: String = "v1,O4Gjv1HqPqsMrjmczoggs/sWA8gZD0VyHG+fLh4+ktI="
        let message: WebhookMessage = try Self.message
        #expect(WebhookSignature.fieldValue(of: message, secrets: [Self.secret]) == signature)
        #expect(WebhookSignature.fieldValue(of: message, secrets: [Self.otherSecret]) == other)
        #expect(
            WebhookSignature.fieldValue(of: message, secrets: [Self.secret, Self.otherSecret])
                == "\(signature) \(other)")
    }

    private func verify(
        id: String = Self.id, timestamp: String = "\(Self.time)", signature: String? = nil, body: [UInt8] = Self.body,
        secrets: [WebhookSecret] = [Self.secret], now: Int64 = Self.time
    ) throws {
        try WebhookSignature.verify(
            id: id, timestamp: timestamp,
            signature: try signature ?? WebhookSignature.fieldValue(of: Self.message, secrets: [Self.secret]),
            body: body,
            secrets: secrets, now: now)
    }

    @Test func acceptsItsOwn() throws {
        try verify()
        try verify(now: Self.time + 300)
        try verify(now: Self.time - 300)
        try verify(secrets: [Self.otherSecret, Self.secret])
        let both: String = WebhookSignature.fieldValue(of: try Self.message, secrets: [Self.otherSecret, Self.secret])
        try verify(signature: both)
        try verify(signature: "v1a,AAAA v2,x  nonsense " + both)
    }

    @Test func refusesWhatIsNotSigned() throws {
        let good: String = WebhookSignature.fieldValue(of: try Self.message, secrets: [Self.secret])
        #expect(throws: WebhookVerificationError.noMatch) { try verify(body: Self.body + [0x20]) }
        #expect(throws: WebhookVerificationError.noMatch) { try verify(id: Self.id + "x") }
        #expect(throws: WebhookVerificationError.noMatch) { try verify(timestamp: "\(Self.time + 1)") }
        #expect(throws: WebhookVerificationError.noMatch) { try verify(secrets: [Self.otherSecret]) }
        #expect(throws: WebhookVerificationError.noMatch) { try verify(secrets: []) }
        for signature in [
            "", "v1,", "v1", "v2" + good.dropFirst(2), good + "=", String(good.dropFirst(3)), "V" + good.dropFirst(),
        ] {
            #expect(throws: WebhookVerificationError.noMatch, "\(signature)") { try verify(signature: signature) }
        }
    }

    @Test func refusesWhatIsTooOldOrTooNew() {
        for now in [Self.time + 301, Self.time - 301, 0, .max, .min] {
            #expect(throws: WebhookVerificationError.outsideTolerance) { try verify(now: now) }
        }
    }

    @Test func refusesOtherSpellings() {
        for timestamp in ["", "-1", "+\(Self.time)", "0\(Self.time)", "\(Self.time).0", "1e9", "9999999999999999999"] {
            #expect(throws: WebhookVerificationError.malformed, "\(timestamp)") { try verify(timestamp: timestamp) }
        }
        for id in ["", "a.b", "a b", "\u{E9}", String(repeating: "a", count: 129)] {
            #expect(throws: WebhookVerificationError.malformed, "\(id)") { try verify(id: id) }
        }
        let many: String = [String](repeating: "v1,AAAA", count: 17).joined(separator: " ")
        #expect(throws: WebhookVerificationError.malformed) { try verify(signature: many) }
    }

    private static let badSecrets: [(String, WebhookSecretError)] = [
        ("", .noPrefix), ("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", .noPrefix),
        ("WHSEC_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", .noPrefix), ("whsk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", .noPrefix),
        ("whsec_", .badLength(bytes: 0)), ("whsec_!", .notBase64),
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n", .notBase64),
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS", .notBase64),
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLQ==", .badLength(bytes: 22)),
        ("whsec_" + Base64.encode([UInt8](repeating: 1, count: 23)), .badLength(bytes: 23)),
        ("whsec_" + Base64.encode([UInt8](repeating: 1, count: 65)), .badLength(bytes: 65)),
    ]

    @Test(arguments: badSecrets)
    func refusesBadSecrets(text: String, expected: WebhookSecretError) {
        #expect(throws: expected) { try WebhookSecret(text) }
        #expect(expected.description.hasSuffix("."))
    }

    @Test func secretsRoundTrip() throws {
        #expect(Self.secret.text == Self.secretText)
        for count in [24, 32, 64] {
            let secret = try WebhookSecret(randomBytes: [UInt8](repeating: 0xA5, count: count))
            #expect(try WebhookSecret(secret.text) == secret)
            #expect(secret != Self.secret)
        }
        for count in [0, 23, 65] {
            #expect(throws: WebhookSecretError.badLength(bytes: count)) {
                try WebhookSecret(randomBytes: [UInt8](repeating: 0xA5, count: count))
            }
        }
        #expect(WebhookSecret.byteCounts.contains(WebhookSecret.newByteCount))
    }

    @Test func secretsDoNotPrintThemselves() {
        var dumped: String = ""
        dump(Self.secret, to: &dumped)
        for text in ["\(Self.secret)", String(reflecting: Self.secret), dumped] {
            #expect(!text.contains("MfKQ") && !text.contains("\(0x31)"), "\(text)")
        }
    }

    @Test func messagesHaveLimits() throws {
        _ = try WebhookMessage(id: String(repeating: "a", count: 128), timestamp: 0, body: [])
        let largest = [UInt8](repeating: 0, count: DeliveryLimits.bodyMaxBytes)
        _ = try WebhookMessage(id: "a_b-9", timestamp: 0, body: largest)
        #expect(throws: WebhookMessageError.bodyTooLarge(bytes: largest.count + 1)) {
            try WebhookMessage(id: "a", timestamp: 0, body: largest + [0])
        }
        #expect(throws: WebhookMessageError.badTimestamp) { try WebhookMessage(id: "a", timestamp: -1, body: []) }
        for id in ["", "a.b", "a\r\nb", "a b", "\u{E9}", String(repeating: "a", count: 129)] {
            #expect(throws: WebhookMessageError.badID) { try WebhookMessage(id: id, timestamp: 0, body: []) }
        }
    }
}
