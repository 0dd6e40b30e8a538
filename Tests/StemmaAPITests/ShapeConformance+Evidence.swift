import StemmaHTTP
import StemmaJSON
import StemmaTesting
import Testing

@testable import StemmaAPI

extension ShapeConformanceTests {
    /// The operations on reproducibility, on a model of their own.
    func checkReproducibility(
        _ harness: APIHarness, _ check: (APIHarness, String, Reply) throws -> Void
    ) async throws {
        let manifest: String = #"{"code_commit":"main","random_seed":1,"hardware_spec":{"gpu_type":"x"}}"#
        for version in ["1.0.0", "1.1.0"] {
            try await harness.publish(
                "r", version, files: [("f", [1])],
                more: #","performance_metrics":{"a":1.5},"reproducibility":\#(manifest),"use_case":"\#(version)""#
                    + #","dependencies":{"packages":["a==\#(version)"]}"#)
        }
        let version: String = "/v1/models/r/versions/1.0.0"
        for query in ["", "?compare_to=1.1.0"] {
            try check(harness, "ReadReproducibility", await harness.ask(.get, version + "/reproducibility" + query))
        }
        let attempt: String =
            #"{"metrics":{"b":2},"tolerance":0.1,"tolerance_mode":"relative","data_hash":"md5:0","notes":"n","#
            + #""environment":{"random_seed":null,"hardware_spec":{"gpu_type":"y"},"packages":["a==2"]}}"#
        let recorded: Reply = await harness.send(.post, version + "/reproductions", attempt)
        try check(harness, "RecordReproduction", recorded)
        try check(harness, "ListReproductions", await harness.ask(.get, version + "/reproductions"))
        let target: String = try #require(recorded.headers["location"])
        try check(harness, "ReadReproduction", await harness.ask(.get, target))
        try check(harness, "ReadReproduction", await harness.ask(.get, target, [("if-none-match", "*")]))
    }

    /// The operations on experiments, between two versions of a model of their own.
    func checkExperiments(
        _ harness: APIHarness, _ check: (APIHarness, String, Reply) throws -> Void
    ) async throws {
        for version in ["1.0.0", "2.0.0"] {
            try await harness.publish("x", version, more: #","use_case":"\#(version)""#)
        }
        let made: Reply = await harness.send(
            .post, "/v1/experiments",
            #"{"experiment_id":"x","baseline_model":"x_v1.0.0","treatment_model":"x_v2.0.0","duration":"P1D","#
                + #""traffic_split":{"baseline":0.5,"treatment":0.5},"tags":{"a":"b"},"#
                + #""success_criteria":{"primary_metric":"p","improvement_threshold":0.01,"expected_baseline":0.5}}"#)
        try check(harness, "CreateExperiment", made)
        let target: String = try #require(made.headers["location"])
        let looked: Reply = await harness.send(
            .post, target + "/results",
            #"{"metrics":{"p":{"baseline":{"successes":5,"trials":9},"treatment":{"successes":6,"trials":9}},"#
                + #""m":{"baseline":{"mean":0,"deviation":1,"n":9},"treatment":{"mean":1.5,"deviation":1,"n":9}}}}"#)
        try check(harness, "RecordExperimentResults", looked)
        try check(harness, "ListExperimentResults", await harness.ask(.get, target + "/results"))
        try check(harness, "ReadExperiment", await harness.ask(.get, target))
        try check(harness, "UpdateExperiment", await harness.send(.patch, target, #"{"description":"d"}"#))
        let concluded: Reply = await harness.send(
            .post, target + "/conclude", #"{"force":true,"rationale":"r","business_conclusion":"b"}"#)
        try check(harness, "ConcludeExperiment", concluded)
        try check(harness, "ListExperiments", await harness.ask(.get, "/v1/experiments"))
        try check(harness, "ReadExperiment", await harness.ask(.get, target, [("if-none-match", "*")]))
        for query in ["kind=proportion&baseline=0.5&effect=0.1", "kind=mean&effect=1&deviation=2.5"] {
            try check(harness, "CalculateSampleSize", await harness.ask(.get, "/v1/sample-size?" + query))
        }
    }
}
