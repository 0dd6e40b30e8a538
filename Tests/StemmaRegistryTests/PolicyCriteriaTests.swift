import StemmaJSON
import StemmaTesting
import Testing

@testable import StemmaRegistry

/// Each criterion: where it is met, where it is not, and where a missing measurement leaves it open.
@Suite struct PolicyCriteriaTests {
    private static let week: [Double] = [Double](repeating: 1, count: 7)

    @Test func performanceBelowTheRegisteredBaseline() async throws {
        try await PolicyFixture.with { fixture in
            let values: [(String, Double?, String)] = [
                ("bad", 0.84, "retire"), ("edge", 0.85, "keep"), ("good", 0.95, "keep"), ("silent", nil, "unknown"),
            ]
            for (model, value, _) in values {
                let id = try await fixture.version(model, "1.0.0", .production, metrics: #"{"accuracy":0.9}"#)
                if let value { try await fixture.observe(id, "accuracy", Self.week.map { $0 * value }) }
            }
            let bare = try await fixture.version("bare", "1.0.0", .production)
            try await fixture.observe(bare, "accuracy", [0.1])
            let old = try await fixture.version("old", "1.0.0", .production, metrics: #"{"accuracy":0.9}"#)
            try await fixture.observe(old, "accuracy", [0.1], endingDaysAgo: 8)
            let id = try await fixture.make("retirement", #"{"performance":{"metric":"accuracy"}}"#)
            let run: JSONValue = try await fixture.run(id)
            #expect(
                PolicyFixture.verdicts(run) == [
                    "bad 1.0.0 retire", "bare 1.0.0 unknown", "edge 1.0.0 keep", "good 1.0.0 keep", "old 1.0.0 unknown",
                    "silent 1.0.0 unknown",
                ])
            let first: JSONValue = try #require(run["decisions"]?.array?.first)
            #expect(first["criteria"]?.array?[0]["read"] == ["current": 0.84, "baseline": 0.9, "observations": 7])
            #expect(
                first["reason"]?.string
                    == "accuracy is 0.84 over the last 7 days against 0.9 in its registration: worse by more than 0.05")
        }
    }

    @Test func performanceWhereLowerIsBetterAndWithTooFewObservations() async throws {
        try await PolicyFixture.with { fixture in
            for (model, value) in [("worse", 130.0), ("better", 70.0)] {
                let id = try await fixture.version(model, "1.0.0", .production, metrics: #"{"latency_ms":100}"#)
                try await fixture.observe(id, "latency_ms", [value, value])
            }
            let rule: String = #""metric":"latency_ms","threshold":20,"lower_is_better":true"#
            #expect(
                try await fixture.decide("retirement", #"{"performance":{\#(rule)}}"#) == [
                    "better 1.0.0 keep", "worse 1.0.0 retire",
                ])
            #expect(
                try await fixture.decide(
                    "retirement", #"{"performance":{\#(rule),"minimum_observations":3}}"#, name: "q") == [
                        "better 1.0.0 unknown", "worse 1.0.0 unknown",
                    ])
        }
    }

