internal import StemmaDigest
package import StemmaJSON

/// How one approval gate stands for one version.
///
/// An approval names the manifest digest and the evidence revision that its reviewer looked at. It counts only while both
/// are still the same, until it expires, while the lifecycle in force lets its role review here, and never when its
/// reviewer had a hand in the version. Of several decisions of one person only the last counts, also where that one is
/// void by now: nobody's earlier word comes back.
package struct GateResult: Sendable {
    package let gate: String
    package let hasPassed: Bool
    /// What stands in the way, one sentence each.
    package let issues: [String]
    /// Items not passed, and `approval` where people are missing.
    let missing: [String]
    /// Roles that may supply what is missing.
    let suppliedBy: [String]
    /// Subjects whose approvals count.
    package let approvers: [String]
    /// The gate's reviews, oldest first.
    let judged: [JudgedReview]
    /// The answer of `GET .../gates` for this gate.
    package let json: JSONValue

    init(_ rule: LifecycleDefinition.GateRule, _ facts: VersionFacts, _ definition: LifecycleDefinition) {
        gate = rule.gate
        let judged: [JudgedReview] = JudgedReview.all(at: rule, facts)
        let standing: [JudgedReview] = judged.filter { $0.voidedBecause == nil && $0.review.decision != "comment" }
        let approvals: [JudgedReview] = standing.filter { $0.review.decision == "approve" }
        let rejections: [JudgedReview] = standing.filter { $0.review.decision == "reject" }
        let items: [ItemResult] = rule.items.map { ItemResult($0, approvals, standing, facts, definition) }
        let present: Set<Int64> = Set(standing.map(\.review.reviewer))
        let voided: [JudgedReview] = judged.filter {
            $0.voidedBecause != nil && $0.review.decision == "approve" && !present.contains($0.review.reviewer)
        }

        var issues: [String] = []
        for item in items where !item.hasPassed { issues.append("\(item.name): \(item.detail)") }
        for rejection in rejections { issues.append("rejected by \(rejection.review.subject)") }
        if approvals.count < rule.quorum {
            var issue: String = "\(approvals.count) of \(rule.quorum) approvals"
            if let last = voided.last, let reason = last.voidedBecause {
                issue += "; that of \(last.review.subject) no longer counts: \(reason)"
            }
            issues.append(issue)
        }
        let reviewerRoles: [String] = rule.reviewers.map(\.description).sorted()
        let lacksPeople: Bool = approvals.count < rule.quorum || !rejections.isEmpty
        let unattested: Bool = items.contains { !$0.hasPassed && !$0.isEvaluated }
        self.judged = judged
        self.issues = issues
        hasPassed = issues.isEmpty
        missing = items.filter { !$0.hasPassed }.map(\.name) + (lacksPeople ? ["approval"] : [])
        var suppliedBy: [String] = lacksPeople || unattested ? reviewerRoles : []
        for name in items.filter({ !$0.hasPassed }).flatMap(\.suppliedBy) where !suppliedBy.contains(name) {
            suppliedBy.append(name)
        }
        self.suppliedBy = suppliedBy
        approvers = approvals.map(\.review.subject)
        json = .object([
            "passed": .bool(issues.isEmpty), "issues": .array(issues.map { .string($0) }),
            "items": .array(items.map(\.json)),
            "approvals": .object([
                "required": .integer(Int64(rule.quorum)), "valid": .integer(Int64(approvals.count)),
            ]), "reviewers": .array(reviewerRoles.map { .string($0) }), "reviews": .array(judged.map(\.json)),
        ])
    }

    /// What `json` looks like.
    package static let shape: Shape = .named(
        "ApprovalGate",
        .object([
            Shape.Field("passed", .boolean, required: true),
            Shape.Field("issues", .array(of: .text(maxBytes: 10_000), count: 0...1_000), required: true),
            Shape.Field("items", .array(of: ItemResult.shape, count: 0...1_000), required: true),
            Shape.Field(
                "approvals",
                .object([
                    Shape.Field("required", .count, required: true), Shape.Field("valid", .count, required: true),
                ]), required: true),
            Shape.Field("reviewers", .array(of: .text(maxBytes: 40), count: 0...20), required: true),
            Shape.Field("reviews", .array(of: JudgedReview.shape, count: 0...100_000), required: true),
        ]))
}

/// A review with what became of it.
struct JudgedReview: Sendable {
    let review: VersionFacts.ReviewFact
    /// Nil while it counts.
    let voidedBecause: String?

    /// Every review at a gate, oldest first.
    static func all(at rule: LifecycleDefinition.GateRule, _ facts: VersionFacts) -> [JudgedReview] {
        let reviews: [VersionFacts.ReviewFact] = facts.reviews.filter { $0.gate == rule.gate }
        var last: [Int64: String] = [:]
        for review in reviews where review.decision != "comment" { last[review.reviewer] = review.id }
        return reviews.map { review in
            let isReplaced: Bool = review.decision != "comment" && last[review.reviewer] != review.id
            return JudgedReview(review, rule, facts, isReplaced: isReplaced)
        }
    }

    /// Why reviews no longer count, by their id; those that do are absent.
    static func reasons(_ facts: VersionFacts, _ definition: LifecycleDefinition) -> [String: String] {
        var reasons: [String: String] = [:]
        for review in facts.reviews where definition.gate(review.gate) == nil {
            reasons[review.id] = "the lifecycle in force has no gate \(review.gate)"
        }
        for judged in definition.gates.flatMap({ JudgedReview.all(at: $0, facts) }) {
            reasons[judged.review.id] = judged.voidedBecause
        }
        return reasons
    }

