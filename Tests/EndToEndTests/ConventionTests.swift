import StemmaJSON
import StemmaTesting
import Testing

/// What every answer has in common (API.md, section 1; audit-security.md, section 5, rows 9, 15, 16).
@Suite struct ConventionTests {
    @Test func saneRequestIdIsKept() async throws {
        let registry = try await Registry.shared()
        for id in ["build-42", "0af7651916cd43dd8448eb211c80319c", "a.b_c:d/e-1"] {
            #expect(try await registry.admin.get("/v1/models?limit=1", ["X-Request-Id": id])["X-Request-Id"] == id)
        }
    }

    @Test(arguments: ["with space", String(repeating: "a", count: 1_000), "quote\"", "<script>", "é"])
    func otherRequestIdsAreReplaced(id: String) async throws {
        let registry = try await Registry.shared()
        let reply = try await registry.admin.get("/v1/models?limit=1", ["X-Request-Id": id])
        let answered = try #require(reply["X-Request-Id"])
        #expect(!answered.isEmpty && answered != id)
    }

    @Test func requestIdsDiffer() async throws {
        let registry = try await Registry.shared()
        let first = try await registry.admin.get("/healthz")["X-Request-Id"]
        let second = try await registry.admin.get("/healthz")["X-Request-Id"]
        #expect(first != nil && first != second)
    }

    @Test func requestIdOfARefusalIsItsInstanceAndIsLogged() async throws {
        let registry = try await Registry.shared()
        let reply = try await registry.admin.get("/v1/models/absent-model", ["X-Request-Id": "trace-me-7"])
        expectProblem(reply, 404, "model_not_found")
        #expect(reply.json["instance"]?.string == "trace-me-7")
        try await Patience.wait(for: "the request id in the log") {
            registry.daemon.child.output.text.contains("trace-me-7") ? () : nil
        }
    }

    @Test func traceContextIsLogged() async throws {
        let registry = try await Registry.shared()
        let trace = "0af7651916cd43dd8448eb211c80319c"
        _ = try await registry.admin.get("/v1/models?limit=1", ["traceparent": "00-\(trace)-b7ad6b7169203331-01"])
        try await Patience.wait(for: "the trace id in the log") {
            registry.daemon.child.output.text.contains(trace) ? () : nil
        }
    }

    @Test func timesAreInUTCWithMilliseconds() async throws {
        let registry = try await Registry.shared()
        let model = try await registry.model("times")
        let version = try await registry.version(model, "1.0.0")
        let shape = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/
        let created = try #require(version["created_at"]?.string)
        #expect(created.wholeMatch(of: shape) != nil, "\(created)")
        let reply = try await registry.admin.get("/v1/models/\(model)")
        let modelCreated = try #require(reply.json["created_at"]?.string)
        #expect(modelCreated.wholeMatch(of: shape) != nil, "\(modelCreated)")
    }

    @Test func jsonAnswersSaySo() async throws {
        let reply = try await Registry.shared().admin.get("/v1/models?limit=1")
        #expect(reply.mediaType == "application/json")
        #expect(reply["X-Content-Type-Options"] == "nosniff")
        #expect(reply["Date"] != nil)
    }

    @Test func headAnswersAsGetWithoutBody() async throws {
        let registry = try await Registry.shared()
        let model = try await registry.model("head")
        let whole = try await registry.admin.get("/v1/models/\(model)")
        let head = try await registry.admin.head("/v1/models/\(model)")
        #expect(head.status == 200 && head.body.isEmpty)
        for name in ["ETag", "Content-Type", "Content-Length"] { #expect(head[name] == whole[name], "\(name)") }
    }

    @Test func noAnswerInvitesOtherOrigins() async throws {
        let registry = try await Registry.shared()
        let reply = try await registry.admin.get("/v1/models?limit=1", ["Origin": "https://evil.example"])
        #expect(reply.values("Access-Control-Allow-Origin").isEmpty)
        let write = try await registry.admin.post("/v1/models", ["name": "cross"], ["Origin": "https://evil.example"])
        expectProblem(write, 403)
        let asked = try await registry.anonymous.send(
            "OPTIONS", "/v1/models",
            fields: ["Origin": "https://evil.example", "Access-Control-Request-Method": "POST"])
        #expect(asked.values("Access-Control-Allow-Origin").isEmpty)
    }

    @Test func foreignHostIsMisdirected() async throws {
        var options = Registry.patient
        options.environment["STEMMA_SERVER_ALLOWED_HOSTS"] = "127.0.0.1,localhost"
        let registry = try await Registry.fresh(options)
        #expect(try await registry.admin.get("/v1/models").status == 200)
        let connection = try await WireConnection(registry.daemon.endpoint)
        defer { connection.close() }
        try await connection.send(
            "GET /v1/models HTTP/1.1\r\nHost: rebound.example\r\nAuthorization: Bearer \(registry.daemon.adminToken)\r\n\r\n"
        )
        expectProblem(try await connection.reply(), 421)
        try await registry.daemon.stop()
    }

    @Test(arguments: ["X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"])
    func methodOverridesHaveNoEffect(field: String) async throws {
        let registry = try await Registry.shared()
        let model = try await registry.model("override")
        _ = try await registry.admin.get("/v1/models/\(model)", WireFields(dictionaryLiteral: (field, "DELETE")))
        #expect(try await registry.admin.get("/v1/models/\(model)").status == 200)
    }

    @Test(arguments: [
        "/v1/models/", "/v1/models//", "//v1/models", "/v1/./models", "/v1/x/../models", "/%76%31/models",
        "/v1/models;a=b",
    ])
    func variantsOfAProtectedPathStayProtected(path: String) async throws {
        let reply = try await Registry.shared().anonymous.get(path)
        expectProblem(reply, anyOf: [400, 401, 404])
    }

    @Test func requestsOverOneConnectionAreAnsweredInOrder() async throws {
        let registry = try await Registry.shared()
        let connection = try await WireConnection(registry.daemon.endpoint)
        defer { connection.close() }
        var bytes: [UInt8] = []
        for number in 0..<20 {
            bytes += registry.admin.head(
                "GET", "/v1/models/pipelined-\(number)", length: nil, fields: ["X-Request-Id": "pipe-\(number)"],
                keepOpen: true)
        }
        try await connection.send(bytes)
        for number in 0..<20 {
            let reply = try await connection.reply()
            #expect(reply.status == 404 && reply["X-Request-Id"] == "pipe-\(number)")
        }
    }
}
