internal import Dispatch
internal import StemmaDigest
package import StemmaRegistry

/// Delivers the registry's webhooks: signed as the Standard Webhooks specification has it, by the client that vets
/// addresses.
package struct WebhookDelivery: WebhookTransport {
    private let client: DeliveryClient
    private let policy: AddressPolicy
    private let schedule: RetrySchedule

    /// `policy` must be that of the client, and decides which URLs a webhook may have.
    package init(client: DeliveryClient, policy: AddressPolicy, schedule: RetrySchedule = .standard) {
        self.client = client
        self.policy = policy
        self.schedule = schedule
    }

    package func origin(of url: String) throws(WebhookURLRefusal) -> String {
        do throws(DeliveryTargetError) {
            let target = try DeliveryTarget(url)
            try target.vet(under: policy)
            return target.description
        } catch {
            throw WebhookURLRefusal(error.description)
        }
    }

    package func makeSecret(_ environment: Environment) -> String {
        WebhookSecret.prefix + Base64.encode(environment.randomBytes(WebhookSecret.newByteCount))
    }

    package var attemptCount: Int { schedule.attemptCount }

    package func pauseMilliseconds(beforeAttempt number: Int, random: UInt64, retryAfterSeconds: Int?) -> Int64? {
        schedule.pauseMilliseconds(beforeAttempt: number, random: random, retryAfterSeconds: retryAfterSeconds)
    }

    package func deliver(_ attempt: WebhookAttempt) async -> WebhookOutcome {
        await withCheckedContinuation { continuation in
            // A serial queue gets a thread at once, however many others are blocked.
            DispatchQueue(label: "stemma.delivery.webhook").async { [self] in
                continuation.resume(returning: attemptNow(attempt))
            }
        }
    }

    /// Blocks.
    private func attemptNow(_ attempt: WebhookAttempt) -> WebhookOutcome {
        // What is stored was vetted when it was set; the operator may have changed the networks that are allowed since
        // then.
        guard let target = try? DeliveryTarget(attempt.url), (try? target.vet(under: policy)) != nil else {
            return .failed(DeliveryFailure.forbiddenAddress.rawValue)
        }
        let secrets: [WebhookSecret] = attempt.secrets.compactMap { try? WebhookSecret($0) }
        guard !secrets.isEmpty,
            let message = try? WebhookMessage(
                id: attempt.id, timestamp: attempt.at.milliseconds / 1_000, body: attempt.body)
        else { return .failed(WebhookDelivery.notSendable) }
        let result: DeliveryResult = client.deliver(message, to: target, secrets: secrets)
        switch result {
        case .delivered: return .delivered
        case .refused(let status, let retryAfter):
            return .refused(statusClass: status / 100, isGone: result.isGone, retryAfterSeconds: retryAfter)
        case .failed(let failure): return .failed(failure.rawValue)
        }
    }

    /// A damaged secret, or a clock before 1970.
    private static let notSendable: String = "not_sendable"
}
