/// What the operator decides by configuration.
package struct RegistryPolicy: Sendable {
    package var limits: Limits
    /// Aliases that move only with `aliases:move-protected`.
    package var protectedAliases: Set<String>
    /// How long an audit event is kept at least. Ten years cover the longest floor known (EU AI Act, Article 18).
    package var auditRetentionMilliseconds: Int64
    /// How long a consumer counts as one after its last read.
    package var consumerLifetimeMilliseconds: Int64

    package init(
        limits: Limits = Limits(), protectedAliases: Set<String> = ["production", "staging"],
        auditRetentionMilliseconds: Int64 = 3_653 * 86_400_000,
        consumerLifetimeMilliseconds: Int64 = 7 * 86_400_000
    ) {
        self.limits = limits
        self.protectedAliases = protectedAliases
        self.auditRetentionMilliseconds = auditRetentionMilliseconds
        self.consumerLifetimeMilliseconds = consumerLifetimeMilliseconds
    }
}
