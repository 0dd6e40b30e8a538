/// The fields of the lists that the registry has. A store translates every one of them.
extension FilterSchema {
    /// Models. `tags.*` and `metadata.*` hold what the client gave; a path of `metadata` goes into nested objects.
    package static let models = FilterSchema(
        fields: [
            "name": .string, "description": .string, "domain": .string, "use_case": .string, "owner": .string,
            "created_at": .time, "updated_at": .time, "created_by": .string, "version_count": .number,
        ],
        families: [FilterFamily("tags", .any), FilterFamily("metadata", .any, .nested)])

    /// Versions. `alias` may have several values: a test holds where it holds for one of them, `!=` where `=` holds for
    /// none; it cannot order. `metadata.*` reaches every scalar of the specification's metadata by its path, e.g.
    /// `metadata.training_data.row_count`.
    package static let versions = FilterSchema(
        fields: [
            "model": .string, "model_id": .string, "version": .version, "number": .number, "status": .string,
            "state": .string, "description": .string, "created_at": .time, "updated_at": .time,
            "created_by": .string, "size_bytes": .number, "alias": .string, "model_type": .string,
            "framework": .string, "framework_version": .string, "domain": .string, "use_case": .string,
            "change_type": .string,
        ],
        families: [
            FilterFamily("tags", .any), FilterFamily("metrics", .number), FilterFamily("metadata", .any, .nested),
        ])

    /// Audit events. `resource` is the kind of what was acted on, `object` its identity within that kind.
    package static let audit = FilterSchema(
        fields: [
            "sequence": .number, "timestamp": .time, "action": .string, "outcome": .string, "user": .string,
            "resource": .string, "object": .string, "model": .string, "version": .string, "model_id": .string,
        ])

    /// Deployments. `current` holds for the one that became deployed last of a model in an environment.
    package static let deployments = FilterSchema(
        fields: [
            "id": .string, "model": .string, "version": .version, "model_id": .string, "ref": .string,
            "environment": .string, "status": .string, "current": .boolean, "created_at": .time,
            "created_by": .string, "updated_at": .time, "updated_by": .string, "deployed_at": .time,
        ])

    /// Entities of the lineage graph. `node` is `type:id`.
    package static let lineageEntities = FilterSchema(
        fields: [
            "node": .string, "type": .string, "id": .string, "name": .string, "description": .string,
            "owner": .string, "model": .string, "origin": .string, "created_at": .time, "created_by": .string,
            "updated_at": .time,
        ],
        families: [FilterFamily("metadata", .any, .nested)])

    /// Assessments of what a change touches. `node` is what changed.
    package static let impactAssessments = FilterSchema(
        fields: [
            "id": .string, "node": .string, "type": .string, "change": .string, "status": .string,
            "quarantines": .boolean, "due_at": .time, "created_at": .time, "created_by": .string,
            "updated_at": .time, "closed_at": .time,
        ])

    /// A/B experiments. `model` is the treatment's.
    package static let experiments = FilterSchema(
        fields: [
            "experiment_id": .string, "baseline_model": .string, "treatment_model": .string, "model": .string,
            "primary_metric": .string, "status": .string, "looks": .number, "decision": .string,
            "concluded_early": .boolean, "started_at": .time, "ends_at": .time, "ended_at": .time,
            "created_at": .time, "created_by": .string, "updated_at": .time, "updated_by": .string,
        ],
        families: [FilterFamily("tags", .any), FilterFamily("metadata", .any, .nested)])

    /// Aliases of a model.
    package static let aliases = FilterSchema(
        fields: [
            "alias": .string, "version": .version, "model_id": .string, "state": .string, "updated_at": .time,
            "updated_by": .string,
        ])

    /// Files of a version.
    package static let artifacts = FilterSchema(
        fields: ["path": .string, "digest": .string, "size_bytes": .number, "media_type": .string, "format": .string])

    /// Legal holds.
    package static let legalHolds = FilterSchema(
        fields: [
            "id": .string, "active": .boolean, "scope": .string, "model": .string, "owner": .string, "placed_at": .time,
            "placed_by": .string, "released_at": .time, "released_by": .string,
        ])

    /// Requests to erase what is known of a person.
    package static let erasures = FilterSchema(
        fields: [
            "id": .string, "status": .string, "person": .string, "legal_basis": .string, "ground": .string,
            "requested_at": .time, "requested_by": .string, "completed_at": .time, "rerun_at": .time,
        ])

    /// Webhooks.
    package static let webhooks = FilterSchema(
        fields: [
            "id": .string, "enabled": .boolean, "disabled_reason": .string, "description": .string,
            "created_at": .time, "created_by": .string, "updated_at": .time,
        ])

    /// Tokens.
    package static let tokens = FilterSchema(
        fields: [
            "id": .string, "subject": .string, "created_at": .time, "created_by": .string, "expires_at": .time,
            "revoked_at": .time,
        ])
}
