import StemmaDigest
import StemmaJSON
import StemmaTesting

/// The same requests in every run: stages in order, the steps of a stage at the same time.
enum Workload {
    static let model: String = "/v1/models/fraud"
    static let small: [UInt8] = noise(4_096, seed: 1)
    static let large: [UInt8] = noise(1 << 20, seed: 2)
    static let drafted: [UInt8] = noise(200_000, seed: 3)
    static let resumed: [UInt8] = noise(700_000, seed: 4)
    static let unannounced: [UInt8] = noise(50_000, seed: 5)

    static let stages: [[Step]] =
        [[registerModel("fraud")], [putBlob("small", small)], [putBlob("large", large)]]
        + versionStages + aliasStages + uploadStages + tokenStages + lastStages + lifecycleStages

    /// Every blob that the whole workload stores.
    static let blobs: [String: [UInt8]] = {
        let all: [[UInt8]] = [small, large, drafted, resumed, unannounced, Array("{}".utf8)] + crowd
        return Dictionary(uniqueKeysWithValues: all.map { (digest(of: $0), $0) })
    }()

    static let crowd: [[UInt8]] = (0..<4).map { noise(20_000, seed: 100 + UInt64($0)) }

    private static let versionStages: [[Step]] = [
        [
            registerVersion(
                "first", ["version": "1.0.0", "artifacts": artifacts(["model.bin": large, "notes.txt": small])])
        ],
        [registerVersion("draft", ["version": "1.1.0", "draft": true])],
        [putArtifact("weights", "weights/model.bin", drafted)],
        [putArtifact("config", "config.json", Array("{}".utf8))],
        [
            Step(
                name: "publish", method: "POST", target: "\(model)/versions/1.1.0/publish", body: [],
                events: ["publish_version"], repetition: .once, observed: [model, "\(model)/versions/1.1.0"],
                resource: "\(model)/versions/1.1.0")
        ],
    ]

    private static let aliasStages: [[Step]] = [
        [setAlias("set", "champion", "1.0.0")],
        [setAlias("move", "champion", "1.1.0")],
        [setAlias("move-back", "champion", "1.0.0")],
        [setAlias("move-again", "champion", "1.1.0")],
        [
            json(
                "metrics", "PATCH", "\(model)/versions/1.1.0",
                ["performance_metrics": ["auc_roc": 0.987, "latency_ms": 12], "tags": ["reviewed": "yes"]],
                events: ["update_version"], .idempotent, observed: ["\(model)/versions/1.1.0"],
                resource: "\(model)/versions/1.1.0")
        ],
    ]

    private static let uploadStages: [[Step]] =
        upload("known", resumed, cuts: [0, 250_000, 250_001, 700_000], announced: true)
        + upload("unknown", unannounced, cuts: [0, 30_000, 50_000], announced: false)

    private static let tokenStages: [[Step]] = [
        [
            Step(
                name: "token", method: "POST", target: "/v1/tokens",
                body: bytes(["subject": "robot", "roles": ["publisher"], "models": ["fraud"]]),
                fields: ["Content-Type": "application/json"], events: ["create_token"], repetition: .independent,
                capture: { ["token": $0.json["id"]?.string ?? "", "secret": $0.json["token"]?.string ?? ""] })
        ],
        [
            Step(
                name: "revoke", method: "DELETE", target: "/v1/tokens/{token}", events: ["revoke_token"],
                repetition: .removal)
        ],
    ]

    /// Promotion, displacement and the way back: each is one transaction over two versions, an alias and the log.
    private static let lifecycleStages: [[Step]] = [
        [
            json(
                "lifecycle", "PUT", "/v1/lifecycle", (try? TestLifecycle.unguarded()) ?? .null,
                events: ["put_lifecycle"], .idempotent, observed: ["/v1/lifecycle"], resource: "/v1/lifecycle")
        ],
        [move("promote-first", "1.1.0/transitions", ["to": "production", "rationale": "x"], event: "promote_version")],
        [move("promote-second", "2.0.0/transitions", ["to": "production"], event: "promote_version")],
        [move("back", "2.0.0/rollback", ["rationale": "y"], event: "rollback_version")],
    ]

    private static let lastStages: [[Step]] = [
        [
            Step(
                name: "delete", method: "DELETE", target: "\(model)/versions/1.0.0", events: ["delete_version"],
                repetition: .removal,
                observed: [model, "\(model)/versions/1.0.0", "\(model)/versions/1.0.0/artifacts"])
        ],
        [registerVersion("second", ["version": "2.0.0", "artifacts": artifacts(["model.bin": resumed])])],
        [
            json(
                "describe", "PATCH", model, ["description": "Finds fraud", "tags": ["team": "risk"]],
                events: ["update_model"], .idempotent, observed: [model], resource: model)
        ],
        crowd.enumerated().map { putBlob("crowd-\($0.offset)", $0.element) },
        (0..<4).map { registerModel("crowd-\($0)") },
        [putBlob("small-again", small, isNew: false)],
    ]
}
