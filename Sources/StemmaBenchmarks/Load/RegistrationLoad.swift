internal import StemmaDigest
internal import StemmaJSON

/// Registrations of one model with the specification's metadata, each a new version `1.0.<patch>` with the same artifact.
struct RegistrationLoad {
    /// Patch numbers start here, so that all requests have the same length.
    static let firstPatch = 1_000_000

    let model: String
    private(set) var registered: Int
    private let head: [UInt8]
    private let tail: [UInt8]

    /// Creates the model, unless it has `registered` versions already, and stores the one blob that all versions name.
    init(_ daemon: Daemon, model: String, registered: Int = 0) throws {
        self.model = model
        self.registered = registered
        let content: [UInt8] = Array("the artifact of every benchmarked version".utf8)
        let digest: Digest = SHA256Hasher.digest(content)
        let client: HTTPClient = try daemon.client()
        try client.expect("PUT", "/v1/blobs/\(digest)", body: content)
        if registered == 0 {
            let body: [UInt8] = Array("{\"name\":\"\(model)\"}".utf8)
            try client.expect("POST", "/v1/models", headers: ["Content-Type: application/json"], body: body)
        }
        let rest: [UInt8] = Array("\",".utf8) + RegistrationLoad.metadata(digest).dropFirst()
        let start: [UInt8] = Array("{\"version\":\"1.0.".utf8)
        let length: Int = start.count + 7 + rest.count
        let lines: [String] = [
            "POST /v1/models/\(model)/versions HTTP/1.1", "Host: 127.0.0.1", daemon.authorization,
            "Content-Type: application/json", "Content-Length: \(length)", "", "",
        ]
        head = Array(lines.joined(separator: "\r\n").utf8) + start
        tail = rest
    }

    /// Appends the next registration; answers its patch number.
    mutating func append(to request: inout [UInt8]) -> Int {
        let patch: Int = RegistrationLoad.firstPatch + registered
        registered += 1
        request.append(contentsOf: head)
        var digits: Int = 1_000_000
        while digits > 0 {
            request.append(UInt8(48 + patch / digits % 10))
            digits /= 10
        }
        request.append(contentsOf: tail)
        return patch
    }

    static func version(_ patch: Int) -> String { "1.0.\(patch)" }

    /// Registers `count` more over that many connections. Throws `BenchError` where one is refused.
    mutating func run(_ count: Int, _ generator: LoadGenerator) throws -> LoadGenerator.Outcome {
        let end: Int = registered + count
        let outcome: LoadGenerator.Outcome = try generator.run { request in
            registered < end ? append(to: &request) : nil
        }
        try outcome.expectSuccess()
        return outcome
    }

    /// Registers for that long; answers as well what a registration took of the daemon's processors, in microseconds. Throws
    /// `BenchError` where one is refused.
    mutating func run(
        seconds: Double, _ generator: LoadGenerator, on daemon: Daemon
    ) throws -> (outcome: LoadGenerator.Outcome, processor: Double) {
        let start: UInt64 = Clock.now
        let used: Double = Clock.processorTime(of: daemon.process.pid) ?? 0
        let outcome: LoadGenerator.Outcome = try generator.run { request in
            Clock.seconds(since: start) < seconds ? append(to: &request) : nil
        }
        try outcome.expectSuccess()
        let spent: Double = (Clock.processorTime(of: daemon.process.pid) ?? 0) - used
        return (outcome, spent / Double(outcome.succeeded) * 1e6)
    }

    /// The specification's example without what the server sets.
    private static func metadata(_ digest: Digest) -> [UInt8] {
        var writer = JSONWriter(capacity: 2_048)
        writer.object { writer in
            writer.field("artifacts", .array([["path": "model.pkl", "digest": .string(digest.description)]]))
            writer.field("model_type", "gradient_boosting")
            writer.field("framework", "xgboost")
            writer.field("framework_version", "1.7.0")
            writer.field(
                "training_data",
                [
                    "dataset_id": "fraud_training_20240115", "data_version": "v1.2", "row_count": 5_000_000,
                    "feature_count": 147, "time_range": ["2023-01-01", "2024-01-01"],
                ] as JSONValue)
            writer.field(
                "performance_metrics",
                ["accuracy": 0.967, "precision": 0.923, "recall": 0.945, "f1_score": 0.934, "auc_roc": 0.982]
                    as JSONValue)
            writer.field(
                "infrastructure_requirements",
                ["memory_mb": 4_096, "cpu_cores": 2, "gpu_required": false, "disk_space_mb": 512] as JSONValue)
            writer.field(
                "dependencies",
                ["python_version": "3.9.0", "packages": ["xgboost==1.7.0", "pandas==1.4.0", "numpy==1.21.0"]]
                    as JSONValue)
            writer.field(
                "lineage",
                [
                    "parent_models": ["fraud_detection_v2.1.2"], "training_code_commit": "abc123def456",
                    "experiment_id": "exp_20240115_001",
                ] as JSONValue)
        }
        return writer.finish()
    }
}
