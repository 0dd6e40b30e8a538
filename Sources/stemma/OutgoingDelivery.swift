internal import StemmaConfiguration
internal import StemmaDelivery

/// The one way out: what the daemon sends by itself, to webhooks and to the witness, goes to addresses that are vetted.
struct OutgoingDelivery: Sendable {
    let policy: AddressPolicy
    let client: DeliveryClient

    /// Throws where the networks or the file of authorities are not good.
    init(_ settings: WebhookSettings) throws {
        policy = AddressPolicy(allowing: try settings.allowedNetworks.map { try Network($0) })
        let total: Int = settings.timeoutMilliseconds
        let defaults = DeliveryLimits()
        client = try DeliveryClient(
            policy: policy,
            limits: DeliveryLimits(
                totalMilliseconds: total, connectMilliseconds: min(total, defaults.connectMilliseconds)),
            additionalAuthoritiesPath: settings.authoritiesFile.isEmpty ? nil : settings.authoritiesFile,
            userAgent: "stemma/" + BuildInformation.current.version)
    }

    /// Throws for a URL or a key that is none.
    func witness(_ settings: AuditLogSettings) throws -> WitnessAnchor {
        try WitnessAnchor(url: settings.witnessURL, key: settings.witnessKey, client: client, policy: policy)
    }

    var webhooks: WebhookDelivery { WebhookDelivery(client: client, policy: policy) }
}
