extension ComplianceFacts {
    private typealias Fact = ComplianceFact

    static let states: [String] = [
        "development", "validation", "staging", "production", "shadow", "deprecated", "archived",
    ]

    /// Facts about a model, which its versions have too.
    static let model: [ComplianceFact] = standing + events + processing

    private static let standing: [ComplianceFact] = [
        Fact("model.states", .list(of: .choice(states)), "The states that its published versions are in."),
        Fact("model.use_case", .one(.text), "What the model is for: its use_case."),
        Fact(
            "model.owners", .records(key: "person"),
            "Who answers for it: the model's owner, and the tag backup_owner, each looked up as a subject."),
        Fact("model.owners.*.person", .one(.text), "The pseudonym."),
        Fact("model.owners.*.role", .one(.choice(["owner", "backup"])), "In which of both they are named."),
        Fact(
            "model.owners.*.is_active", .one(.flag), "Whether they hold a token that is neither revoked nor expired."),
        Fact(
            "model.risk_tier", .one(.number),
            "The gravest version.risk.tier among its versions in validation, staging, shadow and production."),
        Fact(
            "model.attested_at", .one(.time),
            "When its owner last attested that the record is right; from the audit event attest_model."),
    ]

    private static let events: [ComplianceFact] = [
        Fact(
            "model.service_changes", .records(key: "audit_id"),
            "Every move of an alias that was protected then and every deployment to production of the last 365 days; from the audit log and "
                + "the deployments."),
        Fact("model.service_changes.*.audit_id", .one(.text), "The event of the change."),
        Fact("model.service_changes.*.at", .one(.time), "When it was made."),
        Fact(
            "model.service_changes.*.transition_at", .one(.time),
            "When the version that came into service was last moved, with all guards passed, into a state that may be "
                + "served; absent where it never was."),
        Fact(
            "model.emergency_changes", .records(key: "audit_id"),
            "Changes of the last 365 days that went around a gate; from the audit events declare_emergency_change."),
        Fact("model.emergency_changes.*.audit_id", .one(.text), "The event of the change."),
        Fact("model.emergency_changes.*.at", .one(.time), "When it was made."),
        Fact(
            "model.emergency_changes.*.reviewed_at", .one(.time),
            "When somebody else reviewed it; from the audit event review_emergency_change."),
        Fact(
            "model.incidents", .records(key: "id"),
            "Serious incidents of the last 365 days; from audit events record_incident about the model or its versions."
        ),
        Fact("model.incidents.*.id", .one(.text), "Which incident."),
        Fact(
            "model.incidents.*.kind",
            .one(.choice(["serious", "widespread_infringement", "critical_infrastructure", "death"])),
            "Which of the kinds that Article 73 of the AI Act tells apart."),
        Fact("model.incidents.*.aware_at", .one(.time), "When the provider became aware of it."),
        Fact(
            "model.incidents.*.reported_at", .one(.time),
            "When the authority was told, with a first report if need be; from the audit event report_incident."),
    ]

    private static let processing: [ComplianceFact] = [
        Fact(
            "model.processes_personal_data", .one(.flag),
            "Whether the model's tag personal_data is true, or a dataset of one of its versions in service is personal."
        ),
        Fact(
            "model.processing_record.controller", .one(.text),
            "Name and contact of the controller; like all of processing_record from the model's metadata.processing_record."
        ),
        Fact("model.processing_record.purposes", .list(of: .text), "What the processing is for."),
        Fact("model.processing_record.subject_categories", .list(of: .text), "Whose data is processed."),
        Fact("model.processing_record.data_categories", .list(of: .text), "Which kinds of data are processed."),
        Fact("model.processing_record.recipients", .list(of: .text), "Who gets the data."),
        Fact(
            "model.processing_record.transfers", .list(of: .text),
            "Third countries that the data goes to, with their safeguards; the text none where there are none."),
        Fact("model.processing_record.erasure_limits", .one(.text), "When each category of data is erased."),
        Fact("model.processing_record.security_measures", .one(.text), "How the data is protected."),
    ]
}
