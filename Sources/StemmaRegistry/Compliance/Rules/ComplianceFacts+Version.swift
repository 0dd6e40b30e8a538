extension ComplianceFacts {
    private typealias Fact = ComplianceFact

    /// Facts about a version.
    static let version: [ComplianceFact] = identity + service + change + review + evidence

    private static let identity: [ComplianceFact] = [
        Fact("version.state", .one(.choice(states)), "Its lifecycle state."),
        Fact("version.state_since", .one(.time), "Since when it is in that state: state_changed_at."),
        Fact("version.created_at", .one(.time), "When it was registered."),
        Fact(
            "version.published_at", .one(.time), "When its files were closed; from the audit event that published it."),
        Fact("version.manifest_digest", .one(.text), "The digest of its immutable part."),
        Fact("version.use_case", .one(.text), "What it is used for: its use_case."),
        Fact("version.inputs", .list(of: .text), "Names of the inputs in its signature."),
        Fact("version.outputs", .list(of: .text), "Names of the outputs in its signature."),
        Fact("version.dependencies", .list(of: .text), "Its dependencies.packages."),
        Fact("version.limitations", .one(.text), "What it is not fit for; from metadata.limitations."),
        Fact(
            "version.makers", .list(of: .text),
            "Everybody who had a hand in it: who registered or published it, changed its draft or metrics, first brought one "
                + "of its blobs, or trained it as its lineage says."),
    ]

    private static let service: [ComplianceFact] = [
        Fact("version.aliases", .list(of: .text), "The aliases that point to it."),
        Fact("version.consumers", .list(of: .text), "Named consumers that are live."),
        Fact(
            "version.traffic.daily_requests", .one(.number),
            "The mean of the observed metric daily_requests over the last seven days; absent where nothing was observed."
        ),
        Fact(
            "version.traffic.percent", .one(.number),
            "Its share of the model's traffic as routers are told it; from aliases and rollouts."),
        Fact(
            "version.monitoring.last_observed_at", .one(.time),
            "When any metric of it was last observed; from the observations."
        ),
        Fact(
            "version.monitoring.thresholds", .records(key: "metric"),
            "Metrics that have a limit in a retirement policy or in metadata.monitoring."),
        Fact("version.monitoring.thresholds.*.metric", .one(.text), "The metric."),
        Fact(
            "version.monitoring.thresholds.*.is_breached", .one(.flag),
            "Whether what was last observed is on the wrong side of the limit."),
        Fact(
            "version.monitoring.thresholds.*.has_open_finding", .one(.flag),
            "Whether somebody is at it: an open quarantine, impact assessment or violation about the version."),
        Fact(
            "version.is_phi", .one(.flag),
            "Whether it holds protected health information: the tag phi of the version, its model or a dataset is true."
        ),
        Fact(
            "version.readers", .records(key: "person"), "Everybody whose live tokens reach the version's files."),
        Fact("version.readers.*.person", .one(.text), "The pseudonym."),
        Fact(
            "version.readers.*.in_phi_group", .one(.flag),
            "Whether they are among the subjects of the tag phi_group of the version or its model."),
        Fact(
            "version.unrecorded_downloads", .one(.number),
            "Downloads of its files, as served, of which the audit log could not be told yet; absent where audit.reads leaves "
                + "downloads out, so that nobody knows."),
    ]

    private static let change: [ComplianceFact] = [
        Fact(
            "version.production_change.at", .one(.time),
            "When it last entered production; like all of production_change from that transition."),
        Fact(
            "version.production_change.kind",
            .one(.choice(["requested", "automatic", "displaced", "rolled_back", "restored"])), "How it came there."),
        Fact(
            "version.production_change.by", .one(.text),
            "Who asked for it; the registry's own pseudonym where nobody did."),
        Fact("version.production_change.has_rationale", .one(.flag), "Whether the transition says why."),
        Fact(
            "version.production_change.evidence_digest", .one(.text),
            "The digest of the transition's evidence as canonical JSON; absent where it has none."),
        Fact(
            "version.production_change.has_rollback_plan", .one(.flag),
            "Whether the guard rollback_plan found one in the request, a file, the metadata or a review."),
        Fact(
            "version.production_change.approvals", .records(key: "id"),
            "The approving reviews that the gates had counted; from the facts kept with the transition."),
        Fact("version.production_change.approvals.*.id", .one(.text), "The review."),
        Fact("version.production_change.approvals.*.person", .one(.text), "Who approved."),
        Fact("version.production_change.approvals.*.role", .one(.text), "The role under which it was given."),
        Fact("version.production_change.approvals.*.at", .one(.time), "When it was given."),
        Fact(
            "version.production_change.approvals.*.expires_at", .one(.time),
            "Until when it counts by the gate's expires_after_days; absent where the gate sets no limit."),
        Fact(
            "version.production_change.approvals.*.manifest_digest", .one(.text), "The content that was approved."),
    ]

    private static let review: [ComplianceFact] = [
        Fact(
            "version.approvers", .list(of: .text),
            "Who gave the approving reviews that count now, or on which its last entry into production rested."),
        Fact("version.gates", .records(key: "gate"), "The approval gates as they are judged now."),
        Fact(
            "version.gates.*.gate", .one(.choice(["technical", "business", "operational", "security"])), "Which gate."),
        Fact("version.gates.*.passed", .one(.flag), "Whether it has passed."),
        Fact("version.gates.*.decided_at", .one(.time), "When the newest review that counts there was given."),
        Fact(
            "version.validations", .records(key: "id"),
            "Validations of it: reproductions, and reviews whose evidence has a validation_report."),
        Fact("version.validations.*.id", .one(.text), "Which validation."),
        Fact("version.validations.*.at", .one(.time), "When it was finished."),
        Fact(
            "version.validations.*.report_digest", .one(.text),
            "The digest of the report, among the artifacts or in the evidence."),
        Fact("version.validations.*.people", .list(of: .text), "Who validated."),
    ]
}
