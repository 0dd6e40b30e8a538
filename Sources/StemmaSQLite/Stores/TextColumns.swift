internal import StemmaRegistry

/// What each column of text holds, so that erasure knows what it may change. A test compares this with the schema, so that a
/// new column is not forgotten; one that nevertheless is not here counts as a name: it is looked through and not changed.
enum TextColumns {
    static func form(_ table: String, _ column: String) -> TextForm { forms[table]?[column] ?? .name }

    /// Tables that are no places for people's names, or that erasure treats in a way of its own.
    static let others: Set<String> = [
        "audit_event", "audit_private", "audit_subject", "audit_tile", "audit_checkpoint", "audit_pruning", "erasure",
        "idempotency", "principal", "setting",
    ]

    static let forms: [String: [String: TextForm]] = [
        "alias": ["alias": .name],
        "artifact": ["path": .name, "media_type": .structure],
        "blob": ["format": .structure],
        "compliance_result": [
            "subject_type": .structure, "model": .structure, "version": .structure, "outcomes": .structure,
            "effects": .structure,
        ],
        "compliance_scan": [
            "id": .structure, "cause": .structure, "status": .structure, "frameworks": .structure, "models": .name,
            "rules": .structure, "packs": .structure, "counts": .structure, "changes": .structure, "error": .prose,
        ],
        "compliance_violation": [
            "id": .structure, "rule": .structure, "frameworks": .structure, "severity": .structure,
            "subject_type": .structure, "subject_id": .name, "model": .structure, "version": .structure,
            "evidence": .values, "owner": .prose, "owner_role": .structure, "note": .prose, "waiver_reason": .prose,
        ],
        "compliance_violation_step": ["kind": .structure, "scan_id": .structure, "detail": .values],
        "consumer": ["name": .name, "ref": .structure],
        "deployment": [
            "id": .structure, "environment": .structure, "status": .structure, "ref": .structure, "rationale": .prose,
            "detail": .prose, "annotations": .open,
        ],
        "evaluation": ["id": .structure, "dataset_id": .name, "summary": .definition],
        "experiment": [
            "id": .structure, "plan": .definition, "primary_metric": .name, "description": .prose,
            "business_hypothesis": .prose, "tags": .open, "metadata": .open, "status": .structure, "rationale": .prose,
            "decision": .structure, "conclusion": .definition, "business_conclusion": .prose,
        ],
        "experiment_look": ["totals": .definition, "analysis": .definition, "business_impact": .open],
        "impact_assessment": [
            "id": .structure, "change": .structure, "reason": .prose, "summary": .document, "close_reason": .prose,
        ],
        "impact_item": ["owner": .prose, "quarantine_id": .structure, "comment": .prose],
        "legal_hold": ["id": .structure, "reason": .prose, "owner": .prose, "release_reason": .prose],
        "lifecycle_revision": ["definition": .definition],
        "lineage_edge": ["metadata": .open],
        "lineage_edge_past": ["metadata": .open],
        "lineage_entity": [
            "type": .structure, "key": .name, "model": .structure, "origin": .structure, "name": .prose,
            "description": .prose, "owner": .prose, "metadata": .open, "facets": .values, "facet_times": .structure,
        ],
        "lineage_run": ["run_id": .name, "parent_run_id": .name, "state": .structure, "facets": .values],
        "metric_revision": ["metric": .name],
        "model": [
            "name": .name, "description": .prose, "domain": .prose, "use_case": .prose, "owner": .prose, "tags": .open,
            "metadata": .open,
        ],
        "observation_series": ["metric": .name],
        "policy": ["id": .structure, "name": .name, "kind": .structure, "definition": .definition, "mode": .structure],
        "policy_decisions": ["run_id": .structure, "verdict": .structure, "decisions": .definition],
        "policy_run": [
            "id": .structure, "policy_id": .structure, "definition": .definition, "cause": .structure,
            "status": .structure, "counts": .structure, "error": .prose,
        ],
        "quarantine": ["id": .structure, "reason": .prose, "lift_reason": .prose],
        "reproduction": [
            "id": .structure, "tolerance_mode": .structure, "verdicts": .definition, "environment": .values,
            "differences": .document, "code_commit": .structure, "data_hash": .structure, "notes": .prose,
        ],
        "review": [
            "id": .structure, "gate": .structure, "decision": .structure, "items": .document, "comment": .prose,
            "evidence": .open, "role": .structure,
        ],
        "rollout": [
            "id": .structure, "status": .structure, "plan": .definition, "end_reason": .prose, "history": .definition,
        ],
        "schema_migration": ["name": .structure],
        "state_transition": [
            "from_state": .structure, "to_state": .structure, "kind": .structure, "rationale": .prose,
            "evidence": .open, "rollback_plan": .prose, "approvers": .open, "facts": .document,
            "guards": .definition,
        ],
        "token": ["id": .structure, "roles": .structure, "models": .name],
        "upload": ["id": .structure],
        "version": [
            "version": .structure, "status": .structure, "state": .structure, "description": .prose, "tags": .open,
            "metrics": .structure, "document": .document, "deployment_status": .structure, "risk": .document,
        ],
        "version_attribute": ["field": .name, "value": .name],
        "version_risk": ["assessment": .document],
        "webhook": [
            "id": .structure, "url": .prose, "events": .structure, "models": .name, "scope": .structure,
            "description": .prose, "disabled_reason": .structure, "secret": .structure, "old_secret": .structure,
        ],
        "webhook_attempt": ["outcome": .structure],
        "webhook_delivery": ["type": .structure, "status": .structure],
    ]
}
