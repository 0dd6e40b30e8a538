import StemmaHTTP
import StemmaJSON
import StemmaTesting
import Testing

@testable import StemmaAPI

extension ShapeConformanceTests {
    /// Evaluations and comparisons, on versions of their own.
    func checkComparisons(
        _ harness: APIHarness, _ check: (APIHarness, String, Reply) throws -> Void
    ) async throws {
        let target: String = "/v1/models/m/versions/"
        for (version, more) in [
            ("7.0.0", #","performance_metrics":{"auc":1},"tags":{"a":"b"},"dependencies":{"packages":["a==1"]}"#),
            (
                "8.0.0",
                #","performance_metrics":{"f1":1},"lineage":{"features":["x"]},"dependencies":{"packages":["b"]}"#
            ),
        ] {
            try await harness.publish("m", version, files: [("f", Array(version.utf8))], more: more)
            let examples: APIHarness.Examples = .csv(["0", "1", "1"], ["0", version.hasPrefix("7") ? "1" : "0", "1"])
            for _ in 0..<2 { try check(harness, "PutEvaluation", await harness.evaluate(version, examples)) }
            try check(harness, "ListEvaluations", await harness.ask(.get, target + version + "/evaluations"))
            let read: String = target + version + "/evaluations/holdout"
            try check(harness, "ReadEvaluation", await harness.ask(.get, read))
            try check(harness, "ReadEvaluation", await harness.ask(.get, read, [("if-none-match", "*")]))
        }
        let many: [String] = (0..<30).map { "c\($0)" }
        try check(harness, "PutEvaluation", await harness.evaluate("7.0.0", on: "many", .csv(many, many)))
        for body in [
            #"{"model_a":"m_v7.0.0","model_b":"m_v8.0.0"}"#,
            #"{"model_a":"m_v8.0.0","model_b":"m_v7.0.0","average":"macro"}"#,
            #"{"labels":["a","b"],"predictions_a":["b","b"],"predictions_b":["a","a"]}"#,
        ] {
            try check(harness, "CompareModels", await harness.compare(body))
        }
        try await harness.publish("m", "9.0.0", more: #","use_case":"x""#)
        try check(harness, "CompareModels", await harness.compare(#"{"model_a":"m_v7.0.0","model_b":"m_v9.0.0"}"#))
    }
}
