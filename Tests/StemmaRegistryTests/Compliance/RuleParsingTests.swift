import StemmaConfiguration
import StemmaJSON
import StemmaRegistry
import Testing

/// What a library of packs refuses, and how it says so.
@Suite struct RuleParsingTests {
    private static func faults(_ sources: [ComplianceLibrary.Source]) -> [ComplianceRuleFault] {
        do {
            _ = try ComplianceLibrary(sources)
            return []
        } catch {
            return error.faults
        }
    }

    private static func faults(
        _ scope: ComplianceScope = .version, _ passes: String, _ params: JSONObject? = nil
    ) throws -> [ComplianceRuleFault] {
        var rule: JSONObject = RuleFixture.plainRule("TEST-01", scope, passes: try YAMLDocument.json(passes))
        if let params { rule.set("params", .object(params)) }
        return faults([RuleFixture.pack("one", [.object(rule)])])
    }

    struct Refused: Sendable, CustomTestStringConvertible {
        let condition: String
        let reason: ComplianceRuleFault.Reason
        let pointer: String
        var detail: String = ""
        var testDescription: String { condition }
    }

    @Test(arguments: [
        Refused(condition: "version.state", reason: .malformed, pointer: ""),
        Refused(condition: "{}", reason: .malformed, pointer: ""),
        Refused(condition: "{present: version.state, not: x}", reason: .malformed, pointer: ""),
        Refused(
            condition: "{matches: [version.state, x]}", reason: .unknownOperator, pointer: "/matches",
            detail: "at_least"),
        Refused(condition: "{all: []}", reason: .malformed, pointer: "/all"),
        Refused(condition: "{any: {present: version.state}}", reason: .malformed, pointer: "/any"),
        Refused(
            condition: "{all: [{present: version.state}, {nor: []}]}", reason: .unknownOperator, pointer: "/all/1/nor"),
        Refused(
            condition: "{present: version.stat}", reason: .unknownFact, pointer: "/present", detail: "version.stat"),
        Refused(condition: "{present: version}", reason: .unknownFact, pointer: "/present"),
        Refused(condition: "{present: versions.state}", reason: .unknownFact, pointer: "/present"),
        Refused(condition: "{present: 7}", reason: .malformed, pointer: "/present"),
        Refused(condition: "{present: Version.state}", reason: .malformed, pointer: "/present"),
        Refused(condition: "{present: version..state}", reason: .malformed, pointer: "/present"),
        Refused(condition: "{present: version.gates.*}", reason: .malformed, pointer: "/present"),
        Refused(condition: "{present: it.gate}", reason: .malformed, pointer: "/present", detail: "quantifier"),
        Refused(condition: "{present: version.gates.*.gates}", reason: .unknownFact, pointer: "/present"),
        Refused(
            condition: "{equals: [version.state]}", reason: .malformed, pointer: "/equals", detail: "[fact, value]"),
        Refused(condition: "{equals: [version.state, producton]}", reason: .typeMismatch, pointer: "/equals/1"),
        Refused(condition: "{equals: [version.state, 1]}", reason: .typeMismatch, pointer: "/equals/1"),
        Refused(condition: "{equals: [version.is_phi, \"true\"]}", reason: .typeMismatch, pointer: "/equals/1"),
        Refused(condition: "{equals: [version.risk.tier, high]}", reason: .typeMismatch, pointer: "/equals/1"),
        Refused(
            condition: "{equals: [version.created_at, \"2026-01-01\"]}", reason: .typeMismatch, pointer: "/equals/0"),
        Refused(condition: "{equals: [version.aliases, stable]}", reason: .typeMismatch, pointer: "/equals/0"),
        Refused(condition: "{in: [version.state, []]}", reason: .malformed, pointer: "/in/1"),
        Refused(condition: "{in: [version.state, [production, gone]]}", reason: .typeMismatch, pointer: "/in/1/1"),
        Refused(condition: "{in: [version.gates, [technical]]}", reason: .typeMismatch, pointer: "/in/0"),
        Refused(condition: "{includes: [version.state, [production]]}", reason: .typeMismatch, pointer: "/includes/0"),
        Refused(condition: "{at_least: [version.state, 1]}", reason: .typeMismatch, pointer: "/at_least/0"),
        Refused(
            condition: "{at_least: [version.risk.tier, version.state]}", reason: .typeMismatch, pointer: "/at_least/1"),
        Refused(condition: "{at_most: [version.risk.tier, true]}", reason: .malformed, pointer: "/at_most/1"),
        Refused(condition: "{time_order: [version.state, now]}", reason: .typeMismatch, pointer: "/time_order/0"),
        Refused(condition: "{time_order: [now, then]}", reason: .unknownFact, pointer: "/time_order/1"),
        Refused(condition: "{within_days: [version.created_at, now]}", reason: .malformed, pointer: "/within_days"),
        Refused(
            condition: "{within_days: [version.created_at, now, -1]}", reason: .malformed, pointer: "/within_days/2"),
        Refused(
            condition: "{within_days: [version.created_at, now, 1e9]}", reason: .malformed, pointer: "/within_days/2"),
        Refused(condition: "{same: [version.risk.tier, version.aliases]}", reason: .typeMismatch, pointer: "/same"),
        Refused(condition: "{disjoint: [version.gates, version.aliases]}", reason: .typeMismatch, pointer: "/disjoint"),
        Refused(condition: "{every: [version.gates, {present: it.gate}]}", reason: .malformed, pointer: "/every"),
        Refused(condition: "{every: {of: version.gates}}", reason: .malformed, pointer: "/every", detail: "of, that"),
        Refused(
            condition: "{some: {of: version.state, that: {equals: [it, x]}}}", reason: .typeMismatch,
            pointer: "/some/of"),
        Refused(
            condition: "{some: {of: version.gates.*.gate, that: {equals: [it, technical]}}}", reason: .typeMismatch,
            pointer: "/some/of"),
        Refused(
            condition: "{some: {of: version.gates, that: {present: it.people}}}", reason: .unknownFact,
            pointer: "/some/that/present", detail: "version.gates.*.people"),
        Refused(
            condition: "{some: {of: version.gates, that: {present: it}}}", reason: .unknownFact,
            pointer: "/some/that/present"),
        Refused(
            condition: "{distinct_at_least: {of: version.gates, by: version.state, count: 1}}", reason: .typeMismatch,
            pointer: "/distinct_at_least/by"),
        Refused(
            condition: "{distinct_at_least: {of: version.gates, by: it.gate, count: 0}}", reason: .malformed,
            pointer: "/distinct_at_least/count"),
        Refused(
            condition: "{distinct_at_least: {of: version.gates, by: it.gate, count: 1, least: 1}}", reason: .malformed,
            pointer: "/distinct_at_least", detail: "that?"),
        Refused(
            condition: "{at_least: [version.risk.tier, $limit]}", reason: .unknownParameter, pointer: "/at_least/1",
            detail: "limit"),
    ]) func refusesConditions(_ refused: Refused) throws {
        let faults: [ComplianceRuleFault] = try Self.faults(.version, refused.condition)
        let fault: ComplianceRuleFault = try #require(faults.first)
        #expect(faults.count == 1)
        #expect(fault.reason == refused.reason)
        #expect(fault.pack == "one")
        #expect(fault.rule == "TEST-01")
        #expect(fault.pointer == "/rules/0/passes" + refused.pointer)
        #expect(fault.detail.contains(refused.detail), "\(fault.detail)")
        #expect(fault.description.hasPrefix("one TEST-01 at /rules/0/passes"))
    }

