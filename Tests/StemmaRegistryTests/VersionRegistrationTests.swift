import StemmaDigest
import StemmaJSON
import StemmaTesting
import Testing

@testable import StemmaRegistry

@Suite struct VersionRegistrationTests {
    private static let digest: String = "sha256:" + String(repeating: "a", count: 64)
    private static let file: String = #"{"path":"a/b","digest":"\#(digest)"}"#

    static let faults: [(body: String, pointers: [String])] = [
        (#"{}"#, ["/version"]), (#"{"version":"1.0"}"#, ["/version"]), (#"{"version":"v1.0.0"}"#, ["/version"]),
        (#"{"version":"01.0.0"}"#, ["/version"]), (#"{"version":""}"#, ["/version"]), (#"{"version":1}"#, ["/version"]),
        (#"{"version":"1.0.0","bump":"major"}"#, ["/bump"]), (#"{"bump":"huge"}"#, ["/bump"]), ("[]", [""]),
        ("null", [""]),
        (#"{"version":"1.0.0","allow_breaking":true}"#, ["/rationale"]),
        (#"{"version":"1.0.0","allow_breaking":"yes"}"#, ["/allow_breaking"]),
        (#"{"version":"1.0.0","draft":1}"#, ["/draft"]), (#"{"version":"1.0.0","extra":1}"#, ["/extra"]),
        (#"{"version":"1.0.0","a/b~c":1}"#, ["/a~1b~0c"]), (#"{"version":"1.0.0","model_id":"x"}"#, ["/model_id"]),
        (#"{"version":"1.0.0","created_at":"2024-01-01"}"#, ["/created_at"]),
        (#"{"version":"1.0.0","state":"production"}"#, ["/state"]), (#"{"version":"1.0.0","etag":"x"}"#, ["/etag"]),
        (#"{"version":"1.0.0","artifacts":{}}"#, ["/artifacts"]),
        (#"{"version":"1.0.0","artifacts":[{}]}"#, ["/artifacts/0/path", "/artifacts/0/digest"]),
        (
            #"{"version":"1.0.0","artifacts":[{"path":"../x","digest":"sha256:1"}]}"#,
            ["/artifacts/0/path", "/artifacts/0/digest"]
        ),
        (#"{"version":"1.0.0","artifacts":[\#(file),\#(file)]}"#, ["/artifacts/1/path"]),
        (
            #"{"version":"1.0.0","artifacts":[\#(file),{"path":"a","digest":"\#(digest)"}]}"#, ["/artifacts/0/path"]
        ),
        (
            #"{"version":"1.0.0","artifacts":[{"path":"a","digest":"\#(digest)","media_type":"x\r\ny/z"}]}"#,
            ["/artifacts/0/media_type"]
        ),
        (#"{"version":"1.0.0","training_data":{"row_count":-1}}"#, ["/training_data/row_count"]),
        (#"{"version":"1.0.0","training_data":{"row_count":1.5}}"#, ["/training_data/row_count"]),
        (#"{"version":"1.0.0","training_data":{"rows":1}}"#, ["/training_data/rows"]),
        (#"{"version":"1.0.0","training_data":{"time_range":["2024-01-01"]}}"#, ["/training_data/time_range"]),
        (#"{"version":"1.0.0","training_data":{"time_range":["x","2024-01-01"]}}"#, ["/training_data/time_range/0"]),
        (
            #"{"version":"1.0.0","training_data":{"time_range":["2024-01-02","2024-01-01"]}}"#,
            ["/training_data/time_range/1"]
        ),
        (#"{"version":"1.0.0","performance_metrics":{"auc":"high"}}"#, ["/performance_metrics/auc"]),
        (#"{"version":"1.0.0","performance_metrics":{"auc":null}}"#, ["/performance_metrics/auc"]),
        (#"{"version":"1.0.0","tags":{"a":1}}"#, ["/tags/a"]), (#"{"version":"1.0.0","tags":{"":"x"}}"#, ["/tags/"]),
        (
            #"{"version":"1.0.0","infrastructure_requirements":{"memory_mb":-1}}"#,
            ["/infrastructure_requirements/memory_mb"]
        ),
        (
            #"{"version":"1.0.0","infrastructure_requirements":{"gpu_required":"no"}}"#,
            ["/infrastructure_requirements/gpu_required"]
        ),
        (#"{"version":"1.0.0","dependencies":{"packages":[""]}}"#, ["/dependencies/packages/0"]),
        (#"{"version":"1.0.0","lineage":{"features":[1]}}"#, ["/lineage/features/0"]),
        (#"{"version":"1.0.0","framework":"a\nb"}"#, ["/framework"]),
        (
            #"{"version":"1.0.0","signature":{"inputs":[{"name":"a","type":"t"},{"name":"a","type":"t"}]}}"#,
            ["/signature/inputs/1/name"]
        ),
        (#"{"version":"1.0.0","signature":{"outputs":[{"type":"t"}]}}"#, ["/signature/outputs/0/name"]),
        (
            #"{"version":"1.0.0","signature":{"inputs":[{"name":"a","type":"t","shape":[-2]}]}}"#,
            ["/signature/inputs/0/shape/0"]
        ),
        (#"{"version":"1.0.0","reproducibility":{"random_seed":1.5}}"#, ["/reproducibility/random_seed"]),
        (#"{"version":"x","draft":1,"extra":1}"#, ["/draft", "/extra", "/version"]),
    ]

    @Test(arguments: VersionRegistrationTests.faults)
    func refuses(body: String, pointers: [String]) async throws {
        let value: JSONValue = try parse(body)
        let error = await expectRefusal(.validationFailed) { _ = try VersionRegistration(value) }
        #expect(error?.faults.map(\.pointer) == pointers)
        #expect(error?.faults.allSatisfy { !$0.detail.isEmpty } == true)
    }

    /// The example of the specification, whole.
    static let full: String = """
        {"version":"2.1.3","description":"d","domain":"payments","use_case":"fraud","change_type":"minor",
        "model_type":"gradient_boosting","framework":"xgboost","framework_version":"1.7.0",
        "training_data":{"dataset_id":"fraud_training_20240115","data_version":"v1.2","row_count":5000000,"feature_count":147,
        "time_range":["2023-01-01","2024-01-01"],"data_hash":"sha256:x"},
        "performance_metrics":{"accuracy":0.967,"auc_roc":0.982,"n":3},
        "infrastructure_requirements":{"memory_mb":4096,"cpu_cores":2,"gpu_required":false,"disk_space_mb":512},
        "dependencies":{"python_version":"3.9.0","packages":["xgboost==1.7.0"]},
        "lineage":{"parent_models":["fraud_detection_v2.1.2"],"training_code_commit":"abc","experiment_id":"e","features":["f"]},
        "signature":{"inputs":[{"name":"a","type":"double","shape":[-1,null,3],"required":false}],"outputs":[]},
        "reproducibility":{"code_commit":"abc","random_seed":-42,"hardware_spec":{"gpu_type":"V100"},"framework_versions":{"python":"3.9"}},
        "tags":{"team":"fraud"},"risk":{"tier":"high"},"metadata":{"k":{"n":[1]}},
        "artifacts":[{"path":"model.pkl","digest":"\(digest)","media_type":"application/octet-stream"}]}
        """

    @Test func takesTheWholeSpecification() throws {
        let registration = try VersionRegistration(try parse(VersionRegistrationTests.full))
        #expect(registration.version?.description == "2.1.3")
        #expect(registration.artifacts.map(\.path) == ["model.pkl"])
        #expect(registration.immutable.members.map(\.name) == VersionShapes.immutable.map(\.name))
        #expect(registration.immutable["training_data"]?["row_count"]?.integer == 5_000_000)
    }

    @Test func absentMembersAreNull() throws {
        let registration = try VersionRegistration(try parse(#"{"bump":"auto"}"#))
        #expect(registration.version == nil)
        #expect(registration.immutable["signature"]?.isNull == true)
        #expect(registration.immutable["metadata"]?.object?.isEmpty == true)
    }

    @Test func theIdentityOfARequestIgnoresOrderNumberAndReason() throws {
        func identity(_ text: String) throws -> String { try VersionRegistration(try parse(text)).requestDigest.hex }
        let base = try identity(#"{"version":"1.0.0","domain":"a","tags":{"x":"1","y":"2"}}"#)
        #expect(try identity(#"{"tags":{"y":"2","x":"1"},"domain":"a","version":"1.0.0"}"#) == base)
        #expect(try identity(#"{"version":"1.0.1","domain":"a","tags":{"x":"1","y":"2"},"rationale":"r"}"#) == base)
        #expect(try identity(#"{"version":"1.0.0","domain":"b","tags":{"x":"1","y":"2"}}"#) != base)
    }
}

@Suite struct VersionAttributesTests {
    @Test func collectsScalarsUnderTheirPaths() throws {
        let registration = try VersionRegistration(try parse(VersionRegistrationTests.full))
        let attributes = VersionAttributes.collect(
            immutable: registration.immutable, tags: registration.tags, metrics: registration.metrics, limit: 1_000)
        let values: [String: AttributeValue] = Dictionary(uniqueKeysWithValues: attributes.map { ($0.field, $0.value) })
        #expect(values["framework"] == .text("xgboost"))
        #expect(values["metadata.framework"] == .text("xgboost"))
        #expect(values["tags.team"] == .text("fraud"))
        #expect(values["metrics.accuracy"] == .number(0.967))
        #expect(values["metrics.n"] == .integer(3))
        #expect(values["metadata.training_data.row_count"] == .integer(5_000_000))
        #expect(values["metadata.infrastructure_requirements.gpu_required"] == .boolean(false))
        #expect(values["metadata.risk.tier"] == .text("high"))
        #expect(values["metadata.reproducibility.hardware_spec.gpu_type"] == .text("V100"))
        #expect(values["metadata.k.n"] == nil)
        #expect(values["metadata.domain"] == .text("payments"))
    }

    @Test func theStructuredMemberWinsAndTheLimitHolds() throws {
        let immutable: JSONObject = try #require(
            try parse(#"{"framework":"real","metadata":{"framework":"free","a":1,"b":2}}"#).object)
        let all = VersionAttributes.collect(
            immutable: immutable, tags: JSONObject(), metrics: JSONObject(), limit: 100)
        #expect(all.filter { $0.field == "metadata.framework" }.map(\.value) == [.text("real")])
        let few = VersionAttributes.collect(immutable: immutable, tags: JSONObject(), metrics: JSONObject(), limit: 2)
        #expect(few.count == 2)
    }
}
