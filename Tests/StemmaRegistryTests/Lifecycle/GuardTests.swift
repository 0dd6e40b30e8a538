import StemmaJSON
import StemmaRegistry
import StemmaTesting
import Testing

/// Every guard of the catalogue over tables of facts.
@Suite struct GuardTests {
    private static func contains(_ value: JSONValue, _ members: JSONObject) -> Bool {
        members.members.allSatisfy { value[$0.name] == $0.value }
    }

    @Test(arguments: GuardCase.all) func findsWhatTheTableSays(_ row: GuardCase) throws {
        let definition: LifecycleDefinition = try TestLifecycle.standard()
        let findings: [GuardFinding] = GuardCatalogue.evaluate([try row.rule()], row.facts, definition)
        let finding: GuardFinding = try #require(findings.first)
        #expect(findings.count == 1)
        #expect(finding.name == row.guardName)
        #expect(finding.hasPassed == row.hasPassed, "\(finding.json)")
        #expect(finding.missing == row.missing)
        #expect(finding.suppliedBy == row.suppliedBy)
        #expect(Self.contains(finding.read, row.read), "read \(finding.read)")
        #expect(Self.contains(finding.limit, row.limit), "limit \(finding.limit)")
        #expect(row.detail.isEmpty || finding.detail.contains(row.detail), "\(finding.detail)")
        #expect(!finding.detail.isEmpty)
        #expect(finding.read.object != nil || finding.read.isNull)
        #expect(finding.limit.object != nil)
        #expect(GuardFinding.shape.faults(in: finding.json).isEmpty)
    }

    /// Facts that were kept with a transition give what they gave then, for every guard.
    @Test(arguments: GuardCase.all) func keptFactsSayTheSame(_ row: GuardCase) throws {
        let definition: LifecycleDefinition = try TestLifecycle.standard()
        let kept: JSONValue = try JSONParser.parse(CanonicalJSON.encode(row.facts.json))
        let facts: VersionFacts = try #require(VersionFacts(json: kept))
        #expect(facts.json == row.facts.json)
        let rules: [LifecycleDefinition.GuardRule] =
            [try row.rule()]
            + GuardCatalogue.guards.values.sorted { $0.name < $1.name }.map {
                LifecycleDefinition.GuardRule(name: $0.name, parameters: $0.defaults)
            }
        let before: [JSONValue] = GuardCatalogue.evaluate(rules, row.facts, definition).map(\.json)
        #expect(before.count == GuardCatalogue.guards.count + 1)
        #expect(GuardCatalogue.evaluate(rules, facts, definition).map(\.json) == before)
    }

    /// Facts that were kept before there were reproductions still read, without any.
    @Test func olderFactsHaveNoReproductions() throws {
        var builder = FactsBuilder()
        builder.reproduce(by: 9)
        var kept: JSONObject = try #require(builder.facts.json.object)
        #expect(kept.remove("reproductions")?.array?.count == 1)
        let facts: VersionFacts = try #require(VersionFacts(json: .object(kept)))
        #expect(facts.reproductions.isEmpty)
        #expect(facts.version == "1.1.0")
    }

    /// Names of people are not kept with facts; what the guards decide does not depend on them.
    @Test func keptFactsNameNobody() throws {
        let definition: LifecycleDefinition = try TestLifecycle.standard()
        var builder = FactsBuilder()
        builder.approveEverywhere()
        builder.reviews = builder.reviews.map { review in
            VersionFacts.ReviewFact(
                id: review.id, gate: review.gate, decision: review.decision, items: review.items, evidence: nil,
                reviewer: review.reviewer, subject: "carol \(review.reviewer)", role: review.role,
                manifestDigest: review.manifestDigest, evidenceRevision: review.evidenceRevision, at: review.at)
        }
        let text: [UInt8] = CanonicalJSON.encode(builder.facts.json)
        #expect(!String(decoding: text, as: UTF8.self).contains("carol"))
        let facts: VersionFacts = try #require(VersionFacts(json: try JSONParser.parse(text)))
        let rule = LifecycleDefinition.GuardRule(
            name: "approval_gates", parameters: try #require(GuardCatalogue.guards["approval_gates"]).defaults)
        #expect(GuardCatalogue.evaluate([rule], facts, definition).map(\.hasPassed) == [true])
        #expect(VersionFacts(json: .null) == nil)
    }

    @Test func everyGuardHasACaseThatPassesAndOneThatRefuses() {
        for name in GuardCatalogue.guards.keys.sorted() {
            #expect(GuardCase.all.contains { $0.guardName == name && $0.hasPassed }, "\(name) never passes")
            #expect(GuardCase.all.contains { $0.guardName == name && !$0.hasPassed }, "\(name) never refuses")
        }
        let named: Set<String> = Set(GuardCase.all.map(\.guardName))
        #expect(named == Set(GuardCatalogue.guards.keys))
    }

    /// Defaults are parameters like any other, and every guard says what it is for.
    @Test func theCatalogueIsSound() {
        for (name, kind) in GuardCatalogue.guards {
            #expect(kind.name == name)
            #expect(!kind.summary.isEmpty)
            #expect(Shape.object(kind.parameters).faults(in: .object(kind.defaults)).isEmpty, "\(name)")
            let known: Set<String> = Set(kind.parameters.map(\.name))
            #expect(Set(kind.defaults.members.map(\.name)) == known, "\(name)")
        }
    }

    /// A gate that is demanded but not there is no gate that has passed.
    @Test func aGateThatDoesNotExistHasNotPassed() throws {
        let definition: LifecycleDefinition = try TestLifecycle.standard(patchedBy: [
            "gates": ["security": nil],
            "transitions": [["from": "development", "to": "validation", "requested_by": ["admin"]]],
            "environments": nil, "rollout": nil,
        ])
        let rule = LifecycleDefinition.GuardRule(
            name: "approval_gates", parameters: ["gates": ["security"], "distinct_approvers": 0])
        let finding: GuardFinding = try #require(
            GuardCatalogue.evaluate([rule], FactsBuilder.facts(), definition).first)
        #expect(!finding.hasPassed)
        #expect(finding.missing == ["security"])
        #expect(finding.detail.contains("no gate security"))
    }
}