    /// A version has its model's facts and the registry's; not the other way round.
    @Test func scopesSeeTheirFacts() throws {
        let paths: [String] = ["registry.legal_holds", "model.use_case", "version.use_case"]
        for (scope, seen) in [(ComplianceScope.registry, 1), (.model, 2), (.version, 3)] {
            for (index, path) in paths.enumerated() {
                let faults: [ComplianceRuleFault] = try Self.faults(scope, "{present: \(path)}")
                #expect(faults.map(\.reason) == (index < seen ? [] : [.factOutOfScope]), "\(scope) \(path)")
            }
        }
    }

    @Test func parametersAreNumbersAndTextsThatAreUsed() throws {
        let condition: String = "{at_least: [version.risk.tier, $limit]}"
        #expect(try Self.faults(.version, condition, ["limit": 2]).isEmpty)
        let unused: [ComplianceRuleFault] = try Self.faults(.version, condition, ["limit": 2, "other": 3])
        #expect(unused.map(\.reason) == [.unusedParameter])
        #expect(unused.map(\.pointer) == ["/rules/0/params/other"])
        let text: [ComplianceRuleFault] = try Self.faults(.version, condition, ["limit": "two"])
        #expect(text.map(\.reason) == [.malformed])
        let list: [ComplianceRuleFault] = try Self.faults(.version, condition, ["limit": [2]])
        #expect(list.map(\.pointer) == ["/rules/0/passes/at_least/1", "/rules/0/params/limit"])
    }

