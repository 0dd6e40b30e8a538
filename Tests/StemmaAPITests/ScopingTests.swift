import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaTesting
import Testing

@testable import StemmaAPI

/// Who may ask what, for every route there is: the requests are made from the router's own table.
@Suite struct ScopingTests {
    private static let digest: String = APIHarness.digest(Array("weights".utf8))

    /// A target of the pattern that names things of the model `secret_model`.
    private static func target(_ pattern: String) -> String {
        var target: String = pattern
        for (name, value) in [
            ("{name}", "secret_model"), ("{ref}", "1.0.0"), ("{alias}", "champion"), ("{path...}", "model.bin"),
            ("{digest}", digest), ("{id}", "upl_1"), ("{model_id}", "secret_model_v1.0.0"),
            ("{audit_id}", "audit_20240115_1"), ("{dataset_id}", "holdout"), ("{revision}", "1"), ("{run}", "run_1"),
            ("{framework}", "sox"), ("{type}", "model"), ("{id...}", "secret_model_v1.0.0"), ("{delivery}", "whk_1_1"),
        ] {
            target = target.split(separator: name, omittingEmptySubsequences: false).joined(separator: value)
        }
        return target
    }

    private static func isOpen(_ route: Route) -> Bool { route.access == "open" }

    @Test func nothingButTheOpenRoutesAnswersWithoutACredential() async throws {
        try await APIHarness.with { harness in
            try await harness.publish("secret_model", "1.0.0", files: [("model.bin", Array("weights".utf8))])
            let patterns: [String: [Route]] = Dictionary(grouping: harness.router.routes, by: \.pattern)
            #expect(patterns.count > 20)
            for (pattern, routes) in patterns where !routes.contains(where: ScopingTests.isOpen) {
                let target: String = ScopingTests.target(pattern)
                #expect(!target.contains("{"), "\(pattern)")
                for method in HTTPMethod.allCases {
                    for token in [
                        APIHarness.Token.none, .secret("stm_wrong"), .secret(""),
                        .secret(String(repeating: "x", count: 500)),
                    ] {
                        let reply: Reply = await harness.ask(
                            method, target, token: token, body: .untouchable(length: 4))
                        #expect(reply.status == 401, "\(method) \(target)")
                        #expect(reply.headers["www-authenticate"]?.hasPrefix("Bearer") == true)
                        if method != .head { #expect(reply.code == "unauthenticated") }
                    }
                }
            }
        }
    }

    @Test func onlyTheseRoutesAreOpen() async throws {
        try await APIHarness.with { harness in
            let open: Set<String> = Set(harness.router.routes.filter(ScopingTests.isOpen).map(\.pattern))
            #expect(open == ["/healthz", "/readyz", "/metrics", "/openapi.json", "/version"])
            for target in open {
                #expect(await harness.ask(.get, target, token: .none).status == 200, "\(target)")
                #expect(await harness.ask(.head, target, token: .none).status == 200, "\(target)")
            }
        }
        try await APIHarness.with(metricsNeedToken: true) { harness in
            let reply: Reply = await harness.ask(.get, "/metrics", token: .none)
            #expect(reply.status == 401)
            let reader: String = try await harness.registry.token("r", roles: ["reader"])
            #expect(await harness.ask(.get, "/metrics", token: .secret(reader)).status == 403)
            #expect(await harness.ask(.get, "/metrics").status == 200)
        }
    }

    /// A token that may do everything, but only to other models, sees nothing of this one.
    @Test func anotherNamespacesTokenGets404Everywhere() async throws {
        try await APIHarness.with { harness in
            try await harness.publish("secret_model", "1.0.0", files: [("model.bin", Array("weights".utf8))])
            _ = await harness.send(.put, "/v1/models/secret_model/aliases/champion", #"{"version":"1.0.0"}"#)
            let roles: [String] = ["publisher", "deployer", "auditor", "reviewer:technical"]
            let stranger: String = try await harness.registry.token("stranger", roles: roles, models: ["other_*"])
            let bodies: [String: String] = [
                "SetAlias": #"{"version":"1.0.0"}"#, "RegisterVersion": #"{"version":"2.0.0"}"#,
                "UpdateModel": #"{"description":"x"}"#, "UpdateVersion": #"{"description":"x"}"#,
                "PublishVersion": "{}", "TransitionVersion": #"{"to":"validation"}"#, "RollbackVersion": "{}",
                "RecordObservations": #"[{"metric":"auc","value":1}]"#,
                "ReviewVersion": #"{"gate":"technical","decision":"comment"}"#,
                "QuarantineVersion": #"{"reason":"x"}"#, "StartRollout": #"{"version":"1.0.0"}"#,
                "AdvanceRollout": "{}", "AbortRollout": #"{"rationale":"x"}"#,
                "RecordReproduction": #"{"metrics":{}}"#, "SetModelLegalHold": #"{"active":true,"reason":"x"}"#,
                "AssessRisk": #"{"tier":1}"#,
            ]
            var tried: Int = 0
            for endpoint in harness.api.endpoints {
                guard
                    endpoint.pattern.contains("{name}")
                        || ["{model_id}", "{digest}"].contains(where: { endpoint.pattern.hasSuffix($0) })
                else { continue }
                if endpoint.operation == "PutBlob" { continue }
                tried += 1
                let target: String = ScopingTests.target(endpoint.pattern)
                let reply: Reply
                if let body = bodies[endpoint.operation] {
                    reply = await harness.send(endpoint.method, target, body, token: .secret(stranger))
                } else {
                    reply = await harness.ask(endpoint.method, target, token: .secret(stranger), body: .bytes([1]))
                }
                #expect(reply.status == 404, "\(endpoint.operation): \(reply.status) \(reply.text)")
                #expect(!reply.text.contains("weights"))
            }
            #expect(tried >= 18)
            // Nothing happened to it.
            let kept: Reply = await harness.ask(.get, "/v1/models/secret_model")
            #expect(kept.json["aliases"]?["champion"]?.string == "1.0.0")
            #expect(kept.json["version_count"]?.integer == 1)
        }
    }

    @Test func listsHoldOnlyWhatATokenReaches() async throws {
        try await APIHarness.with { harness in
            for model in ["a_one", "a_two", "b_one"] { try await harness.publish(model, "1.0.0") }
            let token: String = try await harness.registry.token("a", roles: ["auditor", "publisher"], models: ["a_*"])
            let models: Reply = await harness.ask(.get, "/v1/models", token: .secret(token))
            #expect(models.items("name") == ["a_one", "a_two"])
            let versions: Reply = await harness.ask(.get, "/v1/model-versions", token: .secret(token))
            #expect(Set(versions.items("model")) == ["a_one", "a_two"])
            let filtered: Reply = await harness.ask(
                .get, "/v1/model-versions?filter=model%20%3D%20%27b_one%27", token: .secret(token))
            #expect(filtered.json["items"]?.array?.isEmpty == true)
            let audit: Reply = await harness.ask(.get, "/v1/audit?limit=500", token: .secret(token))
            #expect(!audit.text.contains("b_one"))
            let direct: Reply = await harness.ask(.get, "/v1/audit?model=b_one", token: .secret(token))
            #expect(direct.json["items"]?.array?.isEmpty == true)
        }
    }

    /// Event ids are numbers in a row, so trying them all must not show what the list leaves out.
    @Test func auditEventsOfOtherModelsAreAbsent() async throws {
        try await APIHarness.with { harness in
            try await harness.publish("b_one", "1.0.0")
            let token: String = try await harness.registry.token("a", roles: ["auditor"], models: ["a_*"])
            let all: Reply = await harness.ask(.get, "/v1/audit")
            for item in all.json["items"]?.array ?? [] where item["resource"]?["model"]?.string == "b_one" {
                let id: String = try #require(item["audit_id"]?.string)
                let reply: Reply = await harness.ask(.get, "/v1/audit/" + id, token: .secret(token))
                #expect(reply.status == 404)
                #expect(reply.code == "audit_event_not_found")
            }
        }
    }

    /// A token for some models must not make itself one for all.
    @Test func aScopedAdminCannotMakeOrSeeOrRevokeTokensBeyondItsScope() async throws {
        try await APIHarness.with { harness in
            let scoped: String = try await harness.registry.token("scoped", roles: ["admin"], models: ["a_*"])
            let made: Reply = await harness.send(
                .post, "/v1/tokens", #"{"subject":"x","roles":["admin"],"models":["*"]}"#, token: .secret(scoped))
            #expect(made.status == 403)
            let list: Reply = await harness.ask(.get, "/v1/tokens", token: .secret(scoped))
            #expect(list.status == 403)
            let all: Reply = await harness.ask(.get, "/v1/tokens")
            let id: String = try #require(all.items("id").first)
            let revoked: Reply = await harness.ask(.delete, "/v1/tokens/" + id, token: .secret(scoped))
            #expect(revoked.status == 403)
        }
    }

    @Test func aBlobIsSeenByItsBringerAndByReadersOfAVersion() async throws {
        try await APIHarness.with { harness in
            let bytes: [UInt8] = Array("shared bytes".utf8)
            let first: String = try await harness.registry.token("first", roles: ["publisher"], models: ["a_*"])
            let second: String = try await harness.registry.token("second", roles: ["publisher"], models: ["b_*"])
            let target: String = "/v1/blobs/" + (try await harness.putBlob(bytes, token: .secret(first)))
            #expect(await harness.ask(.head, target, token: .secret(first)).status == 200)
            #expect(await harness.ask(.head, target, token: .secret(second)).status == 404)
            let refused: Reply = await harness.send(
                .post, "/v1/models/b_x/versions?create_model=true",
                #"{"version":"1.0.0","artifacts":[{"path":"x","digest":"\#(APIHarness.digest(bytes))"}]}"#,
                token: .secret(second))
            #expect(refused.code == "missing_blobs")
            #expect(refused.json["missing"]?.array?.compactMap(\.string) == [APIHarness.digest(bytes)])
            // Bringing the same bytes says 201, not 200: their presence elsewhere is nobody's business.
            #expect(await harness.ask(.put, target, token: .secret(second), body: .bytes(bytes)).status == 201)
            #expect(await harness.ask(.head, target, token: .secret(second)).status == 200)
            let reader: String = try await harness.registry.token("reader", roles: ["reader"], models: ["a_*"])
            #expect(await harness.ask(.get, target, token: .secret(reader)).status == 404)
            try await harness.publish("a_model", "1.0.0", files: [("f", bytes)], token: .secret(first))
            #expect(await harness.ask(.get, target, token: .secret(reader)).body == bytes)
            _ = await harness.ask(.delete, "/v1/models/a_model/versions/1.0.0")
            #expect(await harness.ask(.get, target, token: .secret(reader)).status == 404)
        }
    }

    @Test func missingPermissionsAreNamedBeforeTheBodyIsRead() async throws {
        try await APIHarness.with { harness in
            try await harness.publish("secret_model", "1.0.0")
            let reader: String = try await harness.registry.token("reader", roles: ["reader"])
            for endpoint in harness.api.endpoints {
                guard case .permission(let permission) = endpoint.access, permission != .readModels else { continue }
                let reply: Reply = await harness.ask(
                    endpoint.method, ScopingTests.target(endpoint.pattern), token: .secret(reader),
                    body: .untouchable(length: 4))
                #expect(reply.status == 403, "\(endpoint.operation)")
                #expect(reply.code == "permission_denied")
                #expect(reply.json["detail"]?.string?.contains(permission.rawValue) == true)
            }
        }
    }

    @Test func tokensEndAtOnceByRevocationAndExpiry() async throws {
        try await APIHarness.with { harness in
            let made: Reply = await harness.send(
                .post, "/v1/tokens", #"{"subject":"ada","roles":["reader"],"expires_at":"2024-01-15T11:00:00Z"}"#)
            #expect(made.status == 201)
            let secret: String = try #require(made.json["token"]?.string)
            #expect(secret.hasPrefix("stm_"))
            let location: String = try #require(made.headers["location"])
            #expect(await harness.ask(.get, "/v1/models", token: .secret(secret)).status == 200)
            harness.clock.advance(milliseconds: 3_600_000 - 1)
            #expect(await harness.ask(.get, "/v1/models", token: .secret(secret)).status == 200)
            harness.clock.advance(milliseconds: 1)
            #expect(await harness.ask(.get, "/v1/models", token: .secret(secret)).status == 401)
            let other: String = try await harness.registry.token("bob", roles: ["reader"])
            let tokens: Reply = await harness.ask(.get, "/v1/tokens")
            #expect(!tokens.text.contains("stm_"))
            let item: JSONValue? = tokens.json["items"]?.array?.first { $0["subject"]?.string == "bob" }
            let id: String = try #require(item?["id"]?.string)
            #expect(location.hasPrefix("/v1/tokens/tok_"))
            #expect(await harness.ask(.delete, "/v1/tokens/\(id)?dry_run=true").status == 204)
            #expect(await harness.ask(.get, "/v1/models", token: .secret(other)).status == 200)
            #expect(await harness.ask(.delete, "/v1/tokens/" + id).status == 204)
            #expect(await harness.ask(.get, "/v1/models", token: .secret(other)).status == 401)
            #expect(await harness.ask(.delete, "/v1/tokens/" + id).status == 204)
            #expect(await harness.ask(.delete, "/v1/tokens/tok_none").code == "token_not_found")
        }
    }

    @Test func credentialsThatAreNotOneBearerTokenAreRefused() async throws {
        try await APIHarness.with { harness in
            let secret: String = harness.admin
            let rows: [([(String, String)], Int)] = [
                ([("authorization", "Bearer " + secret)], 200), ([("authorization", "bearer " + secret)], 200),
                ([("authorization", secret)], 401), ([("authorization", "Basic " + secret)], 401),
                ([("authorization", "Bearer  " + secret)], 401), ([("authorization", "Bearer " + secret + " ")], 401),
                ([("authorization", "Bearer " + secret.dropLast())], 401),
                ([("authorization", "Bearer " + secret), ("authorization", "Bearer " + secret)], 400), ([], 401),
            ]
            for (fields, status) in rows {
                let reply: Reply = await harness.ask(.get, "/v1/models", token: .none, fields)
                #expect(reply.status == status, "\(fields)")
            }
            for name in ["access_token", "token", "api_key", "TOKEN"] {
                let reply: Reply = await harness.ask(.get, "/v1/models?\(name)=\(secret)")
                #expect(reply.status == 400)
                #expect(!reply.text.contains(secret))
            }
        }
    }

    @Test func pagesOfAnotherOriginAreRefused() async throws {
        try await APIHarness.with { harness in
            for (origin, status) in [
                ("http://127.0.0.1:8080", 200), ("https://127.0.0.1:8080", 200), ("http://evil.example", 403),
                ("null", 403),
                ("http://127.0.0.1:8081", 403), ("http://127.0.0.1:8080.evil.example", 403),
            ] {
                #expect(await harness.ask(.get, "/v1/models", [("origin", origin)]).status == status, "\(origin)")
            }
        }
    }
}
