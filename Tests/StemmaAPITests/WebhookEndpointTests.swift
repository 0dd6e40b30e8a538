import StemmaDelivery
import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaTesting
import Testing

@testable import StemmaAPI

@Suite struct WebhookEndpointTests {
    private static let url: String = "https://hooks.example.com/models?key=of-its-own"

    @Test func theSecretIsAnsweredOnce() async throws {
        try await APIHarness.with { harness in
            let reply: Reply = await harness.send(
                .post, "/v1/webhooks",
                #"{"url":"\#(WebhookEndpointTests.url)","events":["set_alias"],"models":["fraud_*"],"description":"d"}"#,
                [("idempotency-key", "k")])
            #expect(reply.status == 201, "\(reply.text)")
            let secret: String = try #require(reply.json["secret"]?.string)
            #expect(secret.hasPrefix("whsec_") && (try? WebhookSecret(secret)) != nil)
            let path: String = try #require(reply.headers["location"])
            let read: Reply = await harness.ask(.get, path)
            #expect(read.status == 200 && read.headers["etag"] == reply.headers["etag"])
            #expect(read.json["url"]?.string == WebhookEndpointTests.url)
            #expect(read.json["events"]?.array?.compactMap(\.string) == ["set_alias"])
            #expect(read.json["models"]?.array?.compactMap(\.string) == ["fraud_*"])
            #expect(read.json["scope"]?.array?.compactMap(\.string) == ["*"])
            #expect(read.json["enabled"]?.bool == true && read.json["created_by"]?.string == "admin")
            #expect(
                await harness.ask(.get, path, [("if-none-match", try #require(read.headers["etag"]))]).status == 304)
            let patched: Reply = await harness.send(.patch, path, #"{"description":null,"events":null}"#)
            #expect(patched.json["events"]?.array?.isEmpty == true && patched.json["description"]?.isNull == true)
            let list: Reply = await harness.ask(.get, "/v1/webhooks?filter=enabled%20%3D%20true")
            #expect(list.items("id") == [try #require(reply.json["id"]?.string)])
            // The same request makes another one, since its answer is not kept.
            let again: Reply = await harness.send(
                .post, "/v1/webhooks", #"{"url":"\#(WebhookEndpointTests.url)"}"#, [("idempotency-key", "k")])
            #expect(again.status == 201 && again.json["secret"]?.string != secret)
            let audit: Reply = await harness.ask(.get, "/v1/audit?limit=500")
            let events: Reply = await harness.ask(.get, "/v1/events")
            for text in [read.text, patched.text, list.text, audit.text, events.text] {
                #expect(!text.contains("whsec_") && !text.contains(secret.dropFirst(6)))
            }
            // Nor do auditors get to know what may be a secret in a URL.
            #expect(!audit.text.contains("of-its-own") && audit.text.contains("https://hooks.example.com"))
            #expect(events.text.contains("create_webhook") && !events.text.contains("hooks.example.com"))
        }
    }

    @Test func rotationAnswersANewSecret() async throws {
        try await APIHarness.with { harness in
            let made = try await harness.webhook(WebhookEndpointTests.url)
            let rotated: Reply = await harness.send(.patch, made.path, #"{"rotate_secret":true}"#)
            let secret: String = try #require(rotated.json["secret"]?.string)
            #expect(rotated.status == 200 && secret != made.secret)
            let until: String = harness.clock.now.adding(milliseconds: 86_400_000).description
            #expect(rotated.json["old_secret_until"]?.string == until)
            let unchanged: Reply = await harness.send(.patch, made.path, #"{"rotate_secret":false,"enabled":true}"#)
            #expect(unchanged.status == 200 && unchanged.json["secret"] == nil)
            harness.clock.advance(milliseconds: 86_400_001)
            try await Maintenance(core: harness.registry.core, refusals: harness.registry.refusals).run()
            #expect(await harness.ask(.get, made.path).json["old_secret_until"]?.isNull == true)
            let events: [JSONValue] =
                await harness.ask(.get, "/v1/events?types=update_webhook").json["items"]?.array ?? []
            #expect(events.count == 1 && events[0]["detail"]?["secret_rotated"]?.bool == true)
        }
    }

    /// Attack 5 of the list: what leads inside, or to something that is no web server, is refused when it is set.
    @Test(arguments: [
        "http://127.0.0.1:8080/", "http://localhost/", "http://a.localhost/", "http://10.1.2.3/", "http://172.16.0.1/",
        "http://192.168.1.1/", "http://169.254.169.254/latest/meta-data", "http://100.64.0.1/", "http://[::1]/",
        "http://[::ffff:10.0.0.1]/", "http://[64:ff9b::a9fe:a9fe]/", "http://[2002:a00:1::]/", "http://2130706433/",
        "http://0177.0.0.1/", "http://0x7f.1/", "http://127.1/", "https://user:pw@hooks.example.com/",
        "https://hooks.example.com:22/", "https://hooks.example.com:6379/", "ftp://hooks.example.com/",
        "file:///etc/passwd", "https://hooks.example.com/#x", "https://", "hooks.example.com", "https://a b.example/",
        "http://0.0.0.0/", "http://[fd00::1]/", "http://[fe80::1]/",
    ])
    func addressesInsideAreRefused(url: String) async throws {
        try await APIHarness.with { harness in
            let refused: Reply = await harness.send(.post, "/v1/webhooks", #"{"url":"\#(url)"}"#)
            #expect(refused.status == 422 && refused.code == "webhook_url_refused", "\(refused.text)")
            #expect(refused.pointers == ["/url"])
            let made = try await harness.webhook(WebhookEndpointTests.url)
            let patch: Reply = await harness.send(.patch, made.path, #"{"url":"\#(url)"}"#)
            #expect(patch.status == 422 && patch.code == "webhook_url_refused")
            #expect(await harness.ask(.get, made.path).json["url"]?.string == WebhookEndpointTests.url)
            #expect(await harness.ask(.get, "/v1/webhooks").items("id").count == 1)
        }
    }

    @Test func faultyBodiesAreRefused() async throws {
        try await APIHarness.with { harness in
            let made = try await harness.webhook(WebhookEndpointTests.url)
            for (body, pointer) in [
                ("{}", "/url"), (#"{"url":7}"#, "/url"), (#"{"url":"https://a.example","secret":"x"}"#, "/secret"),
                (#"{"url":"https://a.example","events":["Set Alias"]}"#, "/events/0"),
                (#"{"url":"https://a.example","models":[""]}"#, "/models/0"),
                (#"{"url":"https://a.example","enabled":"yes"}"#, "/enabled"),
            ] {
                let reply: Reply = await harness.send(.post, "/v1/webhooks", body)
                #expect(reply.status == 422 && reply.pointers == [pointer], "\(body): \(reply.text)")
            }
            for body in [#"{"id":"x"}"#, #"{"url":null}"#, #"{"rotate_secret":1}"#, #"{"scope":["*"]}"#] {
                #expect(await harness.send(.patch, made.path, body).status == 422, "\(body)")
            }
            for (method, path, code) in [
                (.get, "/v1/webhooks/whk_none", "webhook_not_found"),
                (.get, "/v1/webhooks/whk_none/deliveries", "webhook_not_found"),
                (.delete, "/v1/webhooks/whk_none", "webhook_not_found"),
                (.post, made.path + "/deliveries/\(made.id)_99/redeliver", "webhook_delivery_not_found"),
                (.post, made.path + "/deliveries/99/redeliver", "webhook_delivery_not_found"),
                (.get, made.path + "/deliveries?status=lost", "validation_failed"),
            ] as [(HTTPMethod, String, String)] {
                #expect(await harness.ask(method, path).code == code, "\(path)")
            }
            let stale: Reply = await harness.send(.patch, made.path, #"{"enabled":false}"#, [("if-match", "\"x\"")])
            #expect(stale.status == 412)
            #expect(await harness.ask(.delete, made.path, [("if-match", "\"x\"")]).status == 412)
            #expect(await harness.ask(.delete, made.path + "?dry_run=true").status == 204)
            #expect(await harness.ask(.delete, made.path).status == 204)
            #expect(await harness.ask(.get, made.path).code == "webhook_not_found")
        }
    }

    @Test func thereAreOnlySoMany() async throws {
        var policy = RegistryPolicy()
        policy.limits.webhookCount = 2
        try await APIHarness.with(policy: policy) { harness in
            let first = try await harness.webhook(WebhookEndpointTests.url)
            _ = try await harness.webhook(WebhookEndpointTests.url)
            let body: String = #"{"url":"\#(WebhookEndpointTests.url)"}"#
            #expect(await harness.send(.post, "/v1/webhooks", body).code == "validation_failed")
            #expect(await harness.ask(.delete, first.path).status == 204)
            #expect(await harness.send(.post, "/v1/webhooks", body).status == 201)
        }
    }

    /// Only administrators, and one for some models neither sees nor changes what reaches further.
    @Test func tokensForSomeModelsKeepToThem() async throws {
        try await APIHarness.with { harness in
            let wide = try await harness.webhook(WebhookEndpointTests.url)
            let scoped: APIHarness.Token = .secret(
                try await harness.registry.token("s", roles: ["admin"], models: ["b_*", "a_*"]))
            let same: APIHarness.Token = .secret(
                try await harness.registry.token("t", roles: ["admin"], models: ["a_*", "b_*"]))
            let other: APIHarness.Token = .secret(
                try await harness.registry.token("o", roles: ["admin"], models: ["a_*"]))
            let made = try await harness.webhook(WebhookEndpointTests.url, token: scoped)
            let read: Reply = await harness.ask(.get, made.path, token: same)
            #expect(read.json["scope"]?.array?.compactMap(\.string) == ["a_*", "b_*"])
            #expect(await harness.ask(.get, "/v1/webhooks", token: scoped).items("id") == [made.id])
            #expect(await harness.ask(.get, "/v1/webhooks", token: other).items("id").isEmpty)
            #expect(await harness.ask(.get, "/v1/webhooks").items("id").count == 2)
            for (method, path, body) in [
                (.get, "", ""), (.patch, "", "{}"), (.delete, "", ""), (.get, "/deliveries", ""),
                (.post, "/deliveries/x/redeliver", ""),
            ] as [(HTTPMethod, String, String)] {
                for (path, token) in [(wide.path + path, scoped), (made.path + path, other)] {
                    let reply: Reply =
                        body.isEmpty
                        ? await harness.ask(method, path, token: token)
                        : await harness.send(method, path, body, token: token)
                    #expect(reply.status == 404 && reply.code == "webhook_not_found", "\(method) \(path)")
                }
            }
            for role in ["reader", "publisher", "deployer", "auditor"] {
                let token: String = try await harness.registry.token(role, roles: [role])
                #expect(await harness.ask(.get, "/v1/webhooks", token: .secret(token)).status == 403)
            }
        }
    }
}
