import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaSQLite
import StemmaTesting
import Testing

/// A registry in which people make, review and serve versions of one model, and in which it is scanned for compliance.
struct ComplianceScene: Sendable {
    static let model: String = "/v1/models/m"
    static let version: String = "/v1/models/m/versions/1.0.0"
    /// Everything but what a case leaves out: the gates pass once people approve.
    static let complete: String = """
        ,"performance_metrics":{"accuracy":0.9,"auc_roc":0.9,"f1_score":0.9},\
        "infrastructure_requirements":{"memory_mb":512,"cpu_cores":1},\
        "signature":{"inputs":[{"name":"x","type":"double"}],"outputs":[{"name":"y","type":"double"}]},\
        "dependencies":{"packages":["numpy==1.26.4"]},"training_data":{"dataset_id":"d1"},\
        "reproducibility":{"code_commit":"abc","environment_image":"img","random_seed":1},"risk":{"tier":"low"},\
        "metadata":{"rollback_plan":"the alias moves back","limitations":"none known"}
        """

    let harness: APIHarness

    /// Whoever has the role may move versions, whatever the guards would say.
    static func with(
        policy: RegistryPolicy = RegistryPolicy(), lifecycle: JSONValue? = nil,
        _ body: (ComplianceScene) async throws -> Void
    ) async throws {
        try await APIHarness.with(policy: policy, lifecycle: try lifecycle ?? TestLifecycle.unguarded()) { harness in
            try await body(ComplianceScene(harness: harness))
        }
    }

    func token(_ subject: String, _ roles: [String], models: [String] = ["*"]) async throws -> APIHarness.Token {
        .secret(try await harness.registry.token(subject, roles: roles, models: models))
    }

    /// Publishes version 1.0.0 of `m`.
    func publish(
        more: String = complete, files: [(path: String, bytes: [UInt8])] = [("model.bin", [1]), ("README.md", [35])],
        token: APIHarness.Token = .admin
    ) async throws {
        try await harness.publish("m", "1.0.0", files: files, more: more, token: token)
    }

    /// Moves it by a transition that says everything.
    func move(
        _ state: String, _ more: String = #","rationale":"r","rollback_plan":"p","evidence":{"a":1}"#,
        token: APIHarness.Token = .admin
    ) async throws {
        let reply: Reply = await harness.send(
            .post, Self.version + "/transitions", #"{"to":"\#(state)"\#(more)}"#, token: token)
        try #require(reply.status == 200, "\(reply.text)")
    }

    /// Publishes it and brings it into a state.
    func serve(_ state: String = "production", more: String = complete) async throws {
        try await publish(more: more)
        try await move(state)
    }

    func assess(_ risk: String) async throws {
        let reply: Reply = await harness.send(.put, Self.version + "/risk", risk)
        try #require(reply.status == 200 || reply.status == 201, "\(reply.text)")
    }

    func patchModel(_ patch: String) async throws {
        let reply: Reply = await harness.send(.patch, Self.model, patch)
        try #require(reply.status == 200, "\(reply.text)")
    }

    func put(entity node: String, _ metadata: String) async throws {
        let parts: [Substring] = node.split(separator: ":", maxSplits: 1)
        let reply: Reply = await harness.send(
            .put, "/v1/lineage/entities/\(parts[0])/\(parts[1])", #"{"metadata":\#(metadata)}"#)
        try #require(reply.status == 200 || reply.status == 201, "\(reply.text)")
    }

    func review(
        _ gate: String, by subject: String, roles: [String]? = nil, more: String = ""
    ) async throws {
        let reviewer: APIHarness.Token = try await token(subject, roles ?? ["reviewer:" + gate])
        let reply: Reply = await harness.send(
            .post, Self.version + "/reviews", #"{"gate":"\#(gate)","decision":"approve"\#(more)}"#, token: reviewer)
        try #require(reply.status == 201, "\(reply.text)")
    }

    @discardableResult
    func record(_ body: String, token: APIHarness.Token = .admin) async throws -> JSONValue {
        let reply: Reply = await harness.send(.post, "/v1/compliance/records", body, token: token)
        try #require(reply.status == 201, "\(reply.text)")
        return reply.json
    }

    /// Something that is made.
    @discardableResult
    func post(_ path: String, _ body: String, token: APIHarness.Token = .admin) async throws -> JSONValue {
        let reply: Reply = await harness.send(.post, path, body, token: token)
        try #require([200, 201].contains(reply.status), "\(path): \(reply.text)")
        return reply.json
    }

    /// Somebody asks to be erased and is refused for that many days, which pass, and another one.
    func letErasureLapse(_ basis: String, days: Int64) async throws {
        _ = try await token("gone-person", ["reader"])
        let until: Timestamp = harness.clock.now.adding(milliseconds: days * 86_400_000)
        try await post(
            "/v1/erasures",
            """
            {"subject":"gone-person","legal_basis":"\(basis)",\
            "defer":{"ground":"legal_claims","reason":"a case","until":"\(until)"}}
            """)
        pass(days: days + 1)
    }

    func maintain() async throws {
        try await Maintenance(core: harness.registry.core, refusals: harness.registry.refusals).run()
    }

    /// Does what somebody with the database's file could.
    func tamper(_ sql: String) async throws {
        let store: SQLiteMetadataStore = try #require(harness.registry.store as? SQLiteMetadataStore)
        try await store.database.write({ try $0.executeScript(sql) }, committed: nil)
    }

    func pass(days: Int64) { harness.clock.advance(milliseconds: days * 86_400_000) }

    // Scanning.

    @discardableResult
    func scan(_ body: String = "{}", token: APIHarness.Token = .admin) async throws -> JSONValue {
        let reply: Reply = await harness.send(.post, "/v1/compliance/scans", body, token: token)
        try #require(reply.status == 201, "\(reply.text)")
        return reply.json
    }

    /// What a scan found of a subject by a rule.
    func outcome(of rule: String, _ subject: String, in scan: JSONValue) async throws -> String? {
        let results: Reply = await harness.ask(
            .get, "/v1/compliance/scans/\(scan["id"]?.string ?? "")/results?limit=500&rule=\(rule)")
        try #require(results.status == 200, "\(results.text)")
        return results.json["items"]?.array?.first { $0["subject"]?["id"]?.string == subject }?["outcome"]?.string
    }

    /// The violation of a rule by a subject, whatever its status.
    func violation(
        _ rule: String, _ subject: String = "m_v1.0.0", token: APIHarness.Token = .admin
    ) async throws -> JSONValue? {
        let filter: String = ResourcePath.segment("rule = '\(rule)' AND subject = '\(subject)'")
        let reply: Reply = await harness.ask(.get, "/v1/compliance/violations?filter=\(filter)", token: token)
        try #require(reply.status == 200, "\(reply.text)")
        return reply.json["items"]?.array?.first
    }

    func status(_ rule: String, _ subject: String = "m_v1.0.0") async throws -> String? {
        try await violation(rule, subject)?["status"]?.string
    }

    /// Steps of a violation's history.
    func steps(_ rule: String, _ subject: String = "m_v1.0.0") async throws -> [String] {
        (try await violation(rule, subject)?["history"]?.array ?? []).compactMap { $0["step"]?.string }
    }

    /// Everything that the log's own rules ask for.
    func attendToTheLog() async throws {
        try await harness.registry.log.verifyAll()
        let export: Reply = await harness.ask(.get, "/v1/audit/export")
        try #require(export.status == 200, "\(export.text)")
        _ = try await harness.registry.log.checkpoint()
    }
}
