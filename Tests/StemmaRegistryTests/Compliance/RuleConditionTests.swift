import StemmaConfiguration
import StemmaJSON
import StemmaRegistry
import Testing

/// What conditions mean, above all of facts that are not there.
@Suite struct RuleConditionTests {
    private static let facts: JSONValue = [
        "version": [
            "state": "production", "created_at": "2026-05-01T00:00:00Z", "published_at": "2026-05-03T00:00:00Z",
            "limitations": " ", "use_case": nil, "aliases": ["production", "stable"], "consumers": [],
            "makers": ["p_ann"], "is_phi": false, "unrecorded_downloads": 2,
            "risk": ["tier": 2, "computed_tier": 2, "annex_iv_headings": [1, 2.0, 3]],
            "validations": [
                ["id": "v1", "people": ["p_val", "p_ann"], "report_digest": "sha256:aa"],
                ["id": "v2", "people": ["p_wes"], "report_digest": nil],
            ],
            "gates": [
                ["gate": "technical", "passed": true], ["gate": "business", "passed": false],
                ["gate": "security", "passed": true],
            ], "artifacts": [],
        ]
    ]

    private static func outcome(
        _ passes: String, _ params: JSONObject = [:], facts: JSONValue = facts
    ) throws -> ComplianceOutcome {
        try RuleFixture.rule(.version, passes, params: params).evaluate(facts, now: RuleFixture.now)
    }

    @Test(arguments: [
        "{present: version.state}", "{present: version.is_phi}", "{present: version.aliases}",
        "{present: version.risk.tier}", "{equals: [version.is_phi, false]}", "{equals: [version.risk.tier, 2.0]}",
        "{in: [version.state, [shadow, production]]}", "{in: [version.aliases, [stable, other]]}",
        "{includes: [version.aliases, [stable, production]]}", "{includes: [version.risk.annex_iv_headings, [1, 2]]}",
        "{at_least: [version.risk.tier, 2]}", "{at_most: [version.risk.tier, version.risk.computed_tier]}",
        "{within_days: [version.created_at, version.published_at, 2]}",
        "{within_days: [version.created_at, now, 31]}", "{time_order: [version.created_at, version.created_at]}",
        "{time_order: [version.published_at, now]}", "{same: [version.makers, version.makers]}",
        "{disjoint: [version.makers, version.aliases]}", "{disjoint: [version.consumers, version.makers]}",
        "{every: {of: version.artifacts, that: {present: it.digest}}}",
        "{some: {of: version.gates, that: {equals: [it.passed, false]}}}",
        "{some: {of: version.validations, that: {some: {of: it.people, that: {equals: [it, p_wes]}}}}}",
        "{every: {of: version.aliases, that: {in: [it, [production, stable]]}}}",
        "{distinct_at_least: {of: version.gates, by: it.gate, count: 3}}",
        "{distinct_at_least: {of: version.gates, by: it.gate, that: {equals: [it.passed, true]}, count: 2}}",
        "{includes: [version.validations.*.people, [p_val, p_wes]]}",
        "{in: [version.gates.*.gate, [business, operational]]}",
    ]) func holds(_ condition: String) throws {
        #expect(try Self.outcome(condition) == .pass)
        #expect(try Self.outcome("{not: \(condition)}") != .pass)
    }

