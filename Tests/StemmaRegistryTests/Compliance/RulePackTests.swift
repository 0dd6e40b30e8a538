import StemmaJSON
import StemmaRegistry
import Testing

/// The rules that come with the registry, each over facts that pass, fail, and do not concern it.
@Suite struct RulePackTests {
    /// Everything that auditors ask for.
    private static let catalogue: Set<String> = [
        "INV-01", "INV-02", "INV-03", "INV-04", "INV-05", "DOC-01", "DOC-02", "DOC-03", "DOC-04", "LOG-01", "LOG-02",
        "LOG-03", "SOD-01", "SOD-02", "SOD-03", "SOD-04", "CHG-01", "CHG-02", "CHG-03", "CHG-04", "CHG-05", "VAL-01",
        "VAL-02", "VAL-03", "VAL-04", "DAT-01", "DAT-02", "DAT-03", "DAT-04", "DAT-05", "DAT-06", "CCPA-01", "CCPA-02",
        "PHI-01",
        "SEC-01", "SEC-02", "SEC-03", "SEC-04", "SEC-05", "INC-01", "HOLD-01",
    ]

    @Test func thePacksAreThoseInTheFolder() throws {
        #expect(try RuleFixture.files() == RuleFixture.frameworks.sorted().map { $0 + ".yaml" })
        let library: ComplianceLibrary = try RuleFixture.library()
        #expect(library.packs.map(\.framework) == RuleFixture.frameworks)
        for pack in library.packs {
            #expect(!pack.rules.isEmpty)
            #expect(library.pack(pack.framework)?.title == pack.title)
        }
        #expect(library.pack("sox")?.retentionFloorDays == 2_557)
        #expect(library.pack("pci") == nil)
    }

    @Test func everyRuleOfTheCatalogueStandsOnce() throws {
        let library: ComplianceLibrary = try RuleFixture.library()
        #expect(library.rules.map(\.id) == Self.catalogue.sorted())
        #expect(Set(library.packs.flatMap(\.rules).map(\.id)) == Self.catalogue)
        for rule in library.rules {
            #expect(library.pack(rule.pack)?.rules.contains { $0.id == rule.id } == true, "\(rule.id)")
            #expect(ComplianceRule.shape.faults(in: rule.json).isEmpty)
        }
        let taken: [String] = try #require(library.pack("hipaa")).rules.map(\.id)
        #expect(taken == ["LOG-03", "PHI-01", "LOG-01", "LOG-02", "SOD-04", "HOLD-01"])
    }

    @Test(arguments: RuleCase.all) func findsWhatTheTableSays(_ row: RuleCase) throws {
        let rule: ComplianceRule = try #require(try RuleFixture.library().rule(row.rule))
        let faults: [ShapeFault] = ComplianceFacts.shape(rule.scope).faults(in: row.facts)
        #expect(faults.isEmpty, "the facts are no facts: \(faults)")
        let outcome: ComplianceOutcome = rule.evaluate(row.facts, now: RuleFixture.now)
        switch row.kind {
        case .passes: #expect(outcome == .pass)
        case .isNotApplicable: #expect(outcome == .notApplicable)
        case .fails:
            guard case .fail(let evidence) = outcome else {
                Issue.record("\(outcome.name) instead of fail")
                return
            }
            #expect(evidence.findings.map(\.pointer) == row.pointers)
            #expect(evidence.count == row.pointers.count)
        }
    }

    /// Each rule has what passes and what fails, and, where it does not concern all, what it does not concern.
    @Test func everyRuleHasItsCases() throws {
        let library: ComplianceLibrary = try RuleFixture.library()
        for rule in library.rules {
            let kinds: Set<RuleCase.Kind> = Set(RuleCase.all.filter { $0.rule == rule.id }.map(\.kind))
            #expect(kinds.contains(.passes), "\(rule.id) never passes")
            #expect(kinds.contains(.fails), "\(rule.id) never fails")
            #expect(kinds.contains(.isNotApplicable) == (rule.applies != nil), "\(rule.id) and whom it concerns")
        }
        #expect(Set(RuleCase.all.map(\.rule)) == Self.catalogue)
    }

    /// Every comparison of every rule is what some case fails by, so that none of them can be lost unseen.
    @Test func everyComparisonOfARuleCanFail() throws {
        for rule in try RuleFixture.library().rules {
            let blamed: Set<String> = Set(
                RuleCase.all.filter { $0.rule == rule.id && $0.kind == .fails }.flatMap(\.pointers))
            for pointer in Self.comparisons(in: rule.passes) {
                #expect(blamed.contains(pointer), "\(rule.id): nothing fails by \(pointer)")
            }
        }
    }

    /// Conditions that compare, counts included; what a counted element must be like is part of the count.
    private static func comparisons(in condition: ComplianceCondition) -> [String] {
        switch condition.kind {
        case .all, .any, .not, .everyElement, .someElement: condition.parts.flatMap { comparisons(in: $0) }
        default: [condition.pointer]
        }
    }

    /// Every subject that a rule is about fails it as long as nothing is known, but where silence is what it wants.
    @Test func nothingPassesForWantOfFacts() throws {
        let silent: Set<String> = ["INV-05"]
        for rule in try RuleFixture.library().rules {
            let row: RuleCase = try #require(RuleCase.all.first { $0.rule == rule.id && $0.kind == .passes })
            var picked: JSONValue = .object(JSONObject())
            for fact in Self.facts(of: rule.applies) {
                guard let value = Self.value(fact, in: row.facts) else { continue }
                picked = picked.mergePatch(Self.nested(fact, value))
            }
            let outcome: ComplianceOutcome = rule.evaluate(picked, now: RuleFixture.now)
            // What picks a subject may say all that there is to say of it.
            if outcome == .pass { #expect(silent.contains(rule.id) || picked == row.facts, "\(rule.id)") }
            if outcome == .notApplicable { Issue.record("\(rule.id) is not about what it is about") }
        }
    }

    private static func facts(of condition: ComplianceCondition?) -> [[String]] {
        guard let condition else { return [] }
        let own: [[String]] =
            switch condition.kind {
            case .present(let path), .equals(let path, _), .among(let path, _), .atMost(let path, _):
                path.text.hasPrefix("it") ? [] : [path.text.split(separator: ".").map(String.init)]
            case .someElement(let quantified): [quantified.list.text.split(separator: ".").map(String.init)]
            default: []
            }
        return own + condition.parts.flatMap { facts(of: $0) }
    }

    private static func value(_ path: [String], in document: JSONValue) -> JSONValue? {
        path.reduce(document) { value, name in value?[name] }
    }

    private static func nested(_ path: [String], _ value: JSONValue) -> JSONValue {
        path.reversed().reduce(value) { inner, name in
            .object(JSONObject([JSONObject.Member(name: name, value: inner)]))
        }
    }

    /// The vocabulary has no words that no rule uses, and a sentence for each.
    @Test func everyFactIsUsed() throws {
        let used: Set<String> = Set(try RuleFixture.library().rules.flatMap(\.facts))
        for fact in ComplianceFacts.all {
            #expect(used.contains(fact.path), "\(fact.path) is used by no rule")
            #expect(fact.summary.hasSuffix("."), "\(fact.path)")
            #expect(fact.path.hasPrefix(fact.scope.rawValue + "."))
        }
        #expect(used.isSubset(of: Set(ComplianceFacts.all.map(\.path))))
        #expect(Set(ComplianceFacts.all.map(\.path)).count == ComplianceFacts.all.count)
    }
}
