/// What the operator decides by configuration.
package struct RegistryPolicy: Sendable {
    package var limits: Limits
    /// Aliases that move only with `aliases:move-protected`.
    package var protectedAliases: Set<String>
    /// How long an audit event is kept at least. Ten years cover the longest floor known (EU AI Act, Article 18).
    package var auditRetentionMilliseconds: Int64
    /// How long a consumer counts as one after its last read.
    package var consumerLifetimeMilliseconds: Int64
    /// Frameworks whose compliance rules are scanned; empty: all.
    package var complianceFrameworks: [String]
    /// Time between two scheduled compliance scans; 0: there are none.
    package var complianceScanMilliseconds: Int64
    /// Subjects that are programs and no people: patterns with `*` and `?`.
    package var serviceSubjects: [String]

    /// Reads that the log tells of.
    package var auditedReads: Set<AuditedRead>

    package init(
        limits: Limits = Limits(), protectedAliases: Set<String> = ["production", "staging"],
        auditRetentionMilliseconds: Int64 = 3_653 * 86_400_000,
        consumerLifetimeMilliseconds: Int64 = 7 * 86_400_000, auditedReads: Set<AuditedRead> = [],
        complianceFrameworks: [String] = [],
        complianceScanMilliseconds: Int64 = 86_400_000, serviceSubjects: [String] = RegistryPolicy.programs
    ) {
        self.auditedReads = auditedReads
        self.limits = limits
        self.protectedAliases = protectedAliases
        self.auditRetentionMilliseconds = auditRetentionMilliseconds
        self.consumerLifetimeMilliseconds = consumerLifetimeMilliseconds
        self.complianceFrameworks = complianceFrameworks
        self.complianceScanMilliseconds = complianceScanMilliseconds
        self.serviceSubjects = serviceSubjects
    }

    /// How programs are usually named.
    package static let programs: [String] = ["svc-*", "svc_*", "service:*", "ci-*", "*-bot"]
}