    @Test func performanceBelowTheFirstDays() async throws {
        try await PolicyFixture.with { fixture in
            let fallen = try await fixture.version("fallen", "1.0.0", .production)
            try await fixture.observe(fallen, "accuracy", [0.9, 0.9, 0.9, 0.7, 0.7, 0.7])
            let steady = try await fixture.version("steady", "1.0.0", .production)
            try await fixture.observe(steady, "accuracy", [0.9, 0.9, 0.9, 0.9, 0.9, 0.9])
            // The first three days are not over when the last two begin.
            let young = try await fixture.version("young", "1.0.0", .production)
            try await fixture.observe(young, "accuracy", [0.9, 0.9, 0.1])
            try await fixture.version("silent", "1.0.0", .production)
            let criteria: String =
                #"{"performance":{"metric":"accuracy","baseline":"first_days","baseline_days":3,"window_days":2}}"#
            #expect(
                try await fixture.decide("retirement", criteria) == [
                    "fallen 1.0.0 retire", "silent 1.0.0 unknown", "steady 1.0.0 keep", "young 1.0.0 unknown",
                ])
        }
    }

    @Test func age() async throws {
        try await PolicyFixture.with { fixture in
            try await fixture.version("old", "1.0.0", .production)
            fixture.clock.advance(milliseconds: PolicyFixture.day)
            try await fixture.version("new", "1.0.0", .production)
            fixture.clock.advance(milliseconds: 180 * PolicyFixture.day)
            #expect(
                try await fixture.decide("retirement", #"{"age":{}}"#) == ["new 1.0.0 keep", "old 1.0.0 retire"])
            fixture.clock.advance(milliseconds: PolicyFixture.day - 1)
            #expect(
                try await fixture.decide("retirement", #"{"age":{}}"#, name: "q") == [
                    "new 1.0.0 keep", "old 1.0.0 retire",
                ])
            fixture.clock.advance(milliseconds: 1)
            #expect(
                try await fixture.decide("retirement", #"{"age":{}}"#, name: "r") == [
                    "new 1.0.0 retire", "old 1.0.0 retire",
                ])
        }
    }

    @Test func usage() async throws {
        try await PolicyFixture.with { fixture in
            for (model, value) in [("idle", 99.0), ("busy", 100.0), ("consumed", 1.0), ("past", 1.0)] {
                let id = try await fixture.version(model, "1.0.0", .production)
                try await fixture.observe(id, "daily_requests", [value, value])
                if model == "consumed" { try await fixture.consume(id, "app") }
            }
            try await fixture.version("silent", "1.0.0", .production)
            let id = try await fixture.make("retirement", #"{"usage":{}}"#)
            let run: JSONValue = try await fixture.run(id)
            #expect(
                PolicyFixture.verdicts(run) == [
                    "busy 1.0.0 keep", "consumed 1.0.0 keep", "idle 1.0.0 retire", "past 1.0.0 retire",
                    "silent 1.0.0 unknown",
                ])
            let consumed: JSONValue = try #require(
                run["decisions"]?.array?.first { $0["model"]?.string == "consumed" })
            #expect(consumed["criteria"]?.array?[0]["read"]?["live_consumers"] == 1)
            // A consumer that expired is none.
            fixture.clock.advance(milliseconds: PolicyFixture.day)
            #expect(
                PolicyFixture.verdicts(try await fixture.run(id)).contains("consumed 1.0.0 retire"))
        }
    }

    @Test func replacementByRegisteredMetrics() async throws {
        try await PolicyFixture.with { fixture in
            let fleet: [(String, String, LifecycleState, String)] = [
                ("a", "1.0.0", .production, #"{"auc":0.8}"#), ("a", "1.1.0", .staging, #"{"auc":0.82}"#),
                ("b", "1.0.0", .production, #"{"auc":0.8}"#), ("b", "1.1.0", .shadow, #"{"auc":0.81}"#),
                ("c", "1.0.0", .production, #"{"auc":0.8}"#), ("c", "1.1.0", .validation, #"{"auc":0.99}"#),
                ("d", "1.0.0", .production, #"{"auc":0.8}"#), ("d", "1.1.0", .staging, "{}"),
                ("e", "1.0.0", .production, "{}"), ("e", "1.1.0", .staging, #"{"auc":0.9}"#),
            ]
            for (model, version, state, metrics) in fleet {
                try await fixture.version(model, version, state, metrics: metrics)
            }
            let criteria: String = #"{"replacement":{"metric":"auc","minimum_improvement":0.02}}"#
            let id = try await fixture.make("retirement", criteria)
            let run: JSONValue = try await fixture.run(id)
            #expect(
                PolicyFixture.verdicts(run) == [
                    "a 1.0.0 retire", "b 1.0.0 keep", "c 1.0.0 keep", "d 1.0.0 unknown", "e 1.0.0 unknown",
                ])
            #expect(
                run["decisions"]?.array?.first?["criteria"]?.array?[0]["read"] == [
                    "value": 0.8, "replacement_value": 0.82, "replacement": "1.1.0",
                ])
        }
    }

    @Test func replacementByObservations() async throws {
        try await PolicyFixture.with { fixture in
            for (model, own, other) in [("a", 10.0, 5.0), ("b", 5.0, 10.0)] {
                let first = try await fixture.version(model, "1.0.0", .production)
                let second = try await fixture.version(model, "1.1.0", .shadow)
                try await fixture.observe(first, "error_rate", [own])
                try await fixture.observe(second, "error_rate", [other])
            }
            let half = try await fixture.version("half", "1.0.0", .production)
            try await fixture.observe(half, "error_rate", [9])
            try await fixture.version("half", "1.1.0", .shadow, metrics: #"{"error_rate":1}"#)
            #expect(
                try await fixture.decide(
                    "retirement",
                    #"{"replacement":{"metric":"error_rate","measured":"observed","lower_is_better":true}}"#) == [
                        "a 1.0.0 retire", "b 1.0.0 keep", "half 1.0.0 unknown",
                    ])
        }
    }

    /// One criterion is enough to retire, and none that is unknown is.
    @Test func retirementNeedsAnyCriterion() async throws {
        try await PolicyFixture.with { fixture in
            let idle = try await fixture.version("idle", "1.0.0", .production)
            try await fixture.observe(idle, "daily_requests", [1])
            let busy = try await fixture.version("busy", "1.0.0", .production)
            try await fixture.observe(busy, "daily_requests", [1_000])
            try await fixture.version("silent", "1.0.0", .production)
            let criteria: String = #"{"age":{},"usage":{},"performance":{"metric":"auc"}}"#
            let id = try await fixture.make("retirement", criteria)
            let run: JSONValue = try await fixture.run(id)
            #expect(
                PolicyFixture.verdicts(run) == ["busy 1.0.0 unknown", "idle 1.0.0 retire", "silent 1.0.0 unknown"])
            for decision in run["decisions"]?.array ?? [] {
                #expect(
                    decision["criteria"]?.array?.compactMap { $0["criterion"]?.string } == [
                        "performance", "age", "usage",
                    ])
            }
        }
    }

    @Test func championChallenger() async throws {
        try await PolicyFixture.with { fixture in
            let values: [(String, Double?, Double?)] = [
                ("better", 0.80, 0.85), ("little", 0.80, 0.81), ("worse", 0.80, 0.7), ("unseen", 0.80, nil),
                ("blind", nil, 0.9),
            ]
            for (model, champion, challenger) in values {
                let first = try await fixture.version(model, "1.0.0", .production)
                let second = try await fixture.version(model, "1.1.0", .shadow)
                if let champion { try await fixture.observe(first, "accuracy", [champion, champion]) }
                if let challenger { try await fixture.observe(second, "accuracy", [challenger, challenger]) }
            }
            let alone = try await fixture.version("alone", "1.0.0", .staging)
            try await fixture.observe(alone, "accuracy", [0.99])
            let criteria: String =
                #"{"champion_challenger":{"metric":"accuracy","required_improvement":0.05,"minimum_observations":2}}"#
            let id = try await fixture.make("promotion", criteria)
            let run: JSONValue = try await fixture.run(id)
            #expect(
                PolicyFixture.verdicts(run) == [
                    "alone 1.0.0 unknown", "better 1.1.0 promote", "blind 1.1.0 unknown", "little 1.1.0 keep",
                    "unseen 1.1.0 unknown", "worse 1.1.0 keep",
                ])
            #expect(
                run["decisions"]?.array?.first?["criteria"]?.array?[0]["read"] == [
                    "value": 0.85, "production_value": 0.8, "production": "1.0.0", "observations": 2,
                ])
        }
    }

    @Test func registeredMetric() async throws {
        try await PolicyFixture.with { fixture in
            for (model, metrics) in [
                ("good", #"{"auc":0.9,"loss":0.1}"#), ("low", #"{"auc":0.7,"loss":0.1}"#),
                ("high", #"{"auc":0.9,"loss":0.9}"#), ("none", "{}"),
            ] {
                try await fixture.version(model, "1.0.0", .staging, metrics: metrics)
            }
            #expect(
                try await fixture.decide("promotion", #"{"metric":{"metric":"auc","minimum":0.9}}"#) == [
                    "good 1.0.0 promote", "high 1.0.0 promote", "low 1.0.0 keep", "none 1.0.0 unknown",
                ])
            #expect(
                try await fixture.decide("promotion", #"{"metric":{"metric":"loss","maximum":0.5}}"#, name: "q") == [
                    "good 1.0.0 promote", "high 1.0.0 keep", "low 1.0.0 promote", "none 1.0.0 unknown",
                ])
        }
    }

    @Test func businessMetric() async throws {
        try await PolicyFixture.with { fixture in
            for (model, champion, challenger) in [("more", 200.0, 220.0), ("less", 200.0, 219.0), ("zero", 0.0, 5.0)] {
                let first = try await fixture.version(model, "1.0.0", .production)
                let second = try await fixture.version(model, "1.1.0", .staging)
                try await fixture.observe(first, "revenue", [champion])
                try await fixture.observe(second, "revenue", [challenger])
            }
            let percent: String = #"{"business_metric":{"metric":"revenue","required_improvement_percent":10}}"#
            #expect(
                try await fixture.decide("promotion", percent) == [
                    "less 1.1.0 keep", "more 1.1.0 promote", "zero 1.1.0 unknown",
                ])
            let absolute: String = #"{"business_metric":{"metric":"revenue","required_improvement":5}}"#
            #expect(
                try await fixture.decide("promotion", absolute, name: "q") == [
                    "less 1.1.0 promote", "more 1.1.0 promote", "zero 1.1.0 promote",
                ])
            let lower: String =
                #"{"business_metric":{"metric":"revenue","required_improvement":5,"lower_is_better":true}}"#
            #expect(
                try await fixture.decide("promotion", lower, name: "r") == [
                    "less 1.1.0 keep", "more 1.1.0 keep", "zero 1.1.0 keep",
                ])
        }
    }

    /// All criteria have to be met to promote.
    @Test func promotionNeedsEveryCriterion() async throws {
        try await PolicyFixture.with { fixture in
            for (model, metrics, revenue) in [
                ("both", #"{"auc":0.9}"#, 2.0), ("one", #"{"auc":0.1}"#, 2.0), ("other", #"{"auc":0.9}"#, 0.5),
                ("open", "{}", 2.0), ("settled", "{}", 0.5),
            ] {
                let first = try await fixture.version(model, "1.0.0", .production)
                let second = try await fixture.version(model, "1.1.0", .staging, metrics: metrics)
                try await fixture.observe(first, "revenue", [1])
                try await fixture.observe(second, "revenue", [revenue])
            }
            let criteria: String =
                #"{"metric":{"metric":"auc","minimum":0.5},"business_metric":{"metric":"revenue","required_improvement":1}}"#
            #expect(
                try await fixture.decide("promotion", criteria) == [
                    "both 1.1.0 promote", "one 1.1.0 keep", "open 1.1.0 unknown", "other 1.1.0 keep",
                    "settled 1.1.0 keep",
                ])
        }
    }

    /// Only one version can go into production: the one for which most speaks.
    @Test func ofSeveralCandidatesOfAModelOneIsPromoted() async throws {
        try await PolicyFixture.with { fixture in
            for (version, auc) in [("1.0.0", 0.91), ("1.1.0", 0.95), ("1.2.0", 0.93)] {
                try await fixture.version("m", version, .staging, metrics: #"{"auc":\#(auc)}"#)
            }
            let criteria: String = #"{"metric":{"metric":"auc","minimum":0.9}}"#
            let id = try await fixture.make("promotion", criteria)
            let run: JSONValue = try await fixture.run(id)
            #expect(PolicyFixture.verdicts(run) == ["m 1.0.0 keep", "m 1.1.0 promote", "m 1.2.0 keep"])
            #expect(
                run["decisions"]?.array?.last?["reason"]
                    == "it would do, but more speaks for 1.1.0 of the same model")
            // A state that has room for many takes them all.
            #expect(
                try await fixture.decide(
                    "promotion", criteria, name: "q", more: #","target_state":"shadow","states":["staging"]"#) == [
                        "m 1.0.0 promote", "m 1.1.0 promote", "m 1.2.0 promote",
                    ])
        }
    }

    @Test func theFilterAndTheStatesDecideWhichVersionsAreLookedAt() async throws {
        try await PolicyFixture.with { fixture in
            for (model, state) in [
                ("a", LifecycleState.production), ("b", .staging), ("c", .production), ("d", .deprecated),
            ] {
                try await fixture.version(model, "1.0.0", state)
            }
            let age: String = #"{"age":{}}"#
            #expect(try await fixture.decide("retirement", age) == ["a 1.0.0 keep", "c 1.0.0 keep"])
            #expect(
                try await fixture.decide("retirement", age, name: "q", more: #","filter":"tags.of = 'c'""#) == [
                    "c 1.0.0 keep"
                ])
            #expect(
                try await fixture.decide(
                    "retirement", age, name: "r", more: #","states":["staging","production"],"filter":"model != 'a'""#)
                    == ["b 1.0.0 keep", "c 1.0.0 keep"])
            #expect(
                try await fixture.decide(
                    "retirement", age, name: "s", more: #","states":["deprecated"],"target_state":"archived""#) == [
                        "d 1.0.0 keep"
                    ])
        }
    }
}
