import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaTesting
import Testing

@testable import StemmaAPI

/// Looks at the results of experiments, and conclusions from them.
@Suite struct ExperimentResultTests {
    private static func near(_ value: JSONValue?, _ wanted: Double, relative: Double = 1e-9) -> Bool {
        guard let found = value?.number else { return false }
        return abs(found - wanted) <= relative * abs(wanted)
    }

    /// Numbers from scipy 1.17.1 (two-sided, `norm`, `ttest_ind_from_stats`) and Newcombe's interval by hand.
    @Test func aLookTellsWhatTheTestsSay() async throws {
        try await ExperimentFixture.with { fixture in
            await fixture.create(["success_criteria": ["minimum_sample_size": 2_000]])
            fixture.pass(days: 2)
            let latency: String =
                #","latency_ms":{"baseline":{"mean":120,"deviation":30,"n":100},"#
                + #""treatment":{"mean":110.0,"deviation":25,"n":80}}"#
            let reply: Reply = await fixture.look(
                9_100, 10_000, 2_325, 2_500, more: #","business_impact":"some""#, metrics: latency)
            #expect(reply.status == 201, "\(reply.text)")
            #expect(reply.headers["location"] == ExperimentFixture.path + "/results")
            #expect(reply.json["look"] == 1)
            #expect(reply.json["business_impact"] == "some")
            let metrics: [JSONValue] = try #require(reply.json["metrics"]?.array)
            #expect(metrics.map { $0["metric"]?.string } == ["precision", "latency_ms"])
            #expect(metrics.map { $0["primary"]?.bool } == [true, false])
            #expect(metrics.map { $0["test"]?.string } == ["two_proportion_z", "welch_t"])
            #expect(metrics[0]["baseline"] == ["value": 0.91, "successes": 9_100, "trials": 10_000])
            #expect(metrics[1]["treatment"] == ["value": 110, "mean": 110, "deviation": 25, "n": 80])
            #expect(metrics[0]["effect"] == 0.02)
            #expect(Self.near(metrics[0]["relative_effect"], 0.02 / 0.91))
            #expect(Self.near(metrics[0]["p_value"], 0.0014215716640637234))
            #expect(Self.near(metrics[0]["confidence_interval"]?["lower"], 0.008012669977249885))
            #expect(Self.near(metrics[0]["confidence_interval"]?["upper"], 0.030990866254765714))
            #expect(metrics[0]["confidence_interval"]?["level"] == 0.95)
            #expect(metrics[1]["effect"] == -10)
            #expect(Self.near(metrics[1]["p_value"], 0.015717771372082943))
            #expect(Self.near(metrics[1]["confidence_interval"]?["lower"], -18.091560926663277))
            #expect(Self.near(metrics[1]["confidence_interval"]?["upper"], -1.9084390733367247))
            #expect(
                reply.json["progress"] == [
                    "ends_at": "2024-01-22T10:00:00.000Z", "observed_until": "2024-01-17T10:00:00.000Z",
                    "duration_reached": false, "required_sample_size": ["baseline": 2_000, "treatment": 2_000],
                    "reached_sample_size": ["baseline": 10_000, "treatment": 2_500], "sample_reached": true,
                ])
            #expect(reply.json["warning"]?.string?.hasPrefix("this is look 1") == true)
            let read: JSONValue = await fixture.read()
            #expect(read["looks"] == 1)
            #expect(read["latest_results"] == reply.json)
            #expect(read["results"] == .null)
            let events: [JSONValue] = try await fixture.events("record_experiment_results")
            #expect(events.first?["detail"]?["looks"] == 1)
            #expect(events.first?["detail"]?["sample_reached"] == true)
            #expect(events.first?["detail"]?["duration_reached"] == false)
        }
    }

