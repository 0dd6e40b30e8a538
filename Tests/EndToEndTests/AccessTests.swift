import StemmaJSON
import StemmaTesting
import Testing

/// Tokens, roles and name patterns (API.md, sections 1 and 10; audit-security.md, section 5, rows 8, 10 to 13).
@Suite struct AccessTests {
    @Test func adminTokenIsAPrivateFileOfOneLine() async throws {
        let registry = try await Registry.shared()
        let path = registry.daemon.dataFolder + "/admin.token"
        #expect(FileAccess.mode(path) == 0o600)
        let text = String(decoding: try FileAccess.read(path), as: UTF8.self)
        #expect(text.wholeMatch(of: /stm_[A-Za-z0-9_-]{32,}\n/) != nil)
    }

    @Test(arguments: ["", "Bearer", "Bearer ", "Bearer stm_wrong", "Basic YWRtaW46YWRtaW4=", "Bearer a b", "stm_x"])
    func requestsWithoutAGoodCredentialAreChallenged(authorization: String) async throws {
        let registry = try await Registry.shared()
        let fields: WireFields = authorization.isEmpty ? [:] : ["Authorization": authorization]
        let reply = try await registry.anonymous.get("/v1/models", fields)
        expectProblem(reply, 401, "unauthenticated")
        #expect(reply["WWW-Authenticate"]?.hasPrefix("Bearer") == true)
    }

    @Test func twoCredentialsAreRefused() async throws {
        let registry = try await Registry.shared()
        let reply = try await registry.admin.get("/v1/models", ["Authorization": "Bearer stm_other"])
        expectProblem(reply, anyOf: [400, 401])
    }