    private init(
        _ review: VersionFacts.ReviewFact, _ rule: LifecycleDefinition.GateRule, _ facts: VersionFacts, isReplaced: Bool
    ) {
        self.review = review
        if let reason = facts.voidReason(of: review) {
            voidedBecause = reason
        } else if isReplaced {
            voidedBecause = "its reviewer decided again later"
        } else if !rule.reviewers.contains(where: { $0.description == review.role }) {
            voidedBecause = "the lifecycle in force no longer lets \(review.role) review here"
        } else if review.decision == "approve", let days = rule.expiresAfterDays,
            facts.now >= review.at.adding(milliseconds: days * Timestamp.dayMilliseconds)
        {
            voidedBecause = "it was given \(days) days ago or longer"
        } else {
            voidedBecause = nil
        }
    }

    var json: JSONValue {
        .object([
            "id": .string(review.id), "decision": .string(review.decision), "by": .string(review.subject),
            "role": .string(review.role), "at": .string(review.at.description), "items": .object(review.items),
            "manifest_digest": .string(review.manifestDigest.description),
            "evidence_revision": .integer(review.evidenceRevision), "valid": .bool(voidedBecause == nil),
            "voided_because": voidedBecause.map { .string($0) } ?? .null,
        ])
    }

    static let shape: Shape = .object([
        Shape.Field("id", .text(maxBytes: 64), required: true),
        Shape.Field("decision", .choice(["approve", "reject", "comment"]), required: true),
        Shape.Field("by", .text(maxBytes: 500), required: true),
        Shape.Field("role", .text(maxBytes: 40), required: true),
        Shape.Field("at", CommonShapes.time, required: true), Shape.Field("items", .any, required: true),
        Shape.Field("manifest_digest", CommonShapes.digest, required: true),
        Shape.Field("evidence_revision", .count, required: true),
        Shape.Field("valid", .boolean, required: true, "Whether it still counts"),
        Shape.Field("voided_because", .nullable(.text(maxBytes: 1_000)), required: true),
    ])
}

/// One line of the checklist with its verdict.
struct ItemResult: Sendable {
    let name: String
    let isEvaluated: Bool
    let hasPassed: Bool
    let detail: String
    let suppliedBy: [String]
    let json: JSONValue

    init(
        _ item: LifecycleDefinition.GateItem, _ approvals: [JudgedReview], _ standing: [JudgedReview],
        _ facts: VersionFacts, _ definition: LifecycleDefinition
    ) {
        name = item.name
        isEvaluated = item.guardRule != nil
        var read: JSONValue = .null
        var limit: JSONValue = .null
        if let rule = item.guardRule, let finding = GuardCatalogue.evaluate([rule], facts, definition).first {
            hasPassed = finding.hasPassed
            detail = finding.detail
            suppliedBy = finding.suppliedBy
            read = finding.read
            limit = finding.limit
        } else {
            let against: [String] = standing.filter { $0.review.items[item.name]?.bool == false }.map(\.review.subject)
            let attested: [String] = approvals.filter { $0.review.items[item.name]?.bool == true }.map(\.review.subject)
            hasPassed = !attested.isEmpty && against.isEmpty
            suppliedBy = []
            if !against.isEmpty {
                detail = "found wanting by \(against.joined(separator: ", "))"
            } else if attested.isEmpty {
                detail = "not attested"
            } else {
                detail = "attested by \(attested.joined(separator: ", "))"
            }
            read = .object([
                "attested_by": .array(attested.map { .string($0) }),
                "refused_by": .array(against.map { .string($0) }),
            ])
        }
        json = .object([
            "item": .string(item.name), "title": .string(item.title),
            "kind": .string(item.guardRule == nil ? "attested" : "evaluated"),
            "guard": item.guardRule.map { .string($0.name) } ?? .null, "passed": .bool(hasPassed),
            "detail": .string(detail), "read": read, "limit": limit,
        ])
    }

    static let shape: Shape = .object([
        Shape.Field("item", .text(maxBytes: 100), required: true),
        Shape.Field("title", .text(maxBytes: 500), required: true),
        Shape.Field(
            "kind", .choice(["attested", "evaluated"]), required: true, "By a reviewer, or by the registry itself"),
        Shape.Field("guard", .nullable(.text(maxBytes: 100)), required: true, "What evaluates it"),
        Shape.Field("passed", .boolean, required: true),
        Shape.Field("detail", .text(maxBytes: 10_000), required: true), Shape.Field("read", .any, required: true),
        Shape.Field("limit", .any, required: true),
    ])
}

extension VersionFacts {
    /// The approvals that count at the gates of a definition.
    func approvals(_ definition: LifecycleDefinition) -> [ReviewFact] {
        definition.gates.flatMap { JudgedReview.all(at: $0, self) }.filter { judged in
            judged.voidedBecause == nil && judged.review.decision == "approve"
        }.map(\.review)
    }

    /// Why the version itself keeps a review from counting; nil where it does not. Its authors may reject, not approve.
    fileprivate func voidReason(of review: ReviewFact) -> String? {
        if review.manifestDigest != manifestDigest { return "the version's content changed after it" }
        if review.evidenceRevision != evidenceRevision {
            return "the evidence changed after it (revision \(review.evidenceRevision), now \(evidenceRevision))"
        }
        if review.decision == "approve", authors.contains(review.reviewer) {
            return "its reviewer had a hand in the version"
        }
        return nil
    }
}
