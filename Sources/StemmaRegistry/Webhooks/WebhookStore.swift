/// Reading webhooks and their outbox. A deleted webhook is not answered.
package protocol WebhookReader {
    func webhook(id: String) throws -> WebhookRecord?

    /// All of them, by id.
    func webhooks() throws -> [WebhookRecord]

    /// What is to be sent, of every enabled webhook, in the order of their keys.
    func webhookLanes() throws -> [WebhookLane]

    /// Deliveries that may be attempted at that moment: failed ones that are due, the one that waited longest first,
    /// then those that were not tried yet, in the order of their events.
    func dueWebhookDeliveries(webhook key: Int64, at moment: Timestamp, limit: Int) throws -> [WebhookDeliveryRecord]

    func webhookDelivery(webhook key: Int64, event sequence: Int64) throws -> WebhookDeliveryRecord?

    /// Deliveries of one status, or of all where it is nil, the newest event first, before the event `sequence` (nil:
    /// from the newest).
    func webhookDeliveries(
        webhook key: Int64, status: WebhookDeliveryStatus?, before sequence: Int64?, limit: Int
    ) throws -> [WebhookDeliveryRecord]

    /// Attempts of a delivery in their order.
    func webhookAttempts(webhook key: Int64, event sequence: Int64) throws -> [WebhookAttemptRecord]

    /// How many deliveries are pending or failed; it stops counting at `most`.
    func openWebhookDeliveries(webhook key: Int64, atMost most: Int) throws -> Int
}

package protocol WebhookWriter {
    /// Answers the row key.
    func insertWebhook(
        id: String, scope: [String], _ state: WebhookState, at moment: Timestamp, by principal: Int64
    ) throws -> Int64

    /// Throws `webhookNotFound`.
    func updateWebhook(_ key: Int64, _ state: WebhookState, at moment: Timestamp) throws

    /// Forgets URL and secrets at once; the rows go by `removeWebhooks`. Throws `webhookNotFound`.
    func deleteWebhook(_ key: Int64, at moment: Timestamp) throws

    /// Says how far the outbox is. Succeeds for a webhook that is gone.
    func setWebhookCursor(_ key: Int64, to sequence: Int64) throws

    /// Says how the receiver does. Succeeds for a webhook that is gone.
    func setWebhookHealth(_ key: Int64, _ health: WebhookHealth) throws

    /// Puts an event into the outbox, as pending. One that is there stays as it is.
    func insertWebhookDelivery(webhook key: Int64, event sequence: Int64, type: String, at moment: Timestamp) throws

    /// Succeeds for a delivery that is gone.
    func updateWebhookDelivery(_ delivery: WebhookDeliveryRecord) throws

    /// Adds the delivery's next attempt. Succeeds for a delivery that is gone.
    func insertWebhookAttempt(
        webhook key: Int64, event sequence: Int64, at moment: Timestamp, milliseconds: Int64, outcome: String) throws

    /// Removes deliveries that ended before a moment, with their attempts, at most `limit`. Answers how many went.
    func removeWebhookDeliveries(endedBefore moment: Timestamp, limit: Int) throws -> Int

    /// Removes webhooks that were deleted before a moment; as long as they have deliveries, at most `limit` of those.
    /// Answers how many rows went.
    func removeWebhooks(deletedBefore moment: Timestamp, limit: Int) throws -> Int

    /// Forgets old secrets that do not sign any more. Answers how many.
    func removeOldWebhookSecrets(at moment: Timestamp) throws -> Int
}

/// What an administrator decides of a webhook.
package struct WebhookContent: Sendable, Equatable {
    package var url: String
    /// Types of events; empty for all.
    package var events: [String]
    /// Name patterns of models; empty for all.
    package var models: [String]
    package var description: String?
    package var isEnabled: Bool

    package init(url: String, events: [String], models: [String], description: String?, isEnabled: Bool) {
        self.url = url
        self.events = events
        self.models = models
        self.description = description
        self.isEnabled = isEnabled
    }
}

/// Why a webhook gets nothing.
package enum WebhookDisabledReason: String, Sendable, CaseIterable {
    case requested
    /// The receiver answered 410 Gone.
    case gone
    /// The receiver took nothing for days.
    case failing
}

