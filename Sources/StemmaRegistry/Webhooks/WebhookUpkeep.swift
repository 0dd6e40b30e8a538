/// Forgets deliveries that ended long ago, deleted webhooks, and secrets that do not sign any more.
struct WebhookUpkeep: Sendable {
    let core: RegistryCore
    /// Rows of one transaction, so that registrations are never held up.
    private static let batch: Int = 100

    init(core: RegistryCore) { self.core = core }

    func run(at now: Timestamp) async throws {
        let limits: Limits = core.policy.limits
        let ended: Timestamp = now.adding(milliseconds: -limits.webhookDeliveryKeptMilliseconds)
        let deleted: Timestamp = now.adding(milliseconds: -limits.webhookDeletedKeptMilliseconds)
        var removed: Int = WebhookUpkeep.batch
        while removed >= WebhookUpkeep.batch {
            removed = try await core.store.write(
                { try $0.removeWebhookDeliveries(endedBefore: ended, limit: WebhookUpkeep.batch) }, committed: nil)
        }
        repeat {
            removed = try await core.store.write(
                { try $0.removeWebhooks(deletedBefore: deleted, limit: WebhookUpkeep.batch) }, committed: nil)
        } while removed > 0
        _ = try await core.store.write({ try $0.removeOldWebhookSecrets(at: now) }, committed: nil)
    }
}
