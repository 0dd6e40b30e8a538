import Foundation
import StemmaHTTP
import StemmaJSON
import StemmaTesting
import Testing

@testable import StemmaAPI

/// Comparisons against scikit-learn and statsmodels: the table and its generator are beside the reference values of the
/// statistics (`Tests/StemmaStatisticsTests/Reference`).
@Suite struct ComparisonReferenceTests {
    private static let metrics: [String] = ["accuracy", "precision", "recall", "f1"]

    private static func cases() throws -> [JSONValue] {
        let tests: URL = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let file: URL = tests.appending(path: "StemmaStatisticsTests/Reference/comparisons.json")
        return try #require(try JSONParser.parse(Array(try Data(contentsOf: file)))["cases"]?.array)
    }

    private func texts(_ one: JSONValue, _ name: String) throws -> [String] {
        try #require(one[name]?.array).map { try #require($0.string) }
    }

    private func close(_ found: JSONValue?, _ wanted: Double, _ tolerance: Double = 1e-9) -> Bool {
        guard let found = found?.number else { return false }
        return abs(found - wanted) <= max(tolerance * abs(wanted), 1e-15)
    }

    @Test func numbersAreThoseOfTheReference() async throws {
        let cases: [JSONValue] = try Self.cases()
        #expect(cases.count == 10)
        try await APIHarness.with { harness in
            for version in ["1.0.0", "2.0.0"] {
                try await harness.publish("m", version, more: #","use_case":"\#(version)""#)
            }
            for (number, one) in cases.enumerated() {
                let options: String = #","average":\#(try #require(one["average"])),"seed":11"#
                let positive: JSONValue = try #require(one["positive_label"])
                let more: String = options + (positive.isNull ? "" : #","positive_label":\#(positive)"#)
                let inline: Reply = await harness.compare(
                    #"{"labels":\#(try #require(one["labels"])),"predictions_a":\#(try #require(one["predictions_a"])),"#
                        + #""predictions_b":\#(try #require(one["predictions_b"]))\#(more)}"#)
                try check(inline.json, one, number)
                // The same by way of stored evaluations, one in either form, cut into pieces.
                let labels: [String] = try texts(one, "labels")
                let first: Reply = await harness.evaluate(
                    "1.0.0", on: "d\(number)", .csv(labels, try texts(one, "predictions_a")), piece: 7)
                #expect(first.status == 201, "\(first.text)")
                let lines: String = try zip(labels, texts(one, "predictions_b")).map { label, prediction in
                    #"{"label":"\#(label)","prediction":"\#(prediction)"}"# + "\r\n"
                }.joined()
                #expect(await harness.evaluate("2.0.0", on: "d\(number)", .ndjson(lines), piece: 11).status == 201)
                let stored: Reply = await harness.compare(
                    #"{"model_a":"m_v1.0.0","model_b":"m_v2.0.0","dataset":"d\#(number)"\#(more)}"#)
                for part in ["metrics", "significance_tests", "bootstrap"] {
                    #expect(stored.json[part] == inline.json[part], "case \(number)")
                }
                try check(stored.json, one, number)
                try checkAlone(first.json, one, number)
            }
        }
    }

    /// A comparison's numbers: metrics and McNemar's tests exactly, the bootstrap as far as two of them agree.
    private func check(_ found: JSONValue, _ one: JSONValue, _ number: Int) throws {
        for side in ["model_a", "model_b"] {
            for (metric, wanted) in zip(Self.metrics, try #require(one[side]?.array)) {
                let value: JSONValue? = found["metrics"]?[metric]?[side]
                #expect(
                    close(value, try #require(wanted.number)), "case \(number): \(side) \(metric) is \(value as Any)")
            }
        }
        for (metric, wanted) in try #require(one["tests"]?.object).members.map({ ($0.name, $0.value) }) {
            let test: JSONValue = try #require(found["significance_tests"]?[metric])
            #expect(test["method"] == wanted["method"], "case \(number) \(metric)")
            #expect(test["discordant"]?["only_a_correct"] == wanted["only_a"], "case \(number) \(metric)")
            #expect(test["discordant"]?["only_b_correct"] == wanted["only_b"], "case \(number) \(metric)")
            #expect(close(test["p_value"], try #require(wanted["p_value"]?.number)), "case \(number) \(metric)")
            let interval: [JSONValue] = try #require(found["metrics"]?[metric]?["confidence_interval"]?.array)
            for (end, exact) in zip(interval, try #require(wanted["interval"]?.array)) {
                #expect(close(end, try #require(exact.number)), "case \(number) \(metric): \(end) is not \(exact)")
            }
        }
        for metric in Self.metrics where found["significance_tests"]?[metric]?["method"] == "paired_bootstrap" {
            let wanted: [Double] = try #require(one["bootstrap"]?[metric]?.numbers)
            let interval: [Double] = try #require(
                found["metrics"]?[metric]?["confidence_interval"]?.numbers)
            let width: Double = wanted[1] - wanted[0]
            for end in 0...1 {
                #expect(
                    abs(interval[end] - wanted[end]) < 0.06 * width, "case \(number) \(metric): \(interval), \(wanted)")
            }
        }
        try checkHolm(found, number)
    }

    private func checkHolm(_ found: JSONValue, _ number: Int) throws {
        let tests: JSONValue = try #require(found["significance_tests"])
        let pairs: [(p: Double, adjusted: Double)] = try Self.metrics.map { metric in
            (try #require(tests[metric]?["p_value"]?.number), try #require(tests[metric]?["p_value_adjusted"]?.number))
        }.sorted { $0.p < $1.p }
        var largest: Double = 0
        for (rank, pair) in pairs.enumerated() {
            largest = max(largest, min(1, pair.p * Double(4 - rank)))
            #expect(abs(pair.adjusted - largest) < 1e-12, "case \(number)")
        }
        for metric in Self.metrics {
            let adjusted: Double = try #require(tests[metric]?["p_value_adjusted"]?.number)
            #expect(tests[metric]?["significant"]?.bool == (adjusted < 0.05))
        }
    }

    /// The evaluation of A alone has the same numbers.
    private func checkAlone(_ evaluation: JSONValue, _ one: JSONValue, _ number: Int) throws {
        let wanted: [Double] = try #require(one["model_a"]?.numbers)
        #expect(close(evaluation["metrics"]?["accuracy"], wanted[0]))
        let average: String = try #require(one["average"]?.string)
        let found: JSONValue?
        if average == "binary" {
            found = evaluation["per_class"]?.array?.first { $0["label"] == one["positive_label"] }
        } else {
            found = evaluation["metrics"]?[average]
        }
        for (index, metric) in Self.metrics.enumerated().dropFirst() {
            #expect(close(found?[metric], wanted[index]), "case \(number): \(metric)")
        }
    }
}
