import StemmaDigest
import StemmaHTTP
import StemmaJSON
import StemmaTesting
import Testing

@testable import StemmaAPI
@testable import StemmaRegistry

@Suite struct ComparisonEndpointTests {
    /// 40 examples with ids. A gets the first 30 right, B the first 25 and the last 8.
    private static let ids: [String] = (0..<40).map { "e\($0)" }
    private static let labels: [String] = (0..<40).map { $0 % 4 == 0 ? "1" : "0" }
    private static let ofA: [String] = (0..<40).map { $0 < 30 ? labels[$0] : flipped(labels[$0]) }
    private static let ofB: [String] = (0..<40).map { $0 < 25 || $0 >= 32 ? labels[$0] : flipped(labels[$0]) }

    private static func flipped(_ label: String) -> String { label == "1" ? "0" : "1" }

    private static func ordered(_ values: [String], _ order: [Int]) -> [String] { order.map { values[$0] } }

    private static let both: String = #"{"model_a":"m_v1.0.0","model_b":"m_v2.0.0"}"#

    private func publishBoth(_ harness: APIHarness) async throws {
        try await harness.publish("m", "1.0.0")
        try await harness.publish("m", "2.0.0", more: #","use_case":"second""#)
    }

    private func number(_ json: JSONValue, _ path: String...) throws -> Double {
        var value: JSONValue? = json
        for name in path { value = value?[name] }
        return try #require(value?.number, "\(path)")
    }

    @Test func twoVersionsAreComparedOnTheirCommonExamples() async throws {
        try await APIHarness.with { harness in
            try await publishBoth(harness)
            #expect(await harness.evaluate("1.0.0", .csv(Self.labels, Self.ofA, ids: Self.ids)).status == 201)
            #expect(await harness.evaluate("2.0.0", .csv(Self.labels, Self.ofB, ids: Self.ids)).status == 201)
            let reply: Reply = await harness.compare(Self.both)
            #expect(reply.status == 200, "\(reply.text)")
            let json: JSONValue = reply.json
            #expect(json["model_a"] == "m_v1.0.0" && json["model_b"] == "m_v2.0.0")
            #expect(json["dataset"]?["id"] == "holdout" && json["dataset"]?["paired_by"] == "id")
            #expect(json["examples"] == 40 && json["classes"] == 2)
            #expect(json["average"] == "binary" && json["positive_label"] == "1")
            #expect(json["warnings"]?.array?.count == 1, "few discordant examples")
            // Right: A 30 of 40, B 33. Only A: 25...29, only B: 32...39.
            let accuracy: JSONValue = try #require(json["metrics"]?["accuracy"])
            #expect(accuracy["model_a"] == 0.75 && accuracy["model_b"] == 0.825 && accuracy["difference"] == 0.075)
            #expect(abs(try number(accuracy, "percent_change") - 10) < 1e-12)
            // 1.959964 sqrt(13 - 9/40) / 40 = 0.175133
            let interval: [Double] = try #require(accuracy["confidence_interval"]?.numbers)
            #expect(abs(interval[0] - (0.075 - 0.175_133_2)) < 1e-6 && abs(interval[1] - 0.250_133_2) < 1e-6)
            let test: JSONValue = try #require(json["significance_tests"]?["accuracy"])
            #expect(test["method"] == "mcnemar_exact_binomial" && test["statistic"] == 5)
            #expect(test["discordant"] == ["only_a_correct": 5, "only_b_correct": 8])
            // 2 (1 + 13 + 78 + 286 + 715 + 1287) / 8192
            #expect(abs(try number(test, "p_value") - 2.0 * 2_380 / 8_192) < 1e-12)
            #expect(test["p_value_adjusted"] == 1 && test["significant"] == false)
            // Positives at 0, 4, ..., 36: A finds 0...28 (8 of 10), B 0...24, 32 and 36 (9 of 10): only A 28, only B 32, 36.
            let recall: JSONValue = try #require(json["significance_tests"]?["recall"])
            #expect(recall["discordant"] == ["only_a_correct": 1, "only_b_correct": 2] && recall["p_value"] == 1)
            #expect(json["metrics"]?["recall"]?["model_a"] == 0.8 && json["metrics"]?["recall"]?["model_b"] == 0.9)
            // A says 1 for 8 positives and 8 of 10 negatives beyond 29; B for 9 and 6 of 25...31.
            #expect(
                json["metrics"]?["precision"]?["model_a"] == 0.5 && json["metrics"]?["precision"]?["model_b"] == 0.6)
            #expect(json["significance_tests"]?["f1"]?["method"] == "paired_bootstrap")
            #expect(json["significance_tests"]?["f1"]?["discordant"]?.isNull == true)
            #expect(json["bootstrap"]?["resamples"] == 10_000)
            #expect(json["recommendation"]?.string?.hasPrefix("No significant difference on these 40 examples") == true)
            #expect(await harness.compare(Self.both).body == reply.body, "the answer can be repeated")
            let swapped: Reply = await harness.compare(#"{"model_a":"m_v2.0.0","model_b":"m_v1.0.0"}"#)
            #expect(swapped.json["metrics"]?["accuracy"]?["difference"] == -0.075)
        }
    }

    @Test func theSeedDecidesTheResamples() async throws {
        try await APIHarness.with { harness in
            func body(_ more: String) -> String {
                let text: ([String]) -> String = { "[" + $0.joined(separator: ",") + "]" }
                return #"{"labels":\#(text(Self.labels)),"predictions_a":\#(text(Self.ofA)),"#
                    + #""predictions_b":\#(text(Self.ofB))\#(more)}"#
            }
            let first: Reply = await harness.compare(body(#","seed":7,"bootstrap_resamples":500"#))
            #expect(first.json["bootstrap"] == ["seed": 7, "resamples": 500], "\(first.text)")
            #expect(await harness.compare(body(#","seed":7,"bootstrap_resamples":500"#)).body == first.body)
            let other: Reply = await harness.compare(body(#","seed":8,"bootstrap_resamples":500"#))
            let interval: (Reply) -> JSONValue? = { $0.json["metrics"]?["f1"]?["confidence_interval"] }
            #expect(interval(other) != interval(first))
            #expect(other.json["metrics"]?["accuracy"] == first.json["metrics"]?["accuracy"])
            let narrow: Reply = await harness.compare(
                body(#","seed":7,"bootstrap_resamples":500,"confidence_level":0.5"#))
            for metric in ["accuracy", "f1"] {
                let ends: [[Double]] = try [narrow, first].map { reply in
                    try #require(reply.json["metrics"]?[metric]?["confidence_interval"]?.numbers)
                }
                #expect(ends[0][1] - ends[0][0] < 0.5 * (ends[1][1] - ends[1][0]))
            }
            #expect(first.json["model_a"] == "model_a" && first.json["dataset"]?["id"]?.isNull == true)
            #expect(first.json["differences"]?.isNull == true && first.json["registered_metrics"]?.isNull == true)
        }
    }

    /// Predictions of the same examples in another order must never be taken for one another.
    @Test func anotherOrderCannotPassForTheSame() async throws {
        try await APIHarness.with { harness in
            try await publishBoth(harness)
            // Turned around, and turned around among examples of one label only.
            let reversed: [Int] = (0..<40).reversed()
            var exchanged: [Int] = Array(0..<40)
            exchanged.swapAt(1, 2)
            let digest: String = APIHarness.digest([7])
            _ = await harness.evaluate("1.0.0", .csv(Self.labels, Self.ofA, ids: Self.ids), digest: digest)
            for (number, order) in [reversed, exchanged].enumerated() {
                let version: String = "3.\(number).0"
                try await harness.publish("m", version, more: #","use_case":"\#(number)""#)
                let sent: Reply = await harness.evaluate(
                    version,
                    .csv(
                        Self.ordered(Self.labels, order), Self.ordered(Self.ofB, order),
                        ids: Self.ordered(Self.ids, order)),
                    digest: digest)
                #expect(sent.status == 201)
                for more in ["", #","dataset":"holdout""#, #","dataset_digest":"\#(digest)""#] {
                    let reply: Reply = await harness.compare(
                        #"{"model_a":"m_v1.0.0","model_b":"m_v\#(version)"\#(more)}"#)
                    #expect(reply.status == 409 && reply.code == "dataset_mismatch", "\(reply.text)")
                    #expect(reply.json["detail"]?.string?.contains("their order") == true)
                    #expect(reply.json["model_a"]?["examples_digest"] != reply.json["model_b"]?["examples_digest"])
                    #expect(reply.json["model_a"]?["dataset_digest"]?.string == digest)
                }
            }
            // Without ids the order of labels still counts, and who compares is told what is not known.
            _ = await harness.evaluate("2.0.0", on: "bare", .csv(Self.labels, Self.ofB))
            _ = await harness.evaluate("1.0.0", on: "bare", .csv(Self.labels, Self.ofA))
            let plain: Reply = await harness.compare(Self.both)
            #expect(plain.json["dataset"]?["paired_by"] == "place")
            #expect(plain.json["warnings"]?.array?.last?.string?.contains("no ids") == true)
            // With ids on one side only it is another set of examples.
            _ = await harness.evaluate("2.0.0", on: "mixed", .csv(Self.labels, Self.ofB, ids: Self.ids))
            _ = await harness.evaluate("1.0.0", on: "mixed", .csv(["0", "1"], ["0", "1"]))
            let mixed: Reply = await harness.compare(
                #"{"model_a":"m_v1.0.0","model_b":"m_v2.0.0","dataset":"mixed"}"#)
            #expect(mixed.code == "dataset_mismatch")
        }
    }

    @Test func evaluationsThatDoNotFitAreRefusedByName() async throws {
        try await APIHarness.with { harness in
            try await publishBoth(harness)
            _ = await harness.evaluate("1.0.0", .csv(["0", "1"], ["0", "1"]))
            let absent: Reply = await harness.compare(
                #"{"model_a":"m_v1.0.0","model_b":"m_v2.0.0","dataset":"holdout"}"#)
            #expect(absent.status == 404 && absent.code == "evaluation_not_found")
            #expect(
                absent.json["detail"]?.string?.contains("m_v2.0.0 has no evaluation of the dataset holdout") == true)
            let second: Reply = await harness.evaluate("2.0.0", .csv(["0", "1", "1"], ["0", "1", "1"]))
            let mismatch: Reply = await harness.compare(
                #"{"model_a":"m_v1.0.0","model_b":"m_v2.0.0","dataset":"holdout"}"#)
            #expect(mismatch.status == 409 && mismatch.code == "dataset_mismatch")
            #expect(mismatch.json["model_b"]?["dataset_digest"] == second.json["dataset_digest"])
            #expect(mismatch.json["model_a"]?["examples"] == 2 && mismatch.json["model_b"]?["examples"] == 3)
            let digest: String = try #require(second.json["dataset_digest"]?.string)
            let elsewhere: Reply = await harness.compare(
                #"{"model_a":"m_v1.0.0","model_b":"m_v2.0.0","dataset_digest":"\#(digest)"}"#)
            #expect(elsewhere.code == "evaluation_not_found")
            // An older digest that both have is taken before newer ones that they do not share.
            _ = await harness.evaluate("2.0.0", .csv(["0", "1"], ["1", "1"]))
            _ = await harness.evaluate("1.0.0", .csv(["1"], ["1"]))
            let common: Reply = await harness.compare(
                #"{"model_a":"m_v1.0.0","model_b":"m_v2.0.0","dataset":"holdout"}"#)
            #expect(common.status == 200 && common.json["examples"] == 2, "\(common.text)")
        }
    }

    @Test func versionsWithoutCommonExamplesAreComparedInEverythingElse() async throws {
        try await APIHarness.with { harness in
            let first: String = #"""
                ,"description":"old","tags":{"team":"risk","old":"1"},"performance_metrics":{"auc":0.9,"loss":1},
                "training_data":{"dataset_id":"d","row_count":10},"framework":"xgboost",
                "dependencies":{"python_version":"3.9","packages":["xgboost==1.7.0","Scikit_Learn>=1.0","gone"]},
                "lineage":{"features":["a","b"],"experiment_id":"e1"},
                "signature":{"inputs":[{"name":"x","type":"float"},{"name":"y","type":"float"}],"outputs":[]}
                """#
            let second: String = #"""
                ,"description":"new","tags":{"team":"risk"},"performance_metrics":{"auc":0.95,"f1":0.5},
                "training_data":{"dataset_id":"d","row_count":20},"framework":"xgboost","allow_breaking":true,"rationale":"r",
                "dependencies":{"python_version":"3.11","packages":["xgboost==2.0.0","scikit-learn>=1.0","numpy"]},
                "lineage":{"features":["b","c"],"experiment_id":"e1"},
                "signature":{"inputs":[{"name":"x","type":"int"}],"outputs":[]}
                """#
            try await harness.publish("m", "1.0.0", files: [("same", [1]), ("other", [2]), ("gone", [3])], more: first)
            try await harness.publish("m", "2.0.0", files: [("same", [1]), ("other", [4]), ("new", [5])], more: second)
            let reply: Reply = await harness.compare(Self.both)
            #expect(reply.status == 200, "\(reply.text)")
            let json: JSONValue = reply.json
            #expect(json["metrics"]?.isNull == true && json["significance_tests"]?.isNull == true)
            #expect(json["recommendation"]?.string?.contains("have no evaluation of the same dataset") == true)
            let parts: JSONValue = try #require(json["differences"])
            let metadata: [JSONValue] = [
                ["path": "training_data.row_count", "model_a": 10, "model_b": 20],
                ["path": "description", "model_a": "old", "model_b": "new"],
                ["path": "tags.old", "model_a": "1", "model_b": nil],
            ]
            #expect(parts["metadata"]?.array == metadata, "\(parts)")
            #expect(parts["truncated"] == false)
            let signature: [JSONValue] = [
                [
                    "field": "signature.inputs.x", "reason": "changed its type from float to int", "requires": "major",
                ],
                ["field": "signature.inputs.y", "reason": "was removed", "requires": "major"],
            ]
            #expect(parts["signature"]?.array == signature)
            #expect(parts["features"] == ["added": ["c"], "removed": ["a"]])
            let dependencies: JSONValue = [
                "python_version": ["model_a": "3.9", "model_b": "3.11"],
                "added": [["package": "numpy", "version": ""]],
                "removed": [["package": "gone", "version": ""]],
                "changed": [["package": "xgboost", "model_a": "==1.7.0", "model_b": "==2.0.0"]],
            ]
            #expect(parts["dependencies"] == dependencies)
            let digest: (UInt8) -> JSONValue = { .string(APIHarness.digest([$0])) }
            let artifacts: JSONValue = [
                "added": [["path": "new", "digest": digest(5)]], "removed": [["path": "gone", "digest": digest(3)]],
                "changed": [["path": "other", "model_a": digest(2), "model_b": digest(4)]], "unchanged": 1,
            ]
            #expect(parts["artifacts"] == artifacts)
            #expect(json["registered_metrics"]?["loss"] == ["model_a": 1, "model_b": nil, "difference": nil])
            #expect(json["registered_metrics"]?["f1"] == ["model_a": nil, "model_b": 0.5, "difference": nil])
            #expect(abs(try number(json, "registered_metrics", "auc", "difference") - 0.05) < 1e-12)
        }
    }

    @Test func anotherNamespacesModelsDoNotExist() async throws {
        try await APIHarness.with { harness in
            for model in ["a_one", "b_one"] { try await harness.publish(model, "1.0.0") }
            let token: String = try await harness.registry.token("a", roles: ["reader"], models: ["a_*"])
            for body in [
                #"{"model_a":"a_one_v1.0.0","model_b":"b_one_v1.0.0"}"#,
                #"{"model_a":"b_one_v1.0.0","model_b":"a_one_v1.0.0"}"#,
            ] {
                let reply: Reply = await harness.compare(body, token: .secret(token))
                #expect(reply.status == 404 && reply.code == "model_not_found")
                #expect(await harness.compare(body).status == 200)
            }
            let own: Reply = await harness.compare(
                #"{"model_a":"a_one_v1.0.0","model_b":"a_one_v1.0.0"}"#, token: .secret(token))
            #expect(own.status == 200)
            #expect(
                await harness.compare(#"{"model_a":"a_one_v9.0.0","model_b":"a_one_v1.0.0"}"#).code
                    == "version_not_found")
            #expect(
                await harness.compare(#"{"model_a":"nothing","model_b":"a_one_v1.0.0"}"#).code == "version_not_found")
        }
    }

    struct Refusal: Sendable {
        let body: String
        let pointers: [String]
    }

    static let refusals: [Refusal] = [
        Refusal(body: "{}", pointers: ["/model_a", "/model_b"]),
        Refusal(body: #"{"model_a":"m_v1.0.0"}"#, pointers: ["/model_b"]),
        Refusal(body: #"{"labels":[1]}"#, pointers: ["/predictions_a", "/predictions_b"]),
        Refusal(
            body: #"{"labels":[],"predictions_a":[],"predictions_b":[]}"#,
            pointers: ["/labels", "/predictions_a", "/predictions_b"]),
        Refusal(
            body: #"{"labels":[1,2],"predictions_a":[1],"predictions_b":[1,2,3]}"#,
            pointers: ["/predictions_a", "/predictions_b"]),
        Refusal(
            body: #"{"labels":[1,0.5],"predictions_a":[null,1],"predictions_b":[1,""]}"#,
            pointers: ["/labels/1", "/predictions_a/0", "/predictions_b/1"]),
        Refusal(body: #"{"labels":[1],"predictions_a":[1],"predictions_b":[1],"dataset":"x"}"#, pointers: ["/dataset"]),
        Refusal(
            body: #"{"labels":["a"],"predictions_a":["b"],"predictions_b":["a"],"average":"binary"}"#,
            pointers: ["/positive_label"]),
        Refusal(
            body: #"{"labels":["a"],"predictions_a":["b"],"predictions_b":["a"],"positive_label":"c"}"#,
            pointers: ["/positive_label"]),
        Refusal(body: #"{"model_a":"a","model_b":"b","average":"micro"}"#, pointers: ["/average"]),
        Refusal(
            body: #"{"model_a":"a","model_b":"b","significance_level":0,"confidence_level":1}"#,
            pointers: ["/significance_level", "/confidence_level"]),
        Refusal(
            body: #"{"model_a":"a","model_b":"b","bootstrap_resamples":99,"seed":-1}"#,
            pointers: ["/bootstrap_resamples", "/seed"]),
        Refusal(
            body: #"{"model_a":"a","model_b":"b","dataset_digest":"x","what":1}"#,
            pointers: ["/dataset_digest", "/what"]),
    ]

    @Test(arguments: refusals) func requestsAreCheckedAsAWhole(_ refusal: Refusal) async throws {
        try await APIHarness.with { harness in
            let reply: Reply = await harness.compare(refusal.body)
            #expect(reply.status == 422 && reply.pointers == refusal.pointers, "\(reply.text)")
        }
    }

    @Test func damagedExamplesAreReportedAndNothingElse() async throws {
        try await APIHarness.with { harness in
            try await publishBoth(harness)
            let first: Reply = await harness.evaluate("1.0.0", .csv(Self.labels, Self.ofA))
            _ = await harness.evaluate("2.0.0", .csv(Self.labels, Self.ofB))
            let digest: Digest = try #require(Digest(first.json["blob"]?.string ?? ""))
            harness.memory?.damage(digest, with: [1, 2, 3])
            let reply: Reply = await harness.compare(Self.both)
            #expect(reply.status == 500 && reply.code == "blob_corrupt")
        }
    }
}