    /// A comparison with something absent is false, whatever it compares, and so is what is not as it should be.
    @Test(arguments: [
        "{present: version.outputs}", "{present: version.limitations}", "{present: version.use_case}",
        "{present: version.consumers}", "{equals: [version.manifest_digest, x]}", "{equals: [version.use_case, x]}",
        "{in: [version.use_case, [x]]}", "{in: [version.consumers, [production]]}",
        "{in: [version.outputs, [x]]}", "{includes: [version.outputs, [x]]}",
        "{includes: [version.aliases, [stable, beta]]}", "{includes: [version.consumers, [x]]}",
        "{at_least: [version.traffic.percent, 0]}", "{at_most: [version.traffic.percent, 100]}",
        "{at_least: [version.risk.tier, version.traffic.percent]}", "{at_least: [version.risk.tier, 2.5]}",
        "{within_days: [version.state_since, now, 36500]}",
        "{within_days: [version.created_at, version.state_since, 9]}",
        "{within_days: [version.created_at, now, 30.9]}",
        "{within_days: [version.published_at, version.created_at, 9]}",
        "{within_days: [now, version.created_at, 9]}", "{time_order: [version.state_since, now]}",
        "{time_order: [now, version.state_since]}", "{time_order: [now, version.created_at]}",
        "{same: [version.outputs, version.inputs]}", "{same: [version.outputs, version.makers]}",
        "{disjoint: [version.outputs, version.makers]}", "{disjoint: [version.makers, version.outputs]}",
        "{disjoint: [version.validations.*.people, version.makers]}",
        "{every: {of: version.parents, that: {present: it.licence}}}",
        "{some: {of: version.artifacts, that: {present: it.path}}}",
        "{some: {of: version.parents, that: {present: it.id}}}",
        "{distinct_at_least: {of: version.parents, by: it.id, count: 1}}",
        "{distinct_at_least: {of: version.validations, by: it.report_digest, count: 2}}",
    ]) func doesNotHold(_ condition: String) throws {
        #expect(try Self.outcome(condition) != .pass)
        #expect(try Self.outcome("{not: \(condition)}") == .pass)
    }

    /// One object without the member makes what is gathered from all of them absent, so that half a list is none.
    @Test func halfAListIsNone() throws {
        let whole: String = "{includes: [version.validations.*.report_digest, [\"sha256:aa\"]]}"
        #expect(try Self.outcome(whole) != .pass)
        let facts: JSONValue = ["version": ["validations": [["id": "v1", "report_digest": "sha256:aa"]]]]
        #expect(try Self.outcome(whole, facts: facts) == .pass)
    }

    /// What is not of the type that the vocabulary says compares as nothing.
    @Test func wrongTypesCompareAsNothing() throws {
        let facts: JSONValue = [
            "version": ["risk": ["tier": "2"], "created_at": "yesterday", "gates": "all", "parents": ["id": "x"]]
        ]
        for condition in [
            "{at_least: [version.risk.tier, 0]}", "{time_order: [version.created_at, now]}",
            "{every: {of: version.gates, that: {present: it.gate}}}",
            "{some: {of: version.parents, that: {present: it.id}}}",
            "{in: [version.parents.*.licence, [x]]}",
        ] {
            #expect(try Self.outcome(condition, facts: facts) != .pass, "\(condition)")
        }
        #expect(try Self.outcome("{present: version.state}", facts: []) != .pass)
        #expect(try Self.outcome("{present: version.state}", facts: nil) != .pass)
    }

    /// `it` is the innermost element; facts of the subject stay in reach.
    @Test func quantifiersNest() throws {
        let makers: String = "{disjoint: [it.people, version.makers]}"
        #expect(try Self.outcome("{some: {of: version.validations, that: \(makers)}}") == .pass)
        #expect(try Self.outcome("{every: {of: version.validations, that: \(makers)}}") != .pass)
        let inner: String = "{every: {of: it.people, that: {in: [it, [p_ann, p_val]]}}}"
        let first: String = "{all: [{equals: [it.id, v1]}, \(inner)]}"
        #expect(try Self.outcome("{some: {of: version.validations, that: \(first)}}") == .pass)
    }

    @Test func whomARuleConcerns() throws {
        let rule: ComplianceRule = try RuleFixture.rule(
            .version, "{present: version.outputs}", applies: "{equals: [version.state, production]}")
        #expect(rule.evaluate(["version": ["state": "staging"]], now: RuleFixture.now) == .notApplicable)
        #expect(rule.evaluate(["version": ["outputs": ["x"]]], now: RuleFixture.now) == .notApplicable)
        #expect(rule.evaluate(["version": ["state": "production", "outputs": ["x"]]], now: RuleFixture.now) == .pass)
    }

