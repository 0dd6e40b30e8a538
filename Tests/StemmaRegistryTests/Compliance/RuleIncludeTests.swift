import StemmaJSON
import StemmaRegistry
import Testing

/// Packs that take over rules from each other.
@Suite struct RuleIncludeTests {
    private func rule(_ id: String) -> JSONValue {
        .object(RuleFixture.plainRule(id, .version, passes: ["present": "version.state"]))
    }

    private func include(_ pack: String, _ rules: String...) -> JSONValue {
        ["pack": .string(pack), "rules": .array(rules.map { .string($0) })]
    }

    private static func faults(_ sources: [ComplianceLibrary.Source]) -> [ComplianceRuleFault] {
        do {
            _ = try ComplianceLibrary(sources)
            return []
        } catch {
            return error.faults
        }
    }

    @Test func takesRulesOver() throws {
        let library = try ComplianceLibrary([
            RuleFixture.pack("three", [rule("THR-01")], include: [include("two", "TWO-01", "ONE-02")]),
            RuleFixture.pack("two", [rule("TWO-01")], include: [include("one", "ONE-02")]),
            RuleFixture.pack("one", [rule("ONE-01"), rule("ONE-02")]),
        ])
        #expect(library.packs.map(\.framework) == ["three", "two", "one"])
        #expect(library.pack("three")?.rules.map(\.id) == ["THR-01", "TWO-01", "ONE-02"])
        #expect(library.pack("two")?.rules.map(\.id) == ["TWO-01", "ONE-02"])
        #expect(library.pack("one")?.rules.map(\.id) == ["ONE-01", "ONE-02"])
        #expect(library.rules.map(\.id) == ["ONE-01", "ONE-02", "THR-01", "TWO-01"])
        #expect(library.rule("ONE-02")?.pack == "one")
        #expect(library.pack("three")?.rules.last?.pack == "one")
        #expect(library.rule("ONE-03") == nil)
    }

    @Test func refusesWhatIsNotThere() {
        let faults: [ComplianceRuleFault] = Self.faults([
            RuleFixture.pack("two", [], include: [include("one", "ONE-01", "ONE-07"), include("zero", "ZER-01")]),
            RuleFixture.pack("one", [rule("ONE-01")]),
        ])
        #expect(faults.map(\.reason) == [.unknownRule, .unknownPack])
        #expect(faults.map(\.pack) == ["two", "two"])
        #expect(faults.map(\.rule) == ["ONE-07", nil])
        #expect(faults.map(\.pointer) == ["/include/0/rules/1", "/include/1/pack"])
    }

    @Test func refusesTheSameIdTwice() {
        let inOne: [ComplianceRuleFault] = Self.faults([RuleFixture.pack("one", [rule("ONE-01"), rule("ONE-01")])])
        #expect(inOne.map(\.reason) == [.duplicateRule])
        #expect(inOne.map(\.pointer) == ["/rules/1/id"])
        let inTwo: [ComplianceRuleFault] = Self.faults([
            RuleFixture.pack("one", [rule("ONE-01")]), RuleFixture.pack("two", [rule("ONE-01")]),
        ])
        #expect(inTwo.map(\.reason) == [.duplicateRule])
        #expect(inTwo.map(\.pack) == ["two"])
        #expect(inTwo.first?.detail.contains("the pack one") == true)
        let included: [ComplianceRuleFault] = Self.faults([
            RuleFixture.pack("one", [rule("ONE-01")]),
            RuleFixture.pack("two", [], include: [include("one", "ONE-01"), include("one", "ONE-01")]),
        ])
        #expect(included.map(\.reason) == [.duplicateRule])
        #expect(included.map(\.pointer) == ["/include/1/rules/0"])
        let byTwoWays: [ComplianceRuleFault] = Self.faults([
            RuleFixture.pack("one", [rule("ONE-01")]),
            RuleFixture.pack("two", [], include: [include("one", "ONE-01")]),
            RuleFixture.pack("three", [], include: [include("one", "ONE-01"), include("two", "ONE-01")]),
        ])
        #expect(byTwoWays.map(\.reason) == [.duplicateRule])
        let packs: [ComplianceRuleFault] = Self.faults([RuleFixture.pack("one", []), RuleFixture.pack("one", [])])
        #expect(packs.map(\.reason) == [.duplicatePack])
    }

    @Test func refusesCycles() {
        let own: [ComplianceRuleFault] = Self.faults([
            RuleFixture.pack("one", [rule("ONE-01")], include: [include("one", "ONE-01")])
        ])
        #expect(own.map(\.reason) == [.cycle])
        #expect(own.first?.detail == "one includes one")
        let three: [ComplianceRuleFault] = Self.faults([
            RuleFixture.pack("one", [rule("ONE-01")], include: [include("two", "TWO-01")]),
            RuleFixture.pack("two", [rule("TWO-01")], include: [include("three", "THR-01")]),
            RuleFixture.pack("three", [rule("THR-01")], include: [include("one", "ONE-01")]),
        ])
        #expect(three.map(\.reason) == [.cycle])
        #expect(three.map(\.pack) == ["three"])
        #expect(three.map(\.pointer) == ["/include/0/pack"])
        #expect(three.first?.detail == "one includes two includes three includes one")
    }

    /// A faulty rule is told once, not again by every pack that includes it.
    @Test func aFaultyRuleIsToldOnce() {
        let broken: JSONValue = .object(RuleFixture.plainRule("ONE-01", .version, passes: ["present": "version.x"]))
        let faults: [ComplianceRuleFault] = Self.faults([
            RuleFixture.pack("three", [], include: [include("two", "ONE-01")]),
            RuleFixture.pack("two", [], include: [include("one", "ONE-01")]), RuleFixture.pack("one", [broken]),
        ])
        #expect(faults.map(\.reason) == [.unknownFact])
        #expect(faults.map(\.pack) == ["one"])
    }
}
