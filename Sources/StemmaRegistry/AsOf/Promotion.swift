internal import StemmaDigest
internal import StemmaJSON

/// One transition with everything that an auditor asks of it: who asked, who had approved what, what every guard found, and
/// where the log tells of it.
struct Promotion {
    let transition: TransitionRecord
    /// Findings of the guards, as they were kept.
    let guards: [JSONValue]
    let approvals: [JSONValue]
    /// Of the definition that it obeyed; nil where that is not kept.
    let lifecycleDigest: Digest?
    let auditID: String?

    /// `main` is the transition of the same event that the guards were asked for: of a rollback it is the one that was
    /// withdrawn. Its facts tell the approvals.
    init(_ transition: TransitionRecord, main: TransitionRecord?, _ reader: any MetadataReader) throws {
        self.transition = transition
        let source: TransitionRecord = main ?? transition
        guards = try StoredJSON.array(source.stored.guards)
        let stored: LifecycleDefinitionRecord? = try reader.lifecycleDefinition(transition.stored.lifecycleRevision)
        let definition: JSONObject? = try stored.map { try StoredJSON.object($0.json) }
        lifecycleDigest = definition.map { SHA256Hasher.digest(CanonicalJSON.encode($0)) }
        auditID = try reader.auditEvent(sequence: transition.stored.auditSequence).map { try AuditEvent($0).auditID }
        let facts: VersionFacts? = try source.stored.facts.flatMap {
            VersionFacts(json: .object(try StoredJSON.object($0)))
        }
        guard let facts, let definition else {
            approvals = []
            return
        }
        let gates: Set<String> = Set(
            guards.filter { $0["name"]?.string == GuardCatalogue.approvalGates }.flatMap {
                GuardCatalogue.texts($0["limit"]?["gates"])
            })
        let counted: [VersionFacts.ReviewFact] = facts.approvals(try LifecycleDefinition(.object(definition)))
        approvals = try counted.filter { gates.contains($0.gate) }.map { try Promotion.json($0, reader) }
    }

    private static func json(_ review: VersionFacts.ReviewFact, _ reader: any MetadataReader) throws -> JSONValue {
        let by: String? = try reader.principal(id: review.reviewer)?.subject
        return [
            "review": .string(review.id), "gate": .string(review.gate), "by": by.map { .string($0) } ?? .null,
            "role": .string(review.role), "at": .string(review.at.description), "items": .object(review.items),
            "manifest_digest": .string(review.manifestDigest.description),
            "evidence_revision": .integer(review.evidenceRevision),
            "evidence_digest": digest(of: review.evidence),
        ]
    }

    /// SHA-256 over the canonical text (RFC 8785), null where there is nothing.
    private static func digest(of evidence: JSONObject?) -> JSONValue {
        evidence.map { .string(SHA256Hasher.digest(CanonicalJSON.encode($0)).description) } ?? .null
    }

    var json: JSONValue {
        let stored: NewTransition = transition.stored
        let evidence: JSONObject? = stored.evidence.flatMap { try? StoredJSON.object($0) }
        let approvers: [JSONValue] = (try? StoredJSON.array(stored.approvers)) ?? []
        return .object(
            JSONObject([
                JSONObject.Member(name: "id", value: .integer(transition.id)),
                JSONObject.Member(name: "from", value: .string(stored.from.rawValue)),
                JSONObject.Member(name: "to", value: .string(stored.to.rawValue)),
                JSONObject.Member(name: "kind", value: .string(stored.kind.rawValue)),
                JSONObject.Member(name: "at", value: .string(stored.at.description)),
                JSONObject.Member(name: "by", value: .string(transition.by)),
                JSONObject.Member(name: "rationale", value: stored.rationale.map { .string($0) } ?? .null),
                JSONObject.Member(name: "evidence", value: evidence.map { .object($0) } ?? .null),
                JSONObject.Member(name: "evidence_digest", value: Promotion.digest(of: evidence)),
                JSONObject.Member(name: "rollback_plan", value: stored.rollbackPlan.map { .string($0) } ?? .null),
                JSONObject.Member(name: "approvers", value: .array(approvers)),
                JSONObject.Member(name: "approvals", value: .array(approvals)),
                JSONObject.Member(name: "guards", value: .array(guards)),
                JSONObject.Member(
                    name: "counterpart_version", value: transition.counterpart.map { .string($0) } ?? .null),
                JSONObject.Member(name: "lifecycle_revision", value: .integer(stored.lifecycleRevision)),
                JSONObject.Member(
                    name: "lifecycle_digest", value: lifecycleDigest.map { .string($0.description) } ?? .null),
                JSONObject.Member(name: "audit_id", value: auditID.map { .string($0) } ?? .null),
                JSONObject.Member(name: "sequence", value: .integer(stored.auditSequence)),
            ]))
    }