    @Test func conditionsMayNotGrowForEver() throws {
        let deep: String =
            String(repeating: "{not: ", count: 15) + "{present: version.state}" + String(repeating: "}", count: 15)
        #expect(try Self.faults(.version, deep).isEmpty)
        #expect(try Self.faults(.version, "{not: \(deep)}").map(\.reason) == [.tooComplex])
        let part: String = "{present: version.state}"
        let wide: (Int) -> String = { count in
            "{all: [" + Array(repeating: part, count: count).joined(separator: ", ") + "]}"
        }
        #expect(try Self.faults(.version, wide(199)).isEmpty)
        #expect(try Self.faults(.version, wide(200)).map(\.reason) == [.tooComplex])
    }

    /// Both conditions of a rule are read, and all faults told at once.
    @Test func everyFaultIsTold() throws {
        var first: JSONObject = RuleFixture.plainRule(
            "TEST-01", .model, passes: ["all": [["present": "model.x"], ["present": "model.y"]]])
        first.set("applies", ["present": "version.state"])
        var second: JSONObject = RuleFixture.plainRule("test", .version, passes: ["present": "version.state"])
        second.set("severity", "grave")
        second.set("remediation", ["action": "", "owner": "somebody", "due_days": -1])
        second.set("hint", "none")
        _ = second.remove("citations")
        let pack: ComplianceLibrary.Source = RuleFixture.pack("one", [.object(first), .object(second)])
        let error: ComplianceRuleError = try #require(
            #expect(throws: ComplianceRuleError.self) { try ComplianceLibrary([pack]) })
        #expect(error.description.split(separator: "\n").count == 10)
        let faults: [ComplianceRuleFault] = error.faults
        #expect(
            faults.map(\.pointer).sorted() == [
                "/rules/0/applies/present", "/rules/0/passes/all/0/present", "/rules/0/passes/all/1/present",
                "/rules/1/citations", "/rules/1/hint", "/rules/1/id", "/rules/1/remediation/action",
                "/rules/1/remediation/due_days", "/rules/1/remediation/owner", "/rules/1/severity",
            ])
        #expect(
            faults.filter { $0.pointer.hasPrefix("/rules/1") }.allSatisfy {
                $0.rule == "test" && $0.reason == .malformed
            })
    }

    @Test func packsHaveTheirForm() {
        let plain: ComplianceLibrary.Source = RuleFixture.pack("one", [])
        #expect(Self.faults([plain]).isEmpty)
        let pointers: ([String: JSONValue]) -> [String] = { changes in
            var json: JSONValue = plain.json
            for (name, value) in changes {
                json = json.mergePatch(.object(JSONObject([JSONObject.Member(name: name, value: value)])))
            }
            return Self.faults([ComplianceLibrary.Source(name: "one", json: json)]).map(\.pointer)
        }
        #expect(pointers(["framework": "two"]) == ["/framework"])
        #expect(pointers(["framework": "One"]).contains("/framework"))
        #expect(pointers(["title": nil]) == ["/title"])
        #expect(pointers(["version": "1.0"]) == ["/version"])
        #expect(pointers(["retention_floor_days": -1]) == ["/retention_floor_days"])
        #expect(pointers(["rules": nil]) == ["/rules"])
        #expect(pointers(["include": [["pack": "one"]]]) == ["/include/0/rules", "/include/0/pack"])
        #expect(pointers(["notes": "x"]) == ["/notes"])
        #expect(Self.faults([ComplianceLibrary.Source(name: "one", json: [])]).first?.pointer == "")
    }
}