    @Test func totalsAreSaneAndNeverShrink() async throws {
        try await ExperimentFixture.with { fixture in
            await fixture.create(["success_criteria": ["expected_baseline": 0.9]])
            func arm(_ text: String, _ other: String = #"{"successes":1,"trials":2}"#) async -> Reply {
                await fixture.harness.send(
                    .post, ExperimentFixture.path + "/results",
                    #"{"metrics":{"precision":{"baseline":\#(text),"treatment":\#(other)}}}"#)
            }
            let bad: [(arm: String, pointer: String)] = [
                (#"{"successes":3,"trials":2}"#, "/baseline/successes"),
                (#"{"successes":0,"trials":0}"#, "/baseline/trials"),
                (#"{"successes":-1,"trials":2}"#, "/baseline/successes"), (#"{"successes":1}"#, "/baseline"),
                (#"{"successes":1,"trials":2,"n":2}"#, "/baseline"), (#"{"mean":1,"deviation":1}"#, "/baseline"),
                (#"{"mean":1,"deviation":1,"n":1}"#, "/baseline/n"),
                (#"{"mean":1,"deviation":-1,"n":2}"#, "/baseline/deviation"),
                (#"{"mean":1e300,"deviation":1,"n":2}"#, "/baseline/mean"), (#"{"mean":1,"deviation":1,"n":2}"#, ""),
                (#"{"successes":1.5,"trials":2}"#, "/baseline/successes"), (#"{"rate":1}"#, "/baseline/rate"),
            ]
            for row in bad {
                let reply: Reply = await arm(row.arm)
                #expect(reply.status == 422, "\(row.arm)")
                #expect(reply.pointers == ["/metrics/precision" + row.pointer], "\(row.arm): \(reply.text)")
            }
            let means: Reply = await arm(#"{"mean":1,"deviation":1,"n":2}"#, #"{"mean":1,"deviation":1,"n":2}"#)
            #expect(means.text.contains("planned for as a proportion"))
            let other: Reply = await fixture.harness.send(
                .post, ExperimentFixture.path + "/results",
                #"{"metrics":{"recall":{"baseline":{"successes":1,"trials":2},"treatment":{"successes":1,"trials":2}}}}"#
            )
            #expect(other.pointers == ["/metrics/precision"])
            for name in ["baseline_performance", "treatment_performance", "statistical_significance"] {
                let computed: Reply = await fixture.look(1, 2, 1, 2, more: #","\#(name)":0.03"#)
                #expect(computed.status == 422)
                #expect(computed.pointers == ["/" + name])
                #expect(
                    computed.json["detail"]?.string?.contains("computes performance and significance itself") == true)
            }
            #expect(await fixture.read()["looks"] == 0)

            let recall: String =
                #","recall":{"baseline":{"mean":1,"deviation":1,"n":5},"treatment":{"mean":1,"deviation":1,"n":5}}"#
            #expect(await fixture.look(50, 100, 20, 40, metrics: recall).status == 201)
            let shrinking: [(reply: Reply, says: String)] = [
                (await fixture.look(50, 99, 20, 40, metrics: recall), "trials were 100"),
                (await fixture.look(49, 100, 20, 40, metrics: recall), "successes were 50"),
                (await fixture.look(60, 101, 20, 40, metrics: recall), "trials without success were 50"),
                (await fixture.look(51, 101, 20, 40), "was in the results before"),
                (await fixture.look(50, 100, 20, 40, metrics: recall.replacing("5}", with: "4}")), "n was 5"),
                (
                    await fixture.look(50, 100, 20, 40, metrics: recall.replacing(#"n":1"#, with: #"n":2"#)),
                    "n is 5 as before"
                ),
            ]
            for (reply, says) in shrinking {
                #expect(reply.status == 422)
                #expect(reply.text.contains(says), "\(reply.text)")
            }
            let same: Reply = await fixture.look(50, 100, 20, 40, metrics: recall)
            #expect(same.json["look"] == 2)
            let page: Reply = await fixture.harness.ask(.get, ExperimentFixture.path + "/results?limit=1")
            #expect(page.json["items"]?.array?.map { $0["look"]?.integer } == [2])
            let cursor: String = try #require(page.json["next_cursor"]?.string)
            let rest: Reply = await fixture.harness.ask(.get, ExperimentFixture.path + "/results?cursor=" + cursor)
            #expect(rest.json["items"]?.array?.map { $0["look"]?.integer } == [1])
        }
    }

    @Test func resultsReachNeitherIntoTheFutureNorBack() async throws {
        try await ExperimentFixture.with { fixture in
            await fixture.create()
            fixture.pass(days: 3)
            func look(_ until: String) async -> Reply {
                await fixture.look(1, 2, 1, 2, more: #","observed_until":"\#(until)""#)
            }
            #expect(await look("2024-01-15T09:59:59Z").pointers == ["/observed_until"])
            #expect(await look("2024-01-18T10:05:01Z").pointers == ["/observed_until"])
            #expect(await look("2024-01-17").json["progress"]?["observed_until"] == "2024-01-17T00:00:00.000Z")
            #expect(await look("2024-01-16").pointers == ["/observed_until"])
            // A clock that runs ahead does not make time pass.
            #expect(
                await look("2024-01-18T10:04:00Z").json["progress"]?["observed_until"] == "2024-01-18T10:00:00.000Z")
        }
    }

    /// Only once duration and sample are as planned, unless somebody says why not.
    @Test func anExperimentIsNotConcludedBeforeItsTime() async throws {
        try await ExperimentFixture.with { fixture in
            await fixture.create(["success_criteria": ["minimum_sample_size": 2_000]])
            let empty: Reply = await fixture.conclude(#"{"force":true,"rationale":"r"}"#)
            #expect(empty.code == "experiment_running")
            #expect(empty.json["detail"]?.string?.contains("no results") == true)

            await fixture.look(910, 1_000, 232, 250)
            let early: Reply = await fixture.conclude()
            #expect(early.status == 409)
            #expect(early.code == "experiment_running")
            let detail: String = try #require(early.json["detail"]?.string)
            #expect(detail.contains("the plan until 2024-01-22T10:00:00.000Z"))
            #expect(detail.contains("the baseline has 1000 of 2000 planned observations and the treatment 250 of 2000"))
            #expect(detail.contains("false positives") && detail.contains("this is look 1"))
            #expect(early.json["progress"]?["duration_reached"] == false)
            #expect(early.json["progress"]?["sample_reached"] == false)
            #expect(early.json["looks"] == 1)

            // Time alone does not do it, nor do results from before.
            fixture.pass(days: 8)
            #expect(await fixture.conclude().json["progress"]?["duration_reached"] == false)
            await fixture.look(1_820, 2_000, 464, 500)
            let small: Reply = await fixture.conclude()
            #expect(small.code == "experiment_running")
            #expect(small.json["progress"]?["duration_reached"] == true)
            #expect(small.json["progress"]?["sample_reached"] == false)
            await fixture.look(9_100, 10_000, 2_325, 2_500)
            let planned: Reply = await fixture.conclude(query: "?dry_run=true")
            #expect(planned.json["status"] == "concluded")
            #expect(await fixture.read()["status"] == "running")

            let done: Reply = await fixture.conclude(
                #"{"business_conclusion":"roll it out","business_impact":"$50K annual revenue increase"}"#)
            #expect(done.status == 200, "\(done.text)")
            #expect(done.json["status"] == "concluded")
            #expect(done.json["concluded_early"] == false)
            #expect(done.json["business_conclusion"] == "roll it out")
            #expect(done.json["rationale"] == .null)
            #expect(
                done.json["results"]?["baseline_performance"] == ["precision": 0.91])
            #expect(done.json["results"]?["treatment_performance"] == ["precision": 0.93])
            #expect(Self.near(done.json["results"]?["statistical_significance"], 0.0014215716640637234))
            #expect(done.json["results"]?["business_impact"] == "$50K annual revenue increase")
            let conclusion: JSONValue = try #require(done.json["statistical_conclusion"])
            #expect(conclusion["decision"] == "improvement")
            #expect(conclusion["significant"] == true)
            #expect(conclusion["threshold_met"] == true)
            #expect(conclusion["effect"] == 0.02)
            #expect(conclusion["effect_needed"] == 0.02)
            #expect(conclusion["test"] == "two_proportion_z")
            #expect(conclusion["secondary"] == [])
            #expect(await fixture.read() == done.json)
            #expect(await fixture.conclude().code == "experiment_ended")
            #expect(await fixture.look(9_100, 10_000, 2_325, 2_500).code == "experiment_ended")
            let event: JSONValue = try #require(try await fixture.events("conclude_experiment").first)
            #expect(event["detail"]?["decision"] == "improvement")
            #expect(event["detail"]?["concluded_early"] == false)
        }
    }

    @Test func aForcedConclusionSaysSo() async throws {
        try await ExperimentFixture.with { fixture in
            await fixture.create()
            await fixture.look(9_100, 10_000, 2_325, 2_500)
            for body in [#"{"force":true}"#, #"{"force":true,"rationale":" \n"}"#] {
                #expect(await fixture.conclude(body).pointers == ["/rationale"])
            }
            let done: Reply = await fixture.conclude(#"{"force":true,"rationale":"an incident"}"#)
            #expect(done.json["concluded_early"] == true)
            #expect(done.json["rationale"] == "an incident")
            let list: Reply = await fixture.harness.ask(.get, "/v1/experiments?filter=concluded_early%20%3D%20true")
            #expect(list.items("experiment_id") == ["ab_test_20240115"])
            let event: JSONValue = try #require(try await fixture.events("conclude_experiment").first)
            #expect(event["detail"]?["concluded_early"] == true)
            #expect(event["rationale"] == "an incident")
        }
    }

    /// What the numbers say, in words that claim no more.
    @Test func decisionsFollowFromTheNumbers() async throws {
        try await ExperimentFixture.with { fixture in
            let rows: [(treatment: Int, criteria: JSONValue, decision: String, says: String)] = [
                (2_325, [:], "improvement", "significantly better"), (2_220, [:], "harm", "significantly worse"),
                (2_315, [:], "no_improvement", "but by less than 0.02"),
                (2_280, [:], "no_improvement", "ends at an improvement by 0.01396430701116"),
                (2_300, [:], "inconclusive", "is found with the power 0.8"),
                (2_220, ["lower_is_better": true], "improvement", "significantly better"),
                (2_325, ["lower_is_better": true], "harm", "significantly worse"),
                (2_325, ["significance_level": 0.001], "inconclusive", "not significant"),
                (2_325, ["improvement_threshold": 0.03], "no_improvement", "but by less than 0.03"),
                (2_325, ["improvement_threshold": 0.02, "threshold_kind": "relative"], "improvement", "0.0182"),
                (
                    2_325, ["improvement_threshold": 0.022, "threshold_kind": "relative"], "no_improvement",
                    "by less than"
                ),
                (2_280, ["improvement_threshold": 0], "inconclusive", "any improvement is not ruled out"),
            ]
            for (index, row) in rows.enumerated() {
                let path: String = "/v1/experiments/e\(index)"
                let made: Reply = await fixture.create([
                    "experiment_id": .string("e\(index)"), "success_criteria": row.criteria,
                    "started_at": "2024-01-01",
                ])
                #expect(made.status == 201, "\(made.text)")
                await fixture.look(9_100, 10_000, row.treatment, 2_500, at: path)
                let done: Reply = await fixture.conclude(at: path)
                let conclusion: JSONValue = try #require(done.json["statistical_conclusion"], "\(done.text)")
                #expect(conclusion["decision"] == .string(row.decision), "\(row)")
                #expect(conclusion["detail"]?.string?.contains(row.says) == true, "\(conclusion["detail"] ?? .null)")
                #expect(conclusion["minimum_detectable_effect"]?.number ?? 0 > 0.01)
            }
        }
    }

    @Test func secondaryMetricsAreCorrectedAmongThemselves() async throws {
        try await ExperimentFixture.with { fixture in
            await fixture.create(["started_at": "2024-01-01"])
            let others: String =
                #","a":{"baseline":{"mean":120,"deviation":30,"n":100},"treatment":{"mean":110,"deviation":25,"n":80}}"#
                + #","b":{"baseline":{"mean":120,"deviation":30,"n":100},"treatment":{"mean":118,"deviation":25,"n":80}}"#
                + #","c":{"baseline":{"mean":5,"deviation":0,"n":9},"treatment":{"mean":5,"deviation":0,"n":9}}"#
                + #","d":{"baseline":{"successes":0,"trials":9},"treatment":{"successes":0,"trials":9}}"#
            await fixture.look(9_100, 10_000, 2_325, 2_500, metrics: others)
            let done: JSONValue = await fixture.conclude().json
            let secondary: [JSONValue] = try #require(done["statistical_conclusion"]?["secondary"]?.array)
            #expect(secondary.map { $0["metric"]?.string } == ["a", "b", "c", "d"])
            #expect(secondary.allSatisfy { $0["primary"] == false })
            #expect(Self.near(secondary[0]["p_value"], 0.015717771372082943))
            // Four hypotheses: the smallest is multiplied by four, and no longer significant.
            #expect(Self.near(secondary[0]["adjusted_p_value"], 4 * 0.015717771372082943))
            #expect(secondary.map { $0["adjusted_p_value"]?.number == 1 } == [false, true, true, true])
            #expect(secondary.allSatisfy { $0["significant"] == false })
            #expect(secondary[3]["relative_effect"] == .null)
            #expect(
                done["results"]?["treatment_performance"] == [
                    "a": 110, "b": 118, "c": 5, "d": 0, "precision": 0.93,
                ])
        }
    }

    /// The sample-size calculator, against the formulas by hand.
    @Test func sampleSizesAreCalculated() async throws {
        try await APIHarness.with { harness in
            let rows: [(query: String, arms: JSONValue, total: Int64)] = [
                ("kind=proportion&baseline=0.91&effect=0.02", ["baseline": 2_888, "treatment": 2_888], 5_776),
                (
                    "kind=proportion&baseline=0.91&effect=0.02&ratio=0.25",
                    ["baseline": 7_406, "treatment": 1_852], 9_258
                ),
                (
                    "kind=proportion&baseline=0.1&effect=2e-2&power=0.9", ["baseline": 5_142, "treatment": 5_142],
                    10_284
                ),
                (
                    "kind=proportion&baseline=0.5&effect=-0.1&significance_level=0.01&power=0.9&ratio=2",
                    ["baseline": 549, "treatment": 1_098], 1_647
                ),
                ("kind=mean&effect=5&deviation=20", ["baseline": 252, "treatment": 252], 504),
                ("kind=mean&effect=-5&deviation=20&ratio=0.5", ["baseline": 377, "treatment": 189], 566),
            ]
            for row in rows {
                let reply: Reply = await harness.ask(.get, "/v1/sample-size?" + row.query)
                #expect(reply.status == 200, "\(reply.text)")
                #expect(reply.json["per_arm"] == row.arms, "\(row.query)")
                #expect(reply.json["total"] == .integer(row.total))
                #expect(reply.json["formula"]?.string?.contains("z(power)") == true)
            }
            let bad: [(query: String, pointers: [String])] = [
                ("", ["?kind", "?effect"]), ("kind=median&effect=1", ["?kind"]),
                ("kind=proportion&effect=0.1", ["?baseline"]),
                ("kind=proportion&baseline=1.1&effect=0.1", ["?baseline"]),
                ("kind=proportion&baseline=0.9&effect=0.2", ["?effect"]),
                ("kind=proportion&baseline=0.9&effect=0", ["?effect"]),
                ("kind=proportion&baseline=0.9&effect=0.1&deviation=1", ["?deviation"]),
                ("kind=mean&effect=1", ["?deviation"]), ("kind=mean&effect=1&deviation=0", ["?deviation"]),
                ("kind=mean&effect=1&deviation=1&power=1", ["?power"]),
                ("kind=mean&effect=1&deviation=1&power=0.05", ["?power"]),
                ("kind=mean&effect=1&deviation=1&significance_level=0.7", ["?significance_level"]),
                ("kind=mean&effect=1&deviation=1&ratio=0", ["?ratio"]),
                ("kind=mean&effect=nan&deviation=1", ["?effect"]),
                ("kind=mean&effect=0x1&deviation=1", ["?effect"]), ("kind=mean&effect=1e999&deviation=1", ["?effect"]),
                ("kind=mean&effect=1e-12&deviation=1", ["?effect"]), ("kind=mean&sigma=1", ["?sigma"]),
            ]
            for row in bad {
                let reply: Reply = await harness.ask(.get, "/v1/sample-size?" + row.query)
                #expect(reply.status == 422, "\(row.query)")
                #expect(reply.pointers == row.pointers, "\(row.query): \(reply.text)")
            }
        }
    }
}