    private static let state: Shape = .choice(LifecycleState.allCases.map(\.rawValue))
    private static let approval: Shape = .object([
        Shape.Field("review", .text(maxBytes: 64), required: true),
        Shape.Field("gate", .text(maxBytes: 100), required: true),
        Shape.Field("by", .nullable(.text(maxBytes: 500)), required: true),
        Shape.Field("role", .text(maxBytes: 40), required: true), Shape.Field("at", CommonShapes.time, required: true),
        Shape.Field("items", .any, required: true),
        Shape.Field("manifest_digest", CommonShapes.digest, required: true, "The content that was approved"),
        Shape.Field("evidence_revision", .count, required: true),
        Shape.Field(
            "evidence_digest", .nullable(CommonShapes.digest), required: true,
            "Over the review's evidence as RFC 8785 text"),
    ])

    /// What `json` looks like.
    static let shape: Shape = .named(
        "Promotion",
        .object([
            Shape.Field("id", .count, required: true, "The transition"), Shape.Field("from", state, required: true),
            Shape.Field("to", state, required: true), Shape.Field("kind", .text(maxBytes: 40), required: true),
            Shape.Field("at", CommonShapes.time, required: true),
            Shape.Field("by", .text(maxBytes: 500), required: true),
            Shape.Field("rationale", CommonShapes.rationale, required: true),
            Shape.Field("evidence", .any, required: true, "What came with the request"),
            Shape.Field("evidence_digest", .nullable(CommonShapes.digest), required: true),
            Shape.Field("rollback_plan", CommonShapes.rationale, required: true),
            Shape.Field("approvers", .array(of: .text(maxBytes: 500), count: 0...1_000), required: true),
            Shape.Field(
                "approvals", .array(of: approval, count: 0...1_000), required: true,
                "The reviews that counted, from the facts kept with the transition"),
            Shape.Field("guards", .array(of: GuardFinding.shape, count: 0...1_000), required: true),
            Shape.Field("counterpart_version", .nullable(.text(maxBytes: 128)), required: true),
            Shape.Field("lifecycle_revision", .count, required: true),
            Shape.Field("lifecycle_digest", .nullable(CommonShapes.digest), required: true),
            Shape.Field("audit_id", .nullable(.text(maxBytes: 100)), required: true),
            Shape.Field("sequence", .count, required: true, "Of the event in the audit log, for its proof"),
        ]))
}

extension PastView {
    /// The transition with its evidence.
    func promotion(_ transition: TransitionRecord) throws -> Promotion {
        try Promotion(
            transition, main: try reader.mainTransition(auditSequence: transition.stored.auditSequence), reader)
    }

    /// The last transition by which the version came into the state by itself, and not by another one's rollback.
    func promotion(of version: Int64, to state: LifecycleState) throws -> Promotion? {
        var end: Int64 = moment.end
        while let transition = try reader.lastTransition(version: version, before: end) {
            if transition.stored.to == state, transition.stored.kind != .restored { return try promotion(transition) }
            end = transition.stored.auditSequence
        }
        return nil
    }
}
