extension ComplianceFacts {
    private typealias Fact = ComplianceFact

    /// Facts about what a version is documented, assessed, trained and built with.
    static let evidence: [ComplianceFact] = documents + risk + data + supply

    private static let documents: [ComplianceFact] = [
        Fact(
            "version.documents", .records(key: "path"),
            "Artifacts that document it, and documents that its model names in metadata.documents, by path with kind and digest."
        ),
        Fact("version.documents.*.path", .one(.text), "Where it is."),
        Fact(
            "version.documents.*.kind",
            .one(
                .choice([
                    "model_card", "human_oversight", "accuracy", "robustness", "validation_report", "bill_of_materials",
                    "other",
                ])),
            "What it documents: from metadata.documents (kind by path), else from its name, e.g. model_card.md."),
        Fact("version.documents.*.digest", .one(.text), "What it is now."),
        Fact(
            "version.documents.*.approved_digest", .one(.text),
            "What it was when the version was approved for production: of an artifact from the facts kept with the transition, "
                + "of another document from the model as it was then; absent where it was not there."),
        Fact(
            "version.model_card_sections", .list(of: .text),
            "Headings of the model card in lower case with underscores: those of the Markdown artifact, or the members of "
                + "metadata.model_card that say anything."),
    ]

    private static let risk: [ComplianceFact] = [
        Fact(
            "version.risk.tier", .one(.number),
            "1, the gravest, to 4; from risk.tier, where critical, high, medium and low are 1 to 4."),
        Fact(
            "version.risk.computed_tier", .one(.number),
            "The tier that exposure and purpose come to: the mean of risk.exposure and risk.purpose, 1 to 4 each, rounded "
                + "to the graver side."),
        Fact("version.risk.assessed_at", .one(.time), "When the risk was last assessed; from risk.assessed_at."),
        Fact(
            "version.risk.ai_act_class", .one(.choice(["prohibited", "high", "limited", "minimal"])),
            "The class of the AI Act; from risk.ai_act_class."),
        Fact(
            "version.risk.annex_iii_area", .one(.text),
            "The area of Annex III of the AI Act that it falls under; from risk.annex_iii_area."),
        Fact(
            "version.risk.annex_iv_headings", .list(of: .number),
            "Headings of Annex IV of the AI Act that have an artifact; from risk.annex_iv, artifact path by heading."),
        Fact(
            "version.risk.retained_after_service_days", .one(.number),
            "Days from its last moment in service (now, while it is) to its risk.retain_until."),
        Fact(
            "version.risk.is_profiling", .one(.flag),
            "Whether it evaluates personal aspects of people; from risk.decision_use.profiling."),
        Fact(
            "version.risk.has_significant_effect", .one(.flag),
            "Whether what it decides has legal or similarly significant effects for people; from "
                + "risk.decision_use.significant_effect."),
        Fact(
            "version.risk.dpia_reference", .one(.text),
            "The data protection impact assessment; from risk.dpia.reference."),
        Fact("version.risk.dpia_completed_at", .one(.time), "When that was finished; from risk.dpia.completed_at."),
        Fact(
            "version.risk.makes_significant_decisions", .one(.flag),
            "Whether it replaces human decisions on finance, housing, education, work or health care; from "
                + "risk.decision_use.significant_decision."),
        Fact(
            "version.risk.concerns_californians", .one(.flag),
            "Whether it decides on consumers of California; from risk.ccpa.in_scope."),
        Fact(
            "version.risk.ccpa_pre_use_notice", .one(.text),
            "Where the notice before use is; from risk.ccpa.pre_use_notice."),
        Fact("version.risk.ccpa_opt_out", .one(.text), "Where consumers opt out; from risk.ccpa.opt_out."),
        Fact("version.risk.ccpa_access", .one(.text), "What consumers are told who ask; from risk.ccpa.access."),
        Fact("version.risk.ccpa_risk_assessment", .one(.text), "The risk assessment; from risk.ccpa.risk_assessment."),
    ]

