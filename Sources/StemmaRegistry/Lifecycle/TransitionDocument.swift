internal import StemmaDigest
package import StemmaJSON

/// Transitions as answered.
package enum TransitionDocument {
    static func represent(_ record: TransitionRecord) throws -> [UInt8] {
        let stored: NewTransition = record.stored
        var writer = JSONWriter(capacity: 2_048)
        writer.beginObject()
        writer.field("id", record.id)
        writer.field("model", record.model)
        writer.field("version", record.version)
        writer.field("model_id", "\(record.model)_v\(record.version)")
        writer.field("from", stored.from.rawValue)
        writer.field("to", stored.to.rawValue)
        writer.field("kind", stored.kind.rawValue)
        writer.field("at", stored.at.description)
        writer.field("by", record.by)
        writer.field("rationale", stored.rationale)
        writer.field("evidence", raw: stored.evidence ?? Array("null".utf8))
        writer.field("rollback_plan", stored.rollbackPlan)
        writer.field("approvers", raw: stored.approvers)
        writer.field("counterpart_version", record.counterpart)
        writer.field("lifecycle_revision", stored.lifecycleRevision)
        writer.field("allowed", true)
        writer.field("guards", raw: stored.guards)
        writer.field("audit_sequence", stored.auditSequence)
        writer.endObject()
        return writer.finish()
    }

    private static let state: Shape = .choice(LifecycleState.allCases.map(\.rawValue))

    /// What clients send to move a version.
    package static let request: Shape = .named(
        "TransitionRequest",
        .object([
            Shape.Field("to", state, required: true, "The state to go to"),
            Shape.Field("rationale", CommonShapes.rationale, "Why; kept in the audit log"),
            Shape.Field(
                "evidence", .nullable(CommonShapes.freeObject),
                "What speaks for it, e.g. `test_results`; results of an A/B test under `ab_test`"),
            Shape.Field("rollback_plan", CommonShapes.rationale, "The way back"),
        ]))

    /// What clients may send to roll back.
    package static let rollbackRequest: Shape = .named(
        "RollbackRequest",
        .object([
            Shape.Field("rationale", CommonShapes.rationale, "Why; kept in the audit log"),
            Shape.Field("evidence", .nullable(CommonShapes.freeObject)),
        ]))

    package static let document: Shape = .named("Transition", .object(members + PastDocument.fields))

    private static let members: [Shape.Field] = [
        Shape.Field("id", .count, required: true), Shape.Field("model", .text(maxBytes: 800), required: true),
        Shape.Field("version", .text(maxBytes: 128), required: true),
        Shape.Field("model_id", .text(maxBytes: 1_000), required: true),
        Shape.Field("from", state, required: true), Shape.Field("to", state, required: true),
        Shape.Field(
            "kind", .choice(["requested", "automatic", "displaced", "rolled_back", "restored"]), required: true,
            "Why it moved"), Shape.Field("at", CommonShapes.time, required: true),
        Shape.Field("by", .text(maxBytes: 500), required: true),
        Shape.Field("rationale", CommonShapes.rationale, required: true), Shape.Field("evidence", .any, required: true),
        Shape.Field("rollback_plan", CommonShapes.rationale, required: true),
        Shape.Field("approvers", .array(of: .text(maxBytes: 500), count: 0...1_000), required: true),
        Shape.Field(
            "counterpart_version", .nullable(.text(maxBytes: 128)), required: true,
            "The version that it displaced, or that displaced it"),
        Shape.Field("lifecycle_revision", .count, required: true), Shape.Field("allowed", .boolean, required: true),
        Shape.Field("guards", .array(of: GuardFinding.shape, count: 0...1_000), required: true),
        Shape.Field("audit_sequence", .count, required: true, "The event of the audit log"),
    ]

    /// What asking for a move answers: the transition, or what a dry run says of one that is refused.
    package static let answer: Shape = .named(
        "TransitionAnswer",
        .object(
            members.map { field in
                Shape.Field(field.name, field.shape, required: decided.contains(field.name), field.summary)
            } + [
                Shape.Field("detail", .text(maxBytes: 100_000), "Why it is refused"),
                Shape.Field("targets", .array(of: state, count: 0...7), "Where the version may go instead"),
            ]))

    /// Members that a refusal has too.
    private static let decided: Set<String> = ["model", "version", "model_id", "from", "allowed", "guards"]
}
