import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaTesting
import Testing

/// One published version that lacks nothing but approvals, and the people around it.
struct GovernanceFixture {
    static let version: String = "/v1/models/m/versions/1.0.0"
    static let complete: String =
        #","training_data":{"dataset_id":"d1"},"performance_metrics":{"accuracy":0.9}"#
        + #","infrastructure_requirements":{"memory_mb":512,"cpu_cores":1}"#
        + #","reproducibility":{"code_commit":"abc","environment_image":"img","random_seed":1}"#
        + #","risk":{"tier":"low"},"dependencies":{"packages":["numpy==1.26.4"]}"#
        + #","metadata":{"rollback_plan":"the alias moves back"}"#

    let harness: APIHarness
    /// The author's.
    let alice: APIHarness.Token
    /// Reviewer at the technical gate.
    let bob: APIHarness.Token
    /// Publisher and reviewer at every gate.
    let carol: APIHarness.Token

    static func with(_ body: (GovernanceFixture) async throws -> Void) async throws {
        try await APIHarness.with { harness in
            let gates: [String] = Role.gates.map { "reviewer:" + $0 }
            let fixture = GovernanceFixture(
                harness: harness,
                alice: .secret(try await harness.registry.token("alice", roles: ["publisher"])),
                bob: .secret(try await harness.registry.token("bob", roles: ["reviewer:technical"])),
                carol: .secret(try await harness.registry.token("carol", roles: ["publisher"] + gates)))
            try await harness.publish(
                "m", "1.0.0", files: [("model.bin", [1]), ("README.md", [2])], more: complete, token: fixture.alice)
            try await body(fixture)
        }
    }

    func review(
        _ body: String, token: APIHarness.Token, version: String = GovernanceFixture.version,
        _ fields: [(String, String)] = []
    ) async -> Reply {
        await harness.send(.post, version + "/reviews", body, token: token, fields)
    }

    func approve(_ gate: String, token: APIHarness.Token, version: String = GovernanceFixture.version) async -> Reply {
        await review(#"{"gate":"\#(gate)","decision":"approve"}"#, token: token, version: version)
    }

    func read(_ path: String = "", version: String = GovernanceFixture.version) async -> Reply {
        await harness.ask(.get, version + path)
    }

    /// The review's `voided_because` by id.
    func standing(_ id: String) async throws -> JSONValue {
        let items: [JSONValue] = try #require(await read("/reviews").json["items"]?.array)
        return try #require(items.first { $0["id"]?.string == id })
    }

    /// Events of an action, oldest first.
    func events(_ action: String) async throws -> [JSONValue] {
        try await harness.registry.events().filter { $0.record.action == action }.map {
            try JSONParser.parse($0.json)
        }
    }
}
