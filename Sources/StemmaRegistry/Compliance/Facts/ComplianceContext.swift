internal import StemmaJSON

/// What all subjects of a scan have in common, read at its start.
struct ComplianceContext: Sendable {
    let now: Timestamp
    let lifecycle: LifecycleRevision
    let records: AuditedRecords
    let people: LivePeople
    /// Downloads that the log has no event of; nil where that is not known.
    let untoldDownloads: [ReadLog.Untold]?
    /// Aliases whose moves change what is served, as far back as changes are looked at.
    let aliases: ProtectedAliases
    /// The facts about the registry that other subjects' rules see.
    let registry: ComplianceSheet
    /// Enabled retirement policies: their metrics are monitored.
    let monitoring: MonitoringPolicies
    /// Rules that ask whether somebody is at a breached threshold: their own violations are no answer.
    let thresholdRules: [String]

    static func load(_ rules: [ComplianceRule], now: Timestamp, _ core: RegistryCore) async throws -> ComplianceContext
    {
        let needs = ComplianceNeeds(rules)
        let records = try await AuditedRecords.load(needs, now: now, core.store)
        let thresholdRules: [String] = core.compliance.library.rules.filter { rule in
            rule.facts.contains { $0.hasPrefix("version.monitoring.thresholds") }
        }.map(\.id)
        let untold: [ReadLog.Untold]? = await core.reads.untoldDownloads()
        return try await core.store.read { [core] reader in
            let lifecycle: LifecycleRevision = try core.lifecycle.inForce(reader)
            let people = try LivePeople(reader, core.policy, at: now)
            var sheet = ComplianceSheet()
            try RegistryAuditFacts.gather(needs, core, at: now, reader, into: &sheet)
            try RegistryPeopleFacts.gather(needs, people, at: now, reader, into: &sheet)
            return ComplianceContext(
                now: now, lifecycle: lifecycle, records: records, people: people, untoldDownloads: untold,
                aliases: try ProtectedAliases(core.policy, since: AuditedRecords.start(now), reader), registry: sheet,
                monitoring: needs.wants("version.monitoring.thresholds")
                    ? try MonitoringPolicies(reader) : MonitoringPolicies(), thresholdRules: thresholdRules)
        }
    }
}
