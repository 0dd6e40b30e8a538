import StemmaDigest
import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaTesting
import Testing

/// Versions on their way into an environment.
extension APIHarness {
    /// Everything that the default lifecycle asks of a version in production, but for state and approvals.
    static let complete: String = """
        ,"framework":"sklearn","performance_metrics":{"accuracy":0.9,"auc_roc":0.9,"f1_score":0.9},\
        "infrastructure_requirements":{"memory_mb":1500,"cpu_cores":1.5,"gpu_required":false,"disk_space_mb":2000.2},\
        "dependencies":{"python_version":"3.11","packages":["numpy==2.0.0"]},"risk":{"tier":"low"},\
        "reproducibility":{"code_commit":"abc","environment_image":"ghcr.io/acme/serve:1.2","random_seed":1},\
        "metadata":{"rollback_plan":"back to the one before"}
        """

    /// Publishes a version with all of that and puts it into a state.
    func deployable(
        _ model: String, _ version: String, in state: LifecycleState = .production, more: String = complete,
        files: [(path: String, bytes: [UInt8])] = [("model.bin", [1, 2, 3]), ("README.md", [35])]
    ) async throws {
        try await publish(ResourcePath.segment(model), version, files: files, more: more)
        try await put(model, version, into: state)
    }

    /// Moves a version past all guards.
    func put(_ model: String, _ version: String, into state: LifecycleState) async throws {
        let now: Timestamp = clock.now
        try await registry.core.store.write(
            { transaction in
                let record: VersionRecord = try Self.find(model, version, transaction)
                try transaction.setState(version: record.id, state, sunset: nil, at: now)
            }, committed: nil)
    }

    /// Approves a version at every gate, by somebody who had no hand in it.
    func approve(_ model: String, _ version: String) async throws {
        let reviewer: Token = .secret(
            try await registry.token("rita", roles: Role.gates.map { "reviewer:" + $0 }))
        for gate in Role.gates {
            let review: Reply = await send(
                .post, "/v1/models/\(model)/versions/\(version)/reviews", #"{"gate":"\#(gate)","decision":"approve"}"#,
                token: reviewer)
            try #require(review.status == 201, "\(review.text)")
        }
    }

    private static func find(
        _ model: String, _ version: String, _ reader: any MetadataReader
    ) throws -> VersionRecord {
        let found: ModelRecord = try #require(try reader.model(named: model))
        let precedence: [UInt8] = try #require(SemanticVersion(version)).precedenceKey
        return try #require(try reader.version(model: found.id, precedence: precedence))
    }

    /// Asks for a deployment.
    func deploy(
        _ model: String, _ ref: String, to environment: String, more: String = "", token: Token = .admin
    ) async -> Reply {
        await send(
            .post, "/v1/deployments",
            #"{"model":"\#(model)","ref":"\#(ref)","environment":"\#(environment)"\#(more)}"#, token: token)
    }

    /// Deploys and says that it went well; answers the deployment's path.
    func deployed(_ model: String, _ ref: String, to environment: String) async throws -> String {
        let made: Reply = await deploy(model, ref, to: environment)
        try #require(made.status == 201, "\(made.text)")
        let target: String = try #require(made.headers["location"])
        let done: Reply = await send(.patch, target, #"{"status":"deployed"}"#)
        try #require(done.status == 200, "\(done.text)")
        return target
    }
}
