import StemmaDigest
import StemmaJSON
import StemmaTesting
import Testing

@testable import StemmaRegistry

/// How approval gates stand: checklists, people, and what voids an approval.
@Suite struct GateTests {
    private func result(
        _ gate: String, of definition: LifecycleDefinition? = nil, _ change: (inout FactsBuilder) -> Void
    ) throws -> GateResult {
        let definition: LifecycleDefinition = try definition ?? TestLifecycle.standard()
        return GateResult(try #require(definition.gate(gate)), FactsBuilder.facts(change), definition)
    }

    private func item(_ name: String, _ result: GateResult) throws -> JSONValue {
        try #require(result.json["items"]?.array?.first { $0["item"]?.string == name })
    }

    private func quorum(_ count: Int64) throws -> LifecycleDefinition {
        try TestLifecycle.standard(patchedBy: ["gates": ["technical": ["quorum": .integer(count)]]])
    }

    @Test(arguments: Role.gates) func everyGatePasses(_ gate: String) throws {
        let result: GateResult = try result(gate) { $0.review(gate, "approve", by: 10) }
        #expect(result.hasPassed, "\(result.issues)")
        #expect(result.issues.isEmpty)
        #expect(result.missing.isEmpty)
        #expect(result.suppliedBy.isEmpty)
        #expect(result.approvers == ["reviewer 10"])
        #expect(GateResult.shape.faults(in: result.json).isEmpty)
        let definition: LifecycleDefinition = try TestLifecycle.standard()
        for rule in definition.gate(gate)?.items ?? [] {
            #expect(try item(rule.name, result)["passed"] == true, "\(rule.name)")
        }
    }

    /// What takes each evaluated item of the standard lifecycle away.
    private static let damage: [String: @Sendable (inout FactsBuilder) -> Void] = [
        "technical.performance_validation": { $0.metrics = ["accuracy": 0.5] },
        "technical.resource_requirements": { $0.undeclare("infrastructure_requirements") },
        "business.risk_assessment": { $0.undeclare("risk") },
        "operational.deployment_readiness": { $0.undeclare("infrastructure_requirements") },
        "operational.rollback_plan": {
            $0.undeclare("metadata")
            $0.request.rollbackPlan = nil
        },
        "operational.documentation": { $0.paths = ["model.bin"] },
        "security.artifact_integrity": { $0.paths = [] },
        "security.reproducibility_manifest": { $0.undeclare("reproducibility") },
        "security.pinned_dependencies": { $0.declare("dependencies.packages", ["numpy"]) },
    ]

    /// Every line of every checklist stands in the way of its gate, alone, where it does not hold.
    @Test(arguments: Role.gates) func everyItemRefuses(_ gate: String) throws {
        let items: [LifecycleDefinition.GateItem] = try #require(TestLifecycle.standard().gate(gate)).items
        #expect(items.count == 4)
        for rule in items {
            let refused: GateResult
            if rule.guardRule == nil {
                refused = try result(gate) { builder in
                    var list: JSONObject = FactsBuilder.checklist(gate)
                    list.remove(rule.name)
                    builder.review(gate, "approve", by: 10, items: list)
                }
                let against: GateResult = try result(gate) { builder in
                    builder.review(gate, "approve", by: 10)
                    var list: JSONObject = FactsBuilder.checklist(gate)
                    list.set(rule.name, false)
                    builder.review(gate, "approve", by: 11, items: list)
                }
                #expect(!against.hasPassed)
                #expect(against.issues == ["\(rule.name): found wanting by reviewer 11"])
                #expect(try item(rule.name, refused)["kind"] == "attested")
                #expect(refused.suppliedBy == ["admin", "reviewer:" + gate])
            } else {
                let damage = try #require(GateTests.damage["\(gate).\(rule.name)"], "\(rule.name) is never refused")
                refused = try result(gate) { builder in
                    builder.review(gate, "approve", by: 10)
                    damage(&builder)
                }
                #expect(try item(rule.name, refused)["kind"] == "evaluated")
                #expect(refused.suppliedBy.contains("publisher"))
            }
            #expect(!refused.hasPassed, "\(rule.name)")
            #expect(refused.missing == [rule.name])
            #expect(refused.issues.count == 1 && refused.issues[0].hasPrefix(rule.name + ": "))
            #expect(try item(rule.name, refused)["passed"] == false)
            #expect(GateResult.shape.faults(in: refused.json).isEmpty)
        }
    }

    @Test func aQuorumIsOfDifferentPeople() throws {
        let two: LifecycleDefinition = try quorum(2)
        let once: GateResult = try result("technical", of: two) { $0.review("technical", "approve", by: 10) }
        #expect(once.issues == ["1 of 2 approvals"])
        #expect(once.missing == ["approval"])
        let twice: GateResult = try result("technical", of: two) {
            $0.review("technical", "approve", by: 10)
            $0.review("technical", "approve", by: 10, role: "admin")
        }
        #expect(!twice.hasPassed)
        #expect(twice.json["approvals"] == ["required": 2, "valid": 1])
        let both: GateResult = try result("technical", of: two) {
            $0.review("technical", "approve", by: 10)
            $0.review("technical", "approve", by: 11)
        }
        #expect(both.hasPassed)
        #expect(both.approvers == ["reviewer 10", "reviewer 11"])
        let elsewhere: GateResult = try result("technical", of: two) {
            $0.review("technical", "approve", by: 10)
            $0.review("security", "approve", by: 11)
        }
        #expect(!elsewhere.hasPassed)
    }

    /// Several reviewers may share a checklist.
    @Test func attestationsAddUpOverPeople() throws {
        let shared: GateResult = try result("technical") {
            $0.review("technical", "approve", by: 10, items: ["code_quality": true])
            $0.review("technical", "approve", by: 11, items: ["security_vulnerability_scan": true])
        }
        #expect(shared.hasPassed)
        let replaced: GateResult = try result("technical") {
            $0.review("technical", "approve", by: 10, items: ["code_quality": true])
            $0.review("technical", "approve", by: 10, items: ["security_vulnerability_scan": true])
        }
        #expect(replaced.issues == ["code_quality: not attested"])
    }

    @Test func theLastDecisionOfAPersonCounts() throws {
        let rejected: GateResult = try result("technical") {
            $0.review("technical", "approve", by: 10)
            $0.review("technical", "reject", by: 10)
        }
        #expect(rejected.issues.contains("rejected by reviewer 10"))
        #expect(rejected.issues.contains("0 of 1 approvals"))
        #expect(rejected.judged.map(\.voidedBecause) == ["its reviewer decided again later", nil])
        let approved: GateResult = try result("technical") {
            $0.review("technical", "reject", by: 10)
            $0.review("technical", "approve", by: 10)
            $0.review("technical", "comment", by: 10)
        }
        #expect(approved.hasPassed)
        #expect(approved.judged.map { $0.voidedBecause == nil } == [false, true, true])
    }

    @Test func aRejectionBlocksWhateverOthersSay() throws {
        let blocked: GateResult = try result("technical") {
            $0.review("technical", "reject", by: 10)
            $0.review("technical", "approve", by: 11)
            $0.review("technical", "approve", by: 12)
        }
        #expect(blocked.issues == ["rejected by reviewer 10"])
        #expect(blocked.missing == ["approval"])
        #expect(blocked.suppliedBy == ["admin", "reviewer:technical"])
        let byAuthor: GateResult = try result("technical") {
            $0.review("technical", "reject", by: FactsBuilder.author)
            $0.review("technical", "approve", by: 11)
        }
        #expect(byAuthor.issues == ["rejected by reviewer 1"])
        let comment: GateResult = try result("technical") {
            $0.review("technical", "comment", by: 10, items: ["code_quality": false])
            $0.review("technical", "approve", by: 11)
        }
        #expect(comment.hasPassed)
    }

    @Test func approvalsExpire() throws {
        #expect(try result("technical") { $0.review("technical", "approve", by: 10, daysAgo: 89) }.hasPassed)
        let expired: GateResult = try result("technical") { $0.review("technical", "approve", by: 10, daysAgo: 90) }
        #expect(!expired.hasPassed)
        #expect(expired.issues.last?.contains("that of reviewer 10 no longer counts: it was given 90 days ago") == true)
        #expect(
            try result("technical") {
                $0.review("technical", "approve", by: 10, daysAgo: 90)
                $0.review("technical", "approve", by: 10)
            }.hasPassed)
        // A rejection is not forgotten.
        #expect(
            !(try result("technical") {
                $0.review("technical", "reject", by: 10, daysAgo: 900)
                $0.review("technical", "approve", by: 11)
            }.hasPassed))
        let forEver: LifecycleDefinition = try TestLifecycle.standard(
            patchedBy: ["gates": ["technical": ["expires_after_days": nil]]])
        #expect(
            try result("technical", of: forEver) { $0.review("technical", "approve", by: 10, daysAgo: 900) }
                .hasPassed)
    }

    /// An earlier rejection does not come back because the approval after it is void.
    @Test func earlierWordsDoNotComeBack() throws {
        let result: GateResult = try result("technical") {
            $0.review("technical", "reject", by: 10, daysAgo: 100)
            $0.review("technical", "approve", by: 10, daysAgo: 95)
            $0.review("technical", "approve", by: 11)
        }
        #expect(result.hasPassed, "\(result.issues)")
    }

    @Test func approvalsAreBoundToContentAndEvidence() throws {
        let content: GateResult = try result("technical") {
            $0.review("technical", "approve", by: 10, manifest: SHA256Hasher.digest([1]))
        }
        #expect(!content.hasPassed)
        #expect(content.judged.first?.voidedBecause == "the version's content changed after it")
        let evidence: GateResult = try result("technical") {
            $0.review("technical", "approve", by: 10)
            $0.evidenceRevision = 2
        }
        #expect(!evidence.hasPassed)
        #expect(evidence.judged.first?.voidedBecause == "the evidence changed after it (revision 1, now 2)")
        #expect(evidence.json["reviews"]?.array?.first?["valid"] == false)
        let rejection: GateResult = try result("technical") {
            $0.review("technical", "reject", by: 10)
            $0.evidenceRevision = 2
            $0.review("technical", "approve", by: 11)
        }
        #expect(rejection.hasPassed)
    }

    @Test func authorsAndContributorsDoNotApprove() throws {
        let own: GateResult = try result("technical") { $0.review("technical", "approve", by: FactsBuilder.author) }
        #expect(!own.hasPassed)
        #expect(own.judged.first?.voidedBecause == "its reviewer had a hand in the version")
        let later: GateResult = try result("technical") {
            $0.review("technical", "approve", by: 10)
            $0.authors.append(10)
        }
        #expect(!later.hasPassed)
        #expect(later.approvers.isEmpty)
    }

    /// The lifecycle in force decides who reviews, also over approvals that an earlier one took.
    @Test func rolesThatMayNoLongerReviewDoNotCount() throws {
        let stricter: LifecycleDefinition = try TestLifecycle.standard(
            patchedBy: ["gates": ["technical": ["reviewers": ["reviewer:technical"]]]])
        let change: (inout FactsBuilder) -> Void = { $0.review("technical", "approve", by: 10, role: "admin") }
        #expect(try result("technical", change).hasPassed)
        let result: GateResult = try result("technical", of: stricter, change)
        #expect(!result.hasPassed)
        #expect(result.judged.first?.voidedBecause?.contains("no longer lets admin review here") == true)
        #expect(result.suppliedBy == ["reviewer:technical"])
    }

    /// What a later lifecycle adds to a checklist was not attested before.
    @Test func newItemsAreNotAttestedByOldApprovals() throws {
        let longer: LifecycleDefinition = try TestLifecycle.standard(
            patchedBy: ["gates": ["technical": ["items": [["item": "fairness", "title": "Fairness"]]]]])
        let result: GateResult = try result("technical", of: longer) { $0.review("technical", "approve", by: 10) }
        #expect(result.issues == ["fairness: not attested"])
    }

    @Test func reasonsCoverGatesThatAreGone() throws {
        let definition: LifecycleDefinition = try TestLifecycle.standard(patchedBy: [
            "gates": ["security": nil],
            "transitions": [["from": "development", "to": "validation", "requested_by": ["admin"]]],
            "environments": nil, "rollout": nil,
        ])
        let facts: VersionFacts = FactsBuilder.facts {
            $0.review("security", "approve", by: 10)
            $0.review("technical", "approve", by: 10)
        }
        #expect(JudgedReview.reasons(facts, definition) == ["rev_0": "the lifecycle in force has no gate security"])
        #expect(facts.approvals(definition).map(\.id) == ["rev_1"])
    }
}