    private static let data: [ComplianceFact] = [
        Fact(
            "version.datasets", .records(key: "id"),
            "Datasets that it was trained or validated on: its training_data and the datasets upstream in the lineage graph."
        ),
        Fact("version.datasets.*.id", .one(.text), "The dataset's key in the graph."),
        Fact(
            "version.datasets.*.content_hash", .one(.text),
            "From training_data.data_hash, reproducibility.data_hash, or data_hash in the metadata of entity or edge."),
        Fact(
            "version.datasets.*.is_personal", .one(.flag),
            "Whether it holds personal data; like what follows from the metadata of the dataset's entity."),
        Fact(
            "version.datasets.*.lawful_basis",
            .one(
                .choice([
                    "consent", "contract", "legal_obligation", "vital_interests", "public_task",
                    "legitimate_interests",
                ])),
            "On which of the six grounds of Article 6(1) of the GDPR it is processed."),
        Fact("version.datasets.*.purpose", .one(.text), "What it was collected for."),
        Fact("version.datasets.*.retention", .one(.text), "How long it is kept."),
        Fact("version.datasets.*.processing_record", .one(.text), "Its entry in the record of processing activities."),
        Fact(
            "version.erasure_requests", .records(key: "id"),
            "Requests of people to be erased that touched a dataset upstream; from the audit events record_erasure_request "
                + "about the dataset's entity."),
        Fact("version.erasure_requests.*.id", .one(.text), "Which request."),
        Fact("version.erasure_requests.*.received_at", .one(.time), "When it came in."),
        Fact(
            "version.erasure_requests.*.decided_at", .one(.time),
            "When somebody decided for this version to train it again or why not; from the acknowledged line of an impact "
                + "assessment."),
    ]

    private static let supply: [ComplianceFact] = [
        Fact("version.artifacts", .records(key: "path"), "Its files."),
        Fact("version.artifacts.*.path", .one(.text), "The path."),
        Fact("version.artifacts.*.digest", .one(.text), "The digest of the content."),
        Fact("version.artifacts.*.format", .one(.text), "What the content looks like, e.g. pickle or safetensors."),
        Fact(
            "version.artifacts.*.verdict",
            .one(.choice(["data_only", "code_capable_known", "suspicious", "unsafe", "unscannable"])),
            "What the last scan says; absent where there was none."),
        Fact("version.artifacts.*.scanned_at", .one(.time), "When it was last scanned."),
        Fact("version.artifacts.*.rule_set", .one(.text), "The rule set of that scan."),
        Fact(
            "version.artifacts.*.exception_expires_at", .one(.time),
            "Until when a security reviewer accepts the file as it is; from the evidence of a review at the security gate."
        ),
        Fact(
            "version.attestations", .records(key: "id"), "Signatures and provenance statements that came with it."),
        Fact("version.attestations.*.id", .one(.text), "Which one, e.g. its artifact path."),
        Fact("version.attestations.*.kind", .one(.choice(["signature", "provenance", "other"])), "What it attests."),
        Fact(
            "version.attestations.*.is_verified", .one(.flag),
            "Whether the signature is right and its subject is this version's artifacts_digest."),
        Fact("version.attestations.*.is_trusted", .one(.flag), "Whether the signer is among the trusted identities."),
        Fact(
            "version.bom_path", .one(.text), "The artifact that is its bill of materials; from the document kinds."),
        Fact(
            "version.bom_digests", .list(of: .text),
            "Digests of the files that the bill of materials names, and its own, which it cannot name."),
        Fact(
            "version.parents", .records(key: "id"), "Models that it derives from, upstream in the lineage graph."),
        Fact("version.parents.*.id", .one(.text), "The parent's key in the graph."),
        Fact(
            "version.parents.*.is_third_party", .one(.flag),
            "Whether it was made elsewhere: not registered here, or by its entity's metadata.third_party."),
        Fact("version.parents.*.licence", .one(.text), "Under which licence it came; from its entity's metadata."),
        Fact("version.parents.*.source_digest", .one(.text), "The digest of what came; from its entity's metadata."),
        Fact(
            "version.parents.*.scanned_at", .one(.time),
            "When it was scanned; from its entity's metadata or its own scan."),
    ]
}
