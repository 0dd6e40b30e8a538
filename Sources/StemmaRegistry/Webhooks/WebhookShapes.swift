package import StemmaJSON

/// What clients send about a webhook, and what they get back.
package enum WebhookShapes {
    private static let limits = Limits()
    /// The length is the transport's business, which says so in words of its own.
    private static let url: Shape = .text(maxBytes: 8_192, minBytes: 1, format: "uri")
    private static let type: Shape = .text(maxBytes: 100, minBytes: 1, example: "set_alias") { text in
        let isName: Bool = text.utf8.allSatisfy { (0x61...0x7A).contains($0) || $0 == 0x5F }
        return isName ? nil : "must be an event's type: lower-case letters and `_`"
    }
    private static let pattern: Shape = .text(maxBytes: 800, minBytes: 1, check: CommonShapes.oneLine)
    private static let types: Shape = .array(of: type, count: 0...limits.webhookPatterns)
    private static let patterns: Shape = .array(of: pattern, count: 0...limits.webhookPatterns)
    private static let eventsSummary: String = "Types of events as in `/v1/events`, e.g. `set_alias`; empty for all"
    private static let modelsSummary: String =
        "Name patterns with `*` and `?`; empty for all, and what is about no model"

    /// What makes a webhook.
    package static let request: Shape = .named(
        "WebhookRequest",
        .object([
            Shape.Field("url", url, required: true, "Absolute, `https` or `http`; to a public address unless allowed"),
            Shape.Field("events", .nullable(types), eventsSummary),
            Shape.Field("models", .nullable(patterns), modelsSummary),
            Shape.Field("description", CommonShapes.description),
            Shape.Field("enabled", .boolean, "True where absent"),
        ]))

    /// What changes one.
    package static let patch: Shape = .named(
        "WebhookPatch",
        .object([
            Shape.Field("url", url),
            Shape.Field("events", .nullable(types), eventsSummary),
            Shape.Field("models", .nullable(patterns), modelsSummary),
            Shape.Field("description", CommonShapes.description),
            Shape.Field("enabled", .boolean, "One that is enabled again gets events from then on"),
            Shape.Field(
                "rotate_secret", .boolean, "Answers a new secret; for 24 hours deliveries are signed with both"),
        ]))

    /// A webhook as answered.
    package static let document: Shape = .named(
        "Webhook",
        .object([
            Shape.Field("id", .text(maxBytes: 64), required: true),
            Shape.Field("url", url, required: true),
            Shape.Field("events", types, required: true, eventsSummary),
            Shape.Field("models", patterns, required: true, modelsSummary),
            Shape.Field(
                "scope", .array(of: .text(maxBytes: 800), count: 0...limits.webhookPatterns), required: true,
                "The models of the token that made it; it gets events of no others"),
            Shape.Field("description", CommonShapes.description, required: true),
            Shape.Field("enabled", .boolean, required: true),
            Shape.Field(
                "disabled_reason", .nullable(.choice(WebhookDisabledReason.allCases.map(\.rawValue))), required: true,
                "`gone`: the receiver answered 410; `failing`: it took nothing for days"),
            Shape.Field("disabled_at", .nullable(CommonShapes.time), required: true),
            Shape.Field(
                "failing_since", .nullable(CommonShapes.time), required: true,
                "The first of the attempts that failed since the last success"),
            Shape.Field(
                "old_secret_until", .nullable(CommonShapes.time), required: true,
                "Until then deliveries are signed with the secret before, too"),
            Shape.Field("created_at", CommonShapes.time, required: true),
            Shape.Field("created_by", .text(maxBytes: 500), required: true),
            Shape.Field("updated_at", CommonShapes.time, required: true),
            Shape.Field("etag", .text(maxBytes: 64), required: true),
            Shape.Field(
                "secret", .text(maxBytes: 128, example: "whsec_..."),
                "What deliveries are signed with (Standard Webhooks); answered once"),
        ]))

    private static let attempt: Shape = .named(
        "WebhookAttempt",
        .object([
            Shape.Field("number", .count, required: true),
            Shape.Field("at", CommonShapes.time, required: true),
            Shape.Field("duration_ms", .count, required: true),
            Shape.Field(
                "outcome", .text(maxBytes: 40), required: true,
                "The class of the answer's status, e.g. `4xx`, or why there is none"),
        ]))

    /// A delivery as answered.
    package static let delivery: Shape = .named(
        "WebhookDelivery",
        .object([
            Shape.Field("id", .text(maxBytes: 128), required: true, "Sent as `webhook-id` with every attempt"),
            Shape.Field("webhook_id", .text(maxBytes: 64), required: true),
            Shape.Field("sequence", .count, required: true, "The event's, in `/v1/events`"),
            Shape.Field("type", .text(maxBytes: 200), required: true),
            Shape.Field(
                "status", .choice(WebhookDeliveryStatus.allCases.map(\.rawValue)), required: true,
                "`pending`: not tried yet; `failed`: is tried again; `dead`: is not"),
            Shape.Field("next_attempt_at", .nullable(CommonShapes.time), required: true, "Of a failed one"),
            Shape.Field("created_at", CommonShapes.time, required: true),
            Shape.Field("ended_at", .nullable(CommonShapes.time), required: true),
            Shape.Field("attempts", .array(of: attempt, count: 0...100_000), required: true),
        ]))
}
