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
}