    /// Every documented operation, asked without a credential, refuses unless its document says that it is open.
    @Test func everyOperationAsksForACredential() async throws {
        let registry = try await Registry.shared()
        let document = try await registry.anonymous.get("/openapi.json").json
        let paths = try #require(document["paths"]?.object)
        var open: Set<String> = []
        var closed = 0
        for path in paths.members {
            let target = path.name.replacing(/\{[^}]+\}/, with: "x")
            for operation in path.value.object?.members ?? [] {
                let method = operation.name.uppercased()
                guard ["GET", "HEAD", "PUT", "POST", "PATCH", "DELETE"].contains(method) else { continue }
                if operation.value["security"]?.array?.isEmpty == true {
                    open.insert(path.name)
                    continue
                }
                closed += 1
                let reply = try await registry.anonymous.send(method, target, body: method == "GET" ? nil : [])
                #expect(reply.status == 401, "\(method) \(target): \(reply)")
            }
        }
        #expect(closed > 25)
        #expect(open.isSubset(of: ["/healthz", "/readyz", "/metrics", "/openapi.json", "/version"]), "\(open)")
    }

    /// What each role may do: a request, and the roles that do not get 403 for it.
    static let permissions: [(method: String, target: String, allowed: Set<String>)] = [
        ("GET", "/v1/models", ["reader", "publisher", "deployer", "auditor", "admin"]),
        ("POST", "/v1/models", ["publisher", "admin"]),
        ("POST", "/v1/models/MODEL/versions", ["publisher", "admin"]),
        ("DELETE", "/v1/models/absent", ["admin", "publisher"]),
        ("PUT", "/v1/models/MODEL/aliases/production", ["deployer", "admin"]),
        ("GET", "/v1/audit", ["auditor", "admin"]),
        ("GET", "/v1/tokens", ["admin"]),
        ("POST", "/v1/tokens", ["admin"]),
        ("DELETE", "/v1/tokens/absent", ["admin"]),
        ("POST", "/v1/uploads", ["publisher", "admin"]),
    ]

    @Test(arguments: ["reader", "publisher", "deployer", "auditor", "admin"])
    func roleDecides(role: String) async throws {
        let registry = try await Registry.shared()
        let model = try await registry.model("roles")
        let client = try await registry.client(roles: [role])
        for row in Self.permissions {
            let target = row.target.replacing("MODEL", with: model)
            let reply: WireReply =
                row.method == "GET"
                ? try await client.get(target)
                : try await client.send(
                    row.method, target, body: Array("{}".utf8), fields: ["Content-Type": "application/json"])
            if row.allowed.contains(role) {
                #expect(reply.status != 403 && reply.status != 401, "\(role) \(row.method) \(target): \(reply)")
            } else if row.target != "/v1/models/absent" || reply.status != 404 {
                #expect(reply.status == 403, "\(role) \(row.method) \(target): \(reply)")
                expectProblem(reply, 403, "permission_denied")
            }
        }
    }

    @Test func refusalNamesTheMissingPermission() async throws {
        let registry = try await Registry.shared()
        let reply = try await registry.client(roles: ["reader"]).post("/v1/models", ["name": "forbidden"])
        expectProblem(reply, 403, "permission_denied")
        #expect(reply.json["detail"]?.string?.contains("publish") == true, "\(reply)")
    }

    @Test func publisherMovesFreeAliasesButNotProtectedOnes() async throws {
        let registry = try await Registry.shared()
        let model = try await registry.model("protected")
        try await registry.version(model, "1.0.0")
        let publisher = try await registry.client(roles: ["publisher"])
        let free = try await publisher.put("/v1/models/\(model)/aliases/candidate", ["version": "1.0.0"])
        #expect(free.isSuccess, "\(free)")
        for alias in ["production", "staging"] {
            let reply = try await publisher.put("/v1/models/\(model)/aliases/\(alias)", ["version": "1.0.0"])
            expectProblem(reply, 403, "permission_denied")
        }
    }

    @Test func modelsOutsideTheScopeDoNotExist() async throws {
        let registry = try await Registry.shared()
        let inside = try await registry.model("fraud_inside")
        let outside = try await registry.model("secret_outside")
        try await registry.version(inside, "1.0.0")
        let version = try await registry.version(outside, "1.0.0")
        try await registry.point(outside, "champion", at: "1.0.0")
        let scoped = try await registry.client(roles: ["reader", "publisher", "deployer"], models: ["fraud_*"])
        #expect(try await scoped.get("/v1/models/\(inside)/versions/1.0.0").status == 200)
        let id = try #require(version["model_id"]?.string)
        for target in [
            "/v1/models/\(outside)", "/v1/models/\(outside)/versions", "/v1/models/\(outside)/versions/1.0.0",
            "/v1/models/\(outside)/aliases/champion", "/v1/models/\(outside)/aliases/champion/history",
            "/v1/models/\(outside)/versions/1.0.0/artifacts/model.pkl",
            "/v1/models/\(outside)/versions/1.0.0/archive.tar", "/v1/model-versions/\(id)",
        ] {
            let hidden = try await scoped.get(target)
            let absent = try await scoped.get(target.replacing(outside, with: "fraud_absent"))
            expectProblem(hidden, 404)
            #expect(hidden.json["code"] == absent.json["code"], "the two answers tell hidden from absent: \(target)")
        }
        expectProblem(try await scoped.delete("/v1/models/\(outside)"), 404)
        expectProblem(try await scoped.patch("/v1/models/\(outside)", ["description": "x"]), 404)
        let names = try await registry.all("/v1/models", as: scoped).compactMap { $0["name"]?.string }
        #expect(names.contains(inside) && !names.contains(outside))
    }

    @Test func modelsOutsideTheScopeCannotBeMade() async throws {
        let registry = try await Registry.shared()
        let scoped = try await registry.client(roles: ["publisher"], models: ["fraud_*"])
        expectProblem(try await scoped.post("/v1/models", ["name": "other"]), anyOf: [403, 404])
        let fine = try await scoped.post("/v1/models", ["name": .string(Registry.name("fraud_new"))])
        #expect(fine.status == 201, "\(fine)")
    }

    @Test func blobsOfOtherModelsDoNotExistForAScopedReader() async throws {
        let registry = try await Registry.shared()
        let digest = try await registry.blob(noise(1_000, seed: 71))
        let outside = try await registry.model("secret_blob")
        try await registry.version(outside, "1.0.0", ["artifacts": Metadata.artifacts(["w.bin": digest])])
        let scoped = try await registry.client(roles: ["reader"], models: ["fraud_*"])
        expectProblem(try await scoped.get("/v1/blobs/\(digest)"), 404, "blob_not_found")
        #expect(try await scoped.head("/v1/blobs/\(digest)").status == 404)
    }

    @Test func revokedTokenIsDeadAtOnce() async throws {
        let registry = try await Registry.shared()
        let made = try await registry.tokenReply(roles: ["reader"])
        let id = try #require(made.json["id"]?.string)
        let client = registry.daemon.client(token: try #require(made.json["token"]?.string))
        let connection = try await WireConnection(registry.daemon.endpoint)
        defer { connection.close() }
        let request = client.head("GET", "/v1/models?limit=1", length: nil, keepOpen: true)
        try await connection.send(request)
        #expect(try await connection.reply().status == 200)
        #expect(try await registry.admin.delete("/v1/tokens/\(id)").isSuccess)
        try await connection.send(request)
        expectProblem(try await connection.reply(), 401)
        expectProblem(try await client.get("/v1/models"), 401)
    }

    @Test func tokenExpires() async throws {
        let registry = try await Registry.shared()
        let start = ContinuousClock.now
        let soon = Timestamps.text(secondsFromNow: 4)
        let made = try await registry.tokenReply(roles: ["reader"], expires: soon)
        try #require(made.status == 201, "\(made)")
        let client = registry.daemon.client(token: try #require(made.json["token"]?.string))
        let early = try await client.get("/v1/models?limit=1").status
        #expect(early == 200 || ContinuousClock.now - start > .seconds(3))
        let refusal = try await Patience.wait(for: "the expiry", limit: .seconds(30), pause: .milliseconds(100)) {
            let reply = try await client.get("/v1/models?limit=1")
            return reply.status == 200 ? nil : reply
        }
        expectProblem(refusal, 401)
    }

    @Test func tokenCannotBeBornExpired() async throws {
        let registry = try await Registry.shared()
        let reply = try await registry.tokenReply(roles: ["reader"], expires: "2020-01-01T00:00:00Z")
        expectProblem(reply, 422)
        #expect(reply.pointers.contains("/expires_at"))
    }

    @Test func secretIsShownOnceAndKeptNowhere() async throws {
        let registry = try await Registry.shared()
        let subject = Registry.name("keeper")
        let made = try await registry.admin.post(
            "/v1/tokens", ["subject": .string(subject), "roles": ["reader"], "models": ["*"]],
            ["Idempotency-Key": "make-\(subject)"])
        try #require(made.status == 201, "\(made)")
        let secret = try #require(made.json["token"]?.string)
        #expect(secret.hasPrefix("stm_") && secret.count >= 40)
        _ = try await registry.daemon.client(token: secret).get("/v1/models?limit=1")
        let tokens = try await registry.all("/v1/tokens")
        let listed = try #require(tokens.first { $0["subject"]?.string == subject })
        #expect(listed["roles"] == ["reader"] && listed["models"] == ["*"] && listed["token"] == nil)
        #expect(!"\(tokens)".contains(secret))
        #expect(!registry.daemon.child.output.text.contains(secret))
        #expect(!registry.daemon.child.output.text.contains(registry.daemon.adminToken))
        for path in FileAccess.files(below: registry.daemon.dataFolder) where !path.hasSuffix("/admin.token") {
            guard let content = try? FileAccess.read(path) else { continue }
            #expect(content.firstRange(of: Array(secret.utf8)) == nil, "the secret is in \(path)")
            #expect(content.firstRange(of: Array(secret.dropFirst(4).utf8)) == nil, "the secret is in \(path)")
        }
    }

    @Test(arguments: ["access_token", "token", "api_key"])
    func tokenInTheURLIsRefused(parameter: String) async throws {
        let registry = try await Registry.shared()
        let reply = try await registry.anonymous.get("/v1/models?\(parameter)=\(registry.daemon.adminToken)")
        expectProblem(reply, anyOf: [400, 401])
        try await Task.sleep(for: .milliseconds(50))
        #expect(!registry.daemon.child.output.text.contains(registry.daemon.adminToken))
    }

    @Test func badTokenRequestsAreRefused() async throws {
        let registry = try await Registry.shared()
        for (body, pointer) in [
            (["subject": "a", "roles": ["root"], "models": ["*"]], "/roles/0"),
            (["subject": "a", "roles": [], "models": ["*"]], "/roles"),
            (["subject": "", "roles": ["reader"], "models": ["*"]], "/subject"),
            (["subject": "a", "roles": ["reader"], "models": [""]], "/models/0"),
            (["subject": "a", "roles": ["reviewer"], "models": ["*"]], "/roles/0"),
            (["roles": ["reader"], "models": ["*"]], "/subject"),
            (["subject": "a", "roles": ["reader"], "models": ["*"], "expires_at": "soon"], "/expires_at"),
        ] as [(JSONValue, String)] {
            let reply = try await registry.admin.post("/v1/tokens", body)
            expectProblem(reply, 422)
            #expect(reply.pointers.contains(pointer), "\(reply)")
        }
        let reviewer = try await registry.tokenReply(roles: ["reviewer:security"])
        #expect(reviewer.status == 201, "\(reviewer)")
        expectProblem(try await registry.admin.delete("/v1/tokens/absent"), 404, "token_not_found")
    }
}