    @Test func parametersAreFilledIn() throws {
        let condition: String =
            "{all: [{within_days: [version.created_at, now, $days]}, {equals: [version.state, $state]}]}"
        #expect(try Self.outcome(condition, ["days": 31, "state": "production"]) == .pass)
        #expect(try Self.outcome(condition, ["days": 30.5, "state": "production"]) != .pass)
        #expect(try Self.outcome(condition, ["days": 31, "state": "shadow"]) != .pass)
    }

    private static func evidence(_ passes: String, facts: JSONValue = facts) throws -> ComplianceEvidence {
        let outcome: ComplianceOutcome = try outcome(passes, facts: facts)
        let evidence: ComplianceEvidence? = if case .fail(let evidence) = outcome { evidence } else { nil }
        return try #require(evidence, "\(passes) does not fail")
    }

    private static func json(_ evidence: ComplianceEvidence) -> [JSONValue] { evidence.findings.map(\.json) }

    @Test func evidenceTellsWhatWasRead() throws {
        #expect(
            Self.json(try Self.evidence("{present: version.outputs}")) == [
                [
                    "pointer": "/passes", "condition": "present", "must_hold": true,
                    "facts": [["path": "version.outputs", "value": nil]],
                ]
            ])
        #expect(
            Self.json(try Self.evidence("{all: [{at_most: [version.risk.tier, 1]}, {present: version.state}]}")) == [
                [
                    "pointer": "/passes/all/0", "condition": "at_most", "must_hold": true,
                    "facts": [["path": "version.risk.tier", "value": 2]], "limit": 1,
                ]
            ])
        #expect(
            Self.json(try Self.evidence("{not: {equals: [version.state, production]}}")) == [
                [
                    "pointer": "/passes/not", "condition": "equals", "must_hold": false,
                    "facts": [["path": "version.state", "value": "production"]], "limit": "production",
                ]
            ])
        #expect(
            Self.json(try Self.evidence("{within_days: [version.created_at, now, 30]}")) == [
                [
                    "pointer": "/passes", "condition": "within_days", "must_hold": true,
                    "facts": [["path": "version.created_at", "value": "2026-05-01T00:00:00Z"]],
                    "limit": ["days": 30, "now": "2026-06-01T00:00:00.000Z"],
                ]
            ])
    }

    /// Lists tell by which values they fail, elements where they are and who they are.
    @Test func evidenceTellsOfLists() throws {
        #expect(
            Self.json(
                try Self.evidence("{every: {of: version.validations, that: {disjoint: [it.people, version.makers]}}}"))
                == [
                    [
                        "pointer": "/passes/every/that", "condition": "disjoint", "must_hold": true,
                        "facts": [
                            ["path": "version.validations.0.people", "count": 2, "value": ["p_val", "p_ann"]],
                            ["path": "version.makers", "count": 1, "value": ["p_ann"]],
                        ], "difference": ["p_ann"], "element": "v1",
                    ]
                ])
        #expect(
            Self.json(try Self.evidence("{includes: [version.aliases, [stable, beta, gamma]]}")) == [
                [
                    "pointer": "/passes", "condition": "includes", "must_hold": true,
                    "facts": [["path": "version.aliases", "count": 2, "value": ["production", "stable"]]],
                    "limit": ["stable", "beta", "gamma"], "difference": ["beta", "gamma"],
                ]
            ])
        #expect(
            Self.json(try Self.evidence("{same: [version.aliases, version.makers]}")).first?["difference"] == [
                "production", "stable", "p_ann",
            ])
        #expect(
            Self.json(
                try Self.evidence(
                    "{distinct_at_least: {of: version.gates, by: it.gate, that: {equals: [it.passed, true]}, count: 3}}"
                ))
                == [
                    [
                        "pointer": "/passes", "condition": "distinct_at_least", "must_hold": true,
                        "facts": [["path": "version.gates", "count": 3]], "limit": 3,
                        "difference": ["technical", "security"],
                    ]
                ])
        let some: ComplianceEvidence = try Self.evidence(
            "{some: {of: version.gates, that: {equals: [it.gate, operational]}}}")
        #expect(some.findings.map(\.element) == [nil, "technical", "business", "security"])
        #expect(
            some.findings.map { $0.readings.map(\.path) } == [
                ["version.gates"], ["version.gates.0.gate"], ["version.gates.1.gate"], ["version.gates.2.gate"],
            ])
    }

    /// What makes a condition hold that must not.
    @Test func evidenceOfWhatMustNotHold() throws {
        let some: ComplianceEvidence = try Self.evidence(
            "{not: {some: {of: version.gates, that: {equals: [it.passed, true]}}}}")
        #expect(some.findings.map(\.pointer) == ["/passes/not/some/that", "/passes/not/some/that"])
        #expect(some.findings.map(\.element) == ["technical", "security"])
        #expect(some.findings.allSatisfy { !$0.mustHold })
        let every: ComplianceEvidence = try Self.evidence(
            "{not: {every: {of: version.artifacts, that: {present: it.digest}}}}")
        #expect(every.findings.map(\.pointer) == ["/passes/not"])
        let any: ComplianceEvidence = try Self.evidence(
            "{not: {any: [{present: version.outputs}, {present: version.state}, {equals: [version.risk.tier, 2]}]}}")
        #expect(any.findings.map(\.pointer) == ["/passes/not/any/1", "/passes/not/any/2"])
        let all: ComplianceEvidence = try Self.evidence(
            "{not: {all: [{present: version.state}, {not: {present: version.outputs}}]}}")
        #expect(all.findings.map(\.pointer) == ["/passes/not/all/0", "/passes/not/all/1/not"])
        #expect(all.findings.map(\.mustHold) == [false, true])
    }

    /// Evidence is kept for years and shown to many: it holds no long texts and no whole objects, and does not grow.
    @Test func evidenceIsBounded() throws {
        let long: String = String(repeating: "\u{e9}", count: 150)
        let cut: ComplianceEvidence = try Self.evidence(
            "{equals: [version.limitations, x]}", facts: ["version": ["limitations": .string(long)]])
        let shown: String = try #require(cut.findings.first?.readings.first?.value?.string)
        #expect(shown == String(repeating: "\u{e9}", count: 98) + "\u{2026}")
        #expect(shown.utf8.count == 199)
        let exact: String = String(repeating: "x", count: 200)
        let kept: ComplianceEvidence = try Self.evidence(
            "{equals: [version.limitations, x]}", facts: ["version": ["limitations": .string(exact)]])
        #expect(kept.findings.first?.readings.first?.value == .string(exact))

        let many: JSONValue = .array((0..<1_000).map { ["path": .string("file \($0)"), "format": .string(long)] })
        let evidence: ComplianceEvidence = try Self.evidence(
            "{every: {of: version.artifacts, that: {equals: [it.format, onnx]}}}",
            facts: ["version": ["artifacts": many]])
        #expect(evidence.count == 1_000)
        #expect(evidence.findings.count == 50)
        #expect(evidence.findings.last?.element == "file 49")
        let lists: ComplianceEvidence = try Self.evidence(
            "{in: [version.artifacts.*.path, [x]]}", facts: ["version": ["artifacts": many]])
        #expect(lists.findings.first?.readings.first?.count == 1_000)
        #expect(lists.findings.first?.readings.first?.value?.array?.count == 20)
        let objects: ComplianceEvidence = try Self.evidence(
            "{not: {present: version.artifacts}}", facts: ["version": ["artifacts": many]])
        #expect(objects.findings.first?.readings.first?.value == nil)
        #expect(objects.json["count"] == 1)
    }
}
