/// How webhooks leave the registry: which URLs are acceptable, what deliveries are signed with, and when one that
/// failed is tried again.
package protocol WebhookTransport: Sendable {
    /// Scheme, host and port of a URL that a webhook may have; its path and query may hold secrets. Throws
    /// `WebhookURLRefusal`. What the host's name leads to is looked at when something is delivered.
    func origin(of url: String) throws(WebhookURLRefusal) -> String

    /// A new secret as its owner sees it.
    func makeSecret(_ environment: Environment) -> String

    /// How many attempts a delivery gets.
    var attemptCount: Int { get }

    /// How long to wait before the attempt of that number, 2 or above; nil where there are no more attempts. `random`
    /// is any 64 random bits, `retryAfterSeconds` what the receiver asked for.
    func pauseMilliseconds(beforeAttempt number: Int, random: UInt64, retryAfterSeconds: Int?) -> Int64?

    /// Makes one attempt, and never blocks a thread of Swift's cooperative pool.
    func deliver(_ attempt: WebhookAttempt) async -> WebhookOutcome
}

/// Why a webhook cannot have a URL: one sentence for the client.
package struct WebhookURLRefusal: Error, Equatable {
    package let reason: String

    package init(_ reason: String) { self.reason = reason }
}

/// One attempt of a delivery.
package struct WebhookAttempt: Sendable {
    /// Of the event for this webhook: the same for all attempts, so that receivers can drop repeats.
    package let id: String
    package let url: String
    /// The one that signs, and the one before while it does too.
    package let secrets: [String]
    package let at: Timestamp
    /// JSON.
    package let body: [UInt8]

    package init(id: String, url: String, secrets: [String], at: Timestamp, body: [UInt8]) {
        self.id = id
        self.url = url
        self.secrets = secrets
        self.at = at
        self.body = body
    }
}

/// How an attempt ended; nothing that the receiver wrote but the class of its status.
package enum WebhookOutcome: Sendable, Equatable {
    case delivered
    /// Any answer that is not 2xx: the class of its status, 1 to 5, and how long the receiver asks to be left alone.
    case refused(statusClass: Int, isGone: Bool, retryAfterSeconds: Int?)
    /// There is no answer; why, in a word.
    case failed(String)

    /// As it is stored and shown: `2xx`, `4xx`, `timeout`.
    package var name: String {
        switch self {
        case .delivered: "2xx"
        case .refused(let statusClass, _, _): "\(statusClass)xx"
        case .failed(let why): why
        }
    }
}
