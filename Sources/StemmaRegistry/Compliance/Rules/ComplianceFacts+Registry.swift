extension ComplianceFacts {
    private typealias Fact = ComplianceFact

    static let severities: [String] = ComplianceSeverity.allCases.map(\.rawValue)

    /// Facts about the registry as a whole, which every subject has.
    static let registry: [ComplianceFact] = audit + people + duties

    private static let audit: [ComplianceFact] = [
        Fact(
            "registry.audit.retention_days", .one(.number),
            "Days for which an audit event is kept at least, by the configuration."),
        Fact(
            "registry.audit.retention_floor_days", .one(.number),
            "The longest retention_floor_days of the rule packs that are switched on."),
        Fact(
            "registry.audit.verified_at", .one(.time),
            "When the whole log was last checked, root and last signed checkpoint, and found sound; kept beside the log, "
                + "since no event tells of it."),
        Fact(
            "registry.audit.checkpoint_at", .one(.time),
            "When the newest checkpoint was signed; now, where it covers the whole log."
        ),
        Fact(
            "registry.audit.anchored_at", .one(.time),
            "When a checkpoint last reached a place outside the database: a witness's cosignature, a second file, an export; "
                + "kept beside the log, and from the audit event of the export."),
        Fact(
            "registry.audit.reviewed_at", .one(.time),
            "When a person last recorded having reviewed the log; from the audit event review_audit_log."),
        Fact(
            "registry.lifecycle.gates_changed_at", .one(.time),
            "Since when the gates of the lifecycle in force are what they are; from its revisions."),
        Fact(
            "registry.scanner.rule_set", .one(.text),
            "The name of the rule set with which artifacts are scanned now; absent where nothing scans."),
    ]

    private static let people: [ComplianceFact] = [
        Fact(
            "registry.principals", .records(key: "person"),
            "Everybody who holds a token that is neither revoked nor expired."),
        Fact("registry.principals.*.person", .one(.text), "The pseudonym."),
        Fact(
            "registry.principals.*.roles", .list(of: .text),
            "The roles of all their live tokens together; groups count as what their members hold."),
        Fact(
            "registry.principals.*.is_service", .one(.flag),
            "Whether the subject is a program and no person, by the naming rule of the configuration."),
        Fact(
            "registry.principals.*.approvals_given", .one(.number),
            "How many approving reviews of the last 365 days are theirs; from the reviews."),
    ]

    private static let duties: [ComplianceFact] = [
        Fact(
            "registry.remediations", .records(key: "id"),
            "Open remediations of all rules and subjects, waived ones left out; from the violations."),
        Fact("registry.remediations.*.id", .one(.text), "Which remediation."),
        Fact("registry.remediations.*.rule", .one(.text), "The rule that failed."),
        Fact("registry.remediations.*.severity", .one(.choice(severities)), "The rule's severity."),
        Fact("registry.remediations.*.due_at", .one(.time), "By when it is to be done."),
        Fact(
            "registry.legal_holds", .list(of: .text),
            "Ids of the legal holds that are not released, on models, versions, people or events."),
        Fact(
            "registry.scheduled_removals", .records(key: "id"),
            "What the registry is about to remove by itself within two days although a hold covers it: drafts whose time is up, "
                + "versions that the lifecycle archives, events whose retention ends; and requests to erase somebody that are "
                + "carried out or tried again by then, held or not. Absent where there is no hold."),
        Fact(
            "registry.scheduled_removals.*.id", .one(.text),
            "What would be removed, e.g. expiry of m_v1.0.0, pruning of events 3 to 41."),
        Fact(
            "registry.scheduled_removals.*.legal_hold", .one(.text),
            "The id of a hold, not released, whose scope covers it; absent where none does."),
        Fact(
            "registry.scheduled_removals.*.is_deferred", .one(.flag),
            "Whether it was put off on account of that hold and waits for its release; from the request to erase."),
        Fact(
            "registry.erasures", .records(key: "id"),
            "Requests to erase what the registry knows of somebody that are not carried out; from the requests."),
        Fact("registry.erasures.*.id", .one(.text), "Which request."),
        Fact(
            "registry.erasures.*.basis", .one(.choice(ErasureDocument.bases)),
            "The legal basis that it names."),
        Fact("registry.erasures.*.requested_at", .one(.time), "When it was made."),
        Fact(
            "registry.erasures.*.ground", .one(.choice(ErasureGround.allCases.map(\.rawValue))),
            "On what ground it is refused for now; absent where it is not."),
        Fact("registry.erasures.*.rerun_at", .one(.time), "Until when it is refused, and tried again then."),
    ]
}
