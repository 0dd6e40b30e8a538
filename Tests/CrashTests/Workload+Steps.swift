import StemmaDigest
import StemmaJSON
import StemmaTesting

extension Workload {
    static func json(
        _ name: String, _ method: String, _ target: String, _ body: JSONValue, events: [String],
        _ repetition: Step.Repetition, observed: [String], resource: String?
    ) -> Step {
        let type: String = method == "PATCH" ? "application/merge-patch+json" : "application/json"
        return Step(
            name: name, method: method, target: target, body: bytes(body), fields: ["Content-Type": type],
            events: events,
            repetition: repetition, observed: observed, resource: resource)
    }

    static func registerModel(_ name: String) -> Step {
        json(
            "model-\(name)", "POST", "/v1/models", ["name": .string(name), "owner": "risk", "tags": ["tier": "1"]],
            events: ["register_model"], .once, observed: ["/v1/models/\(name)"], resource: "/v1/models/\(name)")
    }

    static func putBlob(_ name: String, _ content: [UInt8], isNew: Bool = true) -> Step {
        Step(
            name: "blob-\(name)", method: "PUT", target: "/v1/blobs/\(digest(of: content))", body: content,
            fields: ["Content-Type": "application/octet-stream"], events: isNew ? ["put_blob"] : [],
            repetition: .idempotent, observed: ["/v1/blobs/\(digest(of: content))"])
    }

    static func registerVersion(_ name: String, _ fields: JSONObject) -> Step {
        var body: JSONObject = metadata
        for member in fields.members { body.set(member.name, member.value) }
        let version: String = fields["version"]?.string ?? ""
        return json(
            "version-\(name)", "POST", "\(model)/versions", .object(body), events: ["register_version"], .once,
            observed: [model, "\(model)/versions/\(version)", "\(model)/versions/\(version)/artifacts"],
            resource: "\(model)/versions/\(version)")
    }

    static func putArtifact(_ name: String, _ path: String, _ content: [UInt8]) -> Step {
        let version: String = "\(model)/versions/1.1.0"
        return Step(
            name: "artifact-\(name)", method: "PUT", target: "\(version)/artifacts/\(path)", body: content,
            fields: ["Content-Type": "application/octet-stream"], events: ["put_blob", "put_artifact"],
            repetition: .idempotent,
            observed: [
                version, "\(version)/artifacts", "\(version)/artifacts/\(path)", "/v1/blobs/\(digest(of: content))",
            ])
    }

    static func setAlias(_ name: String, _ alias: String, _ version: String) -> Step {
        json(
            "alias-\(name)", "PUT", "\(model)/aliases/\(alias)",
            ["version": .string(version), "rationale": .string("step \(name)")], events: ["set_alias"], .idempotent,
            observed: [
                "\(model)/aliases/\(alias)", "\(model)/versions/1.0.0", "\(model)/versions/1.1.0", model,
                "\(model)/aliases/\(alias)/history",
            ], resource: nil)
    }

    /// Moves a version of the model through the lifecycle.
    static func move(_ name: String, _ target: String, _ body: JSONValue, event: String) -> Step {
        json(
            name, "POST", "\(model)/versions/\(target)", body, events: [event], .once,
            observed: [
                model, "\(model)/versions/1.1.0", "\(model)/versions/2.0.0", "\(model)/aliases/production",
                "\(model)/aliases/champion",
                "\(model)/aliases/production/history", "\(model)/versions/1.1.0/transitions",
                "\(model)/versions/2.0.0/transitions", "\(model)/traffic",
            ], resource: nil)
    }

    /// A resumable upload in parts from cut to cut, and its completion; with its length told at the beginning, and its
    /// digest at the end, where `announced`.
    static func upload(_ name: String, _ content: [UInt8], cuts: [Int], announced: Bool) -> [[Step]] {
        var begin = Step(
            name: "upload-\(name)", method: "POST", target: "/v1/uploads", body: [], fields: ["Upload-Complete": "?0"],
            events: ["create_upload"], repetition: .once,
            capture: { reply in
                let path: Substring? = reply["Location"]?.firstRange(of: "/v1/").flatMap { range in
                    reply["Location"].map { $0[range.lowerBound...] }
                }
                return ["upload-\(name)": path.map(String.init) ?? ""]
            })
        if announced { begin.fields.pairs.append(.init(name: "Upload-Length", value: "\(content.count)")) }
        let parts: [[Step]] = zip(cuts, cuts.dropFirst()).map { start, end in
            [
                Step(
                    name: "part-\(name)-\(start)", method: "PATCH", target: "{upload-\(name)}",
                    body: Array(content[start..<end]),
                    fields: [
                        "Content-Type": "application/partial-upload",
                        "Upload-Complete": end == content.count ? "?1" : "?0",
                    ], repetition: .idempotent, offset: start)
            ]
        }
        let wanted: JSONValue = announced ? ["digest": .string(digest(of: content))] : [:]
        let end = json(
            "complete-\(name)", "POST", "{upload-\(name)}/complete", wanted, events: ["put_blob", "complete_upload"],
            .once,
            observed: ["/v1/blobs/\(digest(of: content))"], resource: nil)
        return [[begin]] + parts + [[end]]
    }

    static func bytes(_ value: JSONValue) -> [UInt8] { Array("\(value)".utf8) }

    static func artifacts(_ files: KeyValuePairs<String, [UInt8]>) -> JSONValue {
        .array(files.map { ["path": .string($0.key), "digest": .string(digest(of: $0.value))] })
    }

    /// Metadata with every member that the contract names.
    private static let metadata: JSONObject = [
        "model_type": "gradient_boosting", "framework": "xgboost", "framework_version": "1.7.0",
        "description": "Scores card payments", "domain": "payments", "use_case": "fraud", "tags": ["team": "risk"],
        "training_data": [
            "dataset_id": "payments_2024", "data_version": "v1", "row_count": 5_000_000, "feature_count": 147,
            "time_range": ["2023-01-01", "2024-01-01"],
        ],
        "performance_metrics": ["accuracy": 0.967, "auc_roc": 0.982],
        "infrastructure_requirements": [
            "memory_mb": 4096, "cpu_cores": 2, "gpu_required": false, "disk_space_mb": 512,
        ],
        "dependencies": ["python_version": "3.9.0", "packages": ["xgboost==1.7.0", "numpy==1.21.0"]],
        "lineage": ["parent_models": [], "training_code_commit": "abc123def456", "experiment_id": "exp_1"],
        "metadata": ["approved": true, "notes": "deterministic"],
    ]
}

/// Bytes that look random and are the same in each run for the same seed.
func noise(_ count: Int, seed: UInt64) -> [UInt8] {
    var state: UInt64 = seed &+ 0x9e37_79b9_7f4a_7c15
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count + 8)
    while bytes.count < count {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        withUnsafeBytes(of: state) { bytes.append(contentsOf: $0) }
    }
    return Array(bytes.prefix(count))
}

/// The digest of bytes in the form that the API uses.
func digest(of bytes: [UInt8]) -> String { SHA256Hasher.digest(bytes).description }
