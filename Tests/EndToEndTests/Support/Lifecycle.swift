import StemmaJSON
import StemmaTesting
import Testing

/// A model with the people that its lifecycle asks for: an author, a reviewer for each gate, somebody who deploys.
struct LifecycleStage {
    static let gates: [String] = ["technical", "business", "operational", "security"]

    let registry: Registry
    let model: String
    let authorName: String
    let author: DaemonClient
    /// The same person with another token, that of a reviewer at every gate.
    let authorAsReviewer: DaemonClient
    let reviewerNames: [String: String]
    let reviewers: [String: DaemonClient]
    let deployer: DaemonClient

    init(_ registry: Registry, _ purpose: String) async throws {
        self.registry = registry
        model = try await registry.model(purpose)
        authorName = Registry.name("author")
        author = try await registry.client(roles: ["publisher"], subject: authorName)
        authorAsReviewer = try await registry.client(
            roles: Self.gates.map { "reviewer:" + $0 }, subject: authorName)
        var names: [String: String] = [:]
        var clients: [String: DaemonClient] = [:]
        for gate in Self.gates {
            let name = Registry.name(gate)
            names[gate] = name
            clients[gate] = try await registry.client(roles: ["reviewer:" + gate], subject: name)
        }
        reviewerNames = names
        reviewers = clients
        deployer = try await registry.client(roles: ["deployer"])
    }

    /// What the specification's gates look at, beside its example of metadata.
    static let complete: JSONObject = [
        "reproducibility": [
            "code_commit": "abc123def456", "environment_image": "registry.example/train:1",
            "random_seed": 42, "hardware_spec": ["gpu": "A100", "count": 1],
        ],
        "risk": ["tier": "low"],
        "metadata": ["rollback_plan": "the alias moves back to the version before"],
    ]

    /// The path of a version.
    func path(_ version: String, _ rest: String = "") -> String { "/v1/models/\(model)/versions/\(version)\(rest)" }

    func alias(_ alias: String) -> String { "/v1/models/\(model)/aliases/\(alias)" }

    /// Registers a complete version as the author.
    @discardableResult
    func register(_ version: String, _ more: JSONObject = [:]) async throws -> JSONValue {
        var files: [(String, String)] = []
        for (path, text) in [("model.pkl", "weights of \(model) \(version)"), ("README.md", "# \(model)")] {
            let bytes = Array(text.utf8)
            let put = try await author.upload("/v1/blobs/\(digest(of: bytes))", bytes)
            try #require(put.isSuccess, "\(put)")
            files.append((path, digest(of: bytes)))
        }
        let body = Metadata.specification.with(Self.complete).with([
            "version": .string(version),
            "artifacts": .array(files.map { ["path": .string($0.0), "digest": .string($0.1)] }),
        ]).with(more)
        let reply = try await author.post("/v1/models/\(model)/versions", .object(body))
        try #require(reply.status == 201, "\(reply)")
        return reply.json
    }

    /// Asks for a transition.
    func move(
        _ version: String, to state: String, _ more: JSONObject = [:], as client: DaemonClient? = nil,
        query: String = ""
    ) async throws -> WireReply {
        let body = (["to": .string(state), "rationale": "test"] as JSONObject).with(more)
        return try await (client ?? deployer).post(path(version, "/transitions\(query)"), .object(body))
    }

    /// Registers a complete version and takes it to staging.
    func stage(_ version: String) async throws {
        try await register(version)
        for state in ["validation", "staging"] {
            let reply = try await move(version, to: state, as: author)
            try #require(reply.status == 200, "\(reply)")
        }
    }

    func review(
        _ version: String, _ gate: String, _ decision: String = "approve", as client: DaemonClient? = nil
    ) async throws -> WireReply {
        try await (client ?? reviewers[gate] ?? registry.admin).post(
            path(version, "/reviews"),
            ["gate": .string(gate), "decision": .string(decision), "comment": "looked at"])
    }

    /// All four approvals, each by its own reviewer.
    func approve(_ version: String) async throws {
        for gate in Self.gates {
            let reply = try await review(version, gate)
            try #require(reply.status == 201, "\(reply)")
        }
    }

    /// The specification's experiment, with `baseline` in production and `version` as the treatment.
    func experiment(_ version: String, against baseline: String) -> JSONValue {
        [
            "experiment_id": "exp_precision", "baseline_model": .string(baseline), "treatment_model": .string(version),
            "success_criteria": [
                "primary_metric": "precision", "improvement_threshold": 0.02, "significance_level": 0.05,
            ],
            "results": [
                "baseline_performance": ["precision": 0.91], "treatment_performance": ["precision": 0.935],
                "statistical_significance": 0.032,
            ],
        ]
    }

    /// Takes an approved version from staging to production.
    func promote(_ version: String, against baseline: String? = nil, query: String = "") async throws -> WireReply {
        var evidence: JSONObject = ["test_results": "ab_test_report.pdf"]
        if let baseline { evidence.set("ab_test", experiment(version, against: baseline)) }
        return try await move(
            version, to: "production",
            [
                "rationale": "Performance improvement validated in A/B test", "evidence": .object(evidence),
                "rollback_plan": "rollback_plan.md",
            ], query: query)
    }

    /// Everything from registration to production.
    func launch(_ version: String, against baseline: String? = nil) async throws {
        try await stage(version)
        try await approve(version)
        let reply = try await promote(version, against: baseline)
        try #require(reply.status == 200, "\(reply)")
    }

    func state(_ version: String) async throws -> String? {
        try await registry.admin.get(path(version)).json["state"]?.string
    }

    /// The versions of the model that are in production.
    func inProduction() async throws -> [String] {
        try await registry.all("/v1/models/\(model)/versions?filter=\(encoded("state = 'production'"))")
            .compactMap { $0["version"]?.string }
    }

    /// Puts a lifecycle without guards in force, for a daemon of one test's own.
    func liftGuards() async throws {
        let present = try await registry.admin.get("/v1/lifecycle")
        var definition = try #require(present.json.object)
        let transitions = try #require(definition["transitions"]?.array)
        definition.set(
            "transitions",
            .array(transitions.compactMap { $0.object.map { .object($0.with(["guards": []])) } }))
        let put = try await registry.admin.put("/v1/lifecycle", .object(definition), ["If-Match": present.etag])
        try #require(put.isSuccess, "\(put)")
    }
}
