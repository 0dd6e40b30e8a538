internal import StemmaDigest
package import StemmaJSON

/// Reviews as sent and answered.
package enum ReviewDocument {
    private static let limits = Limits()
    private static let decision: Shape = .choice(ReviewRequest.Decision.allCases.map(\.rawValue))
    private static let items: Shape = .map(of: .boolean, maxCount: limits.lifecycleGuards, keyBytes: 100)

    /// What a reviewer sends.
    package static let request: Shape = .named(
        "ReviewRequest",
        .object([
            Shape.Field("gate", .choice(Role.gates), required: true, "The gate reviewed at"),
            Shape.Field("decision", decision, required: true),
            Shape.Field(
                "items", .nullable(items),
                "Attested checklist items: true where it holds, false where it is found wanting. An approval without any "
                    + "attests the whole checklist. Of several decisions of a person only the last counts"),
            Shape.Field("comment", CommonShapes.rationale, "Why; required for a comment"),
            Shape.Field(
                "evidence", .nullable(CommonShapes.freeObject),
                "What it rests on; results of an A/B test under `ab_test`, a plan for the way back under `rollback_plan`"
            ),
        ]))

    package static let document: Shape = .named(
        "Review",
        .object(
            [
                Shape.Field("id", .text(maxBytes: 64), required: true),
                Shape.Field("model_id", .text(maxBytes: 1_000), required: true),
                Shape.Field("gate", .text(maxBytes: 100), required: true),
                Shape.Field("decision", decision, required: true), Shape.Field("items", items, required: true),
                Shape.Field("comment", CommonShapes.rationale, required: true),
                Shape.Field("evidence", .nullable(CommonShapes.freeObject), required: true),
                Shape.Field("by", .text(maxBytes: 500), required: true),
                Shape.Field("role", .text(maxBytes: 40), required: true, "The role under which it was given"),
                Shape.Field("at", CommonShapes.time, required: true),
                Shape.Field("manifest_digest", CommonShapes.digest, required: true, "The content that was reviewed"),
                Shape.Field("evidence_revision", .count, required: true, "The evidence that was reviewed"),
                Shape.Field("valid", .boolean, required: true, "Whether it still counts"),
                Shape.Field("voided_because", .nullable(.text(maxBytes: 1_000)), required: true),
                Shape.Field(
                    "gate_status",
                    .object([
                        Shape.Field("passed", .boolean, required: true),
                        Shape.Field("issues", .array(of: .text(maxBytes: 10_000), count: 0...1_000), required: true),
                    ]), "How the gate stands after it; answered to the review itself only"),
            ] + PastDocument.fields))

    static func represent(
        _ record: ReviewRecord, of version: VersionRecord, voidedBecause reason: String?, gate: GateResult? = nil
    ) -> [UInt8] {
        var writer = JSONWriter(capacity: 1_024)
        writer.beginObject()
        writer.field("id", record.id)
        writer.field("model_id", "\(version.model)_v\(version.version)")
        writer.field("gate", record.gate)
        writer.field("decision", record.decision)
        writer.field("items", raw: record.items)
        writer.field("comment", record.comment)
        writer.field("evidence", raw: record.evidence ?? Array("null".utf8))
        writer.field("by", record.subject)
        writer.field("role", record.role)
        writer.field("at", record.at.description)
        writer.field("manifest_digest", record.manifestDigest.description)
        writer.field("evidence_revision", record.evidenceRevision)
        writer.field("valid", reason == nil)
        writer.field("voided_because", reason)
        if let gate {
            writer.key("gate_status")
            writer.beginObject()
            writer.field("passed", gate.hasPassed)
            writer.field("issues", gate.issues)
            writer.endObject()
        }
        writer.endObject()
        return writer.finish()
    }
}

/// A review as sent, checked as far as it can be without the version.
struct ReviewRequest: Sendable {
    enum Decision: String, Sendable, CaseIterable {
        case approve
        case reject
        case comment
    }

    let gate: String
    let decision: Decision
    private let items: JSONObject
    let comment: String?
    let evidence: JSONObject?

    /// Throws `validationFailed`.
    init(_ body: JSONValue) throws(StemmaError) {
        let faults: [ShapeFault] = ReviewDocument.request.faults(in: body)
        guard faults.isEmpty, let gate = body["gate"]?.string,
            let decision = body["decision"]?.string.flatMap({ Decision(rawValue: $0) })
        else { throw StemmaError.validation(faults) }
        self.gate = gate
        self.decision = decision
        items = body["items"]?.object ?? JSONObject()
        comment = body["comment"]?.string.flatMap { $0.isBlank ? nil : $0 }
        evidence = body["evidence"]?.object
        try LifecycleService.checkEvidence(evidence)
    }

    /// What the review says of each item. An approval that names none attests all that reviewers attest at the gate now,
    /// by name, so that items which a later lifecycle adds are not taken for attested.
    ///
    /// Throws `validationFailed` for items that the gate does not have, or that the registry evaluates itself, and for a
    /// comment that says nothing.
    func items(of rule: LifecycleDefinition.GateRule) throws(StemmaError) -> JSONObject {
        let attested: [String] = rule.items.filter { $0.guardRule == nil }.map(\.name)
        var faults: [ShapeFault] = []
        for member in items.members where !attested.contains(member.name) {
            let detail: String
            if let evaluated = rule.items.first(where: { $0.name == member.name })?.guardRule {
                detail = "is evaluated by the registry itself (guard \(evaluated.name)); nobody attests it"
            } else {
                let names: String = attested.isEmpty ? "none" : attested.joined(separator: ", ")
                detail = "is no item of the gate \(gate); reviewers attest \(names)"
            }
            faults.append(ShapeFault(pointer: JSONPointer.appending(member.name, to: "/items"), detail: detail))
        }
        if decision == .comment, comment == nil {
            faults.append(ShapeFault(pointer: "/comment", detail: "is required for a comment"))
        }
        guard faults.isEmpty else { throw StemmaError.validation(faults) }
        guard items.isEmpty, decision == .approve else { return items }
        return JSONObject(attested.map { JSONObject.Member(name: $0, value: true) })
    }
}

extension String {
    /// Whether there is nothing but white space.
    var isBlank: Bool { allSatisfy(\.isWhitespace) }
}