/// How a webhook's receiver did lately.
package struct WebhookHealth: Sendable, Equatable {
    /// Attempts that failed since the last one that did not.
    package var failures: Int64
    /// When the first of them was made.
    package var failingSince: Timestamp?
    /// Nothing is sent before.
    package var resume: Timestamp

    package static let good = WebhookHealth(failures: 0, failingSince: nil, resume: Timestamp(milliseconds: 0))

    package init(failures: Int64, failingSince: Timestamp?, resume: Timestamp) {
        self.failures = failures
        self.failingSince = failingSince
        self.resume = resume
    }
}

/// Everything of a webhook that changes.
package struct WebhookState: Sendable, Equatable {
    package var content: WebhookContent
    package var disabledReason: WebhookDisabledReason?
    package var disabled: Timestamp?
    package var secret: String
    /// The secret before, which signs too until `oldSecretUntil`.
    package var oldSecret: String?
    package var oldSecretUntil: Timestamp?
    /// Events up to this sequence are in the outbox, or did not match.
    package var cursor: Int64
    package var health: WebhookHealth

    package init(
        content: WebhookContent, disabledReason: WebhookDisabledReason? = nil, disabled: Timestamp? = nil,
        secret: String, oldSecret: String? = nil, oldSecretUntil: Timestamp? = nil, cursor: Int64,
        health: WebhookHealth = .good
    ) {
        self.content = content
        self.disabledReason = disabledReason
        self.disabled = disabled
        self.secret = secret
        self.oldSecret = oldSecret
        self.oldSecretUntil = oldSecretUntil
        self.cursor = cursor
        self.health = health
    }
}

/// A webhook as stored.
package struct WebhookRecord: Sendable, Equatable {
    /// The row key.
    package let key: Int64
    package let id: String
    /// Name patterns of the models that it never goes beyond.
    package let scope: [String]
    package let state: WebhookState
    package let created: Timestamp
    /// The creator's subject.
    package let createdBy: String
    package let updated: Timestamp

    package init(
        key: Int64, id: String, scope: [String], state: WebhookState, created: Timestamp, createdBy: String,
        updated: Timestamp
    ) {
        self.key = key
        self.id = id
        self.scope = scope
        self.state = state
        self.created = created
        self.createdBy = createdBy
        self.updated = updated
    }
}

/// What a webhook waits for.
package struct WebhookLane: Sendable, Equatable {
    package let key: Int64
    package let cursor: Int64
    package let resume: Timestamp
    /// Whether anything was not tried yet.
    package let hasPending: Bool
    /// When the next failed delivery is tried again.
    package let nextRetry: Timestamp?

    package init(key: Int64, cursor: Int64, resume: Timestamp, hasPending: Bool, nextRetry: Timestamp?) {
        self.key = key
        self.cursor = cursor
        self.resume = resume
        self.hasPending = hasPending
        self.nextRetry = nextRetry
    }
}

/// How a delivery stands.
package enum WebhookDeliveryStatus: String, Sendable, CaseIterable {
    /// It was not tried yet.
    case pending
    /// It is tried again.
    case failed
    case delivered
    /// It is not tried again.
    case dead
}

/// One event for one webhook.
package struct WebhookDeliveryRecord: Sendable, Equatable {
    package let webhookKey: Int64
    /// The event's place in the audit log.
    package let sequence: Int64
    /// The event's type.
    package let type: String
    package var status: WebhookDeliveryStatus
    /// Attempts since it was put into the outbox, or was asked for again.
    package var tries: Int64
    /// When a failed one is tried again.
    package var due: Timestamp?
    package let created: Timestamp
    /// When it was delivered, or given up.
    package var ended: Timestamp?

    package init(
        webhookKey: Int64, sequence: Int64, type: String, status: WebhookDeliveryStatus, tries: Int64, due: Timestamp?,
        created: Timestamp, ended: Timestamp?
    ) {
        self.webhookKey = webhookKey
        self.sequence = sequence
        self.type = type
        self.status = status
        self.tries = tries
        self.due = due
        self.created = created
        self.ended = ended
    }
}

/// One attempt of a delivery.
package struct WebhookAttemptRecord: Sendable, Equatable {
    package let number: Int64
    package let at: Timestamp
    package let milliseconds: Int64
    /// See `WebhookOutcome.name`.
    package let outcome: String

    package init(number: Int64, at: Timestamp, milliseconds: Int64, outcome: String) {
        self.number = number
        self.at = at
        self.milliseconds = milliseconds
        self.outcome = outcome
    }
}
