internal import StemmaJSON

/// The one representation of a webhook, wherever it is answered.
enum WebhookDocument {
    static func represent(_ record: WebhookRecord) -> Representation {
        let state: WebhookState = record.state
        var writer = JSONWriter(capacity: 1_024)
        writer.beginObject()
        writer.field("id", record.id)
        writer.field("url", state.content.url)
        writer.field("events", state.content.events)
        writer.field("models", state.content.models)
        writer.field("scope", record.scope)
        writer.field("description", state.content.description)
        writer.field("enabled", state.content.isEnabled)
        writer.field("disabled_reason", state.disabledReason?.rawValue)
        writer.field("disabled_at", state.disabled?.description)
        writer.field("failing_since", state.health.failingSince?.description)
        writer.field("old_secret_until", state.oldSecretUntil?.description)
        writer.field("created_at", record.created.description)
        writer.field("created_by", record.createdBy)
        writer.field("updated_at", record.updated.description)
        return EntityTag.seal(writer.bytes)
    }

    /// With the secret, which is no part of what the entity tag stands for.
    static func reveal(_ secret: String, in representation: Representation) -> [UInt8] {
        var writer = JSONWriter(capacity: 128)
        writer.value(secret)
        return representation.body.dropLast() + Array(",\"secret\":".utf8) + writer.finish() + Array("}".utf8)
    }
}

/// A delivery as answered.
enum WebhookDeliveryDocument {
    static func represent(
        _ record: WebhookDeliveryRecord, of webhook: WebhookRecord, _ reader: any MetadataReader
    ) throws -> [UInt8] {
        var writer = JSONWriter(capacity: 512)
        writer.beginObject()
        writer.field("id", WebhookMessageID.text(webhook: webhook.id, sequence: record.sequence))
        writer.field("webhook_id", webhook.id)
        writer.field("sequence", record.sequence)
        writer.field("type", record.type)
        writer.field("status", record.status.rawValue)
        writer.field("next_attempt_at", record.due?.description)
        writer.field("created_at", record.created.description)
        writer.field("ended_at", record.ended?.description)
        writer.key("attempts")
        writer.beginArray()
        for attempt in try reader.webhookAttempts(webhook: record.webhookKey, event: record.sequence) {
            writer.beginObject()
            writer.field("number", attempt.number)
            writer.field("at", attempt.at.description)
            writer.field("duration_ms", attempt.milliseconds)
            writer.field("outcome", attempt.outcome)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.finish()
    }
}

/// The identity of one event for one webhook, in requests to the receiver and in paths. It is made of both, so that no
/// restart and no repeat can give the same event another one.
enum WebhookMessageID {
    /// `whk_<hex>_<sequence>`.
    static func text(webhook id: String, sequence: Int64) -> String { "\(id)_\(sequence)" }

    /// The event's sequence; nil for what is no delivery of that webhook.
    static func sequence(_ text: String, webhook id: String) -> Int64? {
        guard text.hasPrefix(id + "_"), let sequence = Int64(text.dropFirst(id.count + 1)),
            self.text(webhook: id, sequence: sequence) == text
        else { return nil }
        return sequence
    }
}

/// What is sent: the envelope of the Standard Webhooks specification 1.0.0 around the change feed's entry.
enum WebhookBody {
    static func make(_ event: ChangeEvent) -> [UInt8] {
        var writer = JSONWriter(capacity: event.json.count + 128)
        writer.beginObject()
        writer.field("type", event.type)
        writer.field("timestamp", event.time.description)
        writer.field("data", raw: event.json)
        writer.endObject()
        return writer.finish()
    }
}

extension ResourcePath {
    package static func webhook(_ id: String) -> String { "/v1/webhooks/" + segment(id) }
}
