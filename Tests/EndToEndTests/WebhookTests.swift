import Dispatch
import StemmaDigest
import StemmaJSON
import StemmaTesting
import Testing

/// Webhooks of the real daemon, received by a real server.
@Suite struct WebhookTests {
    private static var options: DaemonProcess.Options {
        var options: DaemonProcess.Options = Registry.patient
        options.environment["STEMMA_WEBHOOKS_ALLOWED_NETWORKS"] = "127.0.0.0/8"
        return options
    }

    private static let ok: String = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    private static func webhook(_ registry: Registry, _ port: UInt16) async throws -> (path: String, secret: String) {
        let made = try await registry.admin.post("/v1/webhooks", ["url": .string("http://127.0.0.1:\(port)/hook")])
        try #require(made.status == 201, "\(made)")
        let id: String = try #require(made.json["id"]?.string)
        return ("/v1/webhooks/" + id, try #require(made.json["secret"]?.string))
    }

    private static func sequences(_ server: LoopbackServer) -> [Int64] {
        server.requests.compactMap { try? JSONParser.parse($0.body)["data"]?["sequence"]?.integer }
    }

    /// The daemon is killed while deliveries are pending and one is under way; the next one brings them all.
    @Test func aKilledDaemonLosesNoDelivery() async throws {
        let release = DispatchSemaphore(value: 0)
        let server = try LoopbackServer { server, connection in
            guard let request = ReceivedRequest.read({ LoopbackServer.receive(connection) }) else { return }
            server.record(request)
            if server.requests.count == 3 { release.wait() }
            LoopbackServer.send(connection, Array(WebhookTests.ok.utf8))
        }
        var registry = try await Registry.fresh(WebhookTests.options)
        let webhook = try await WebhookTests.webhook(registry, server.port)
        for _ in 0..<25 { _ = try await registry.model("told") }
        _ = try await Patience.wait(for: "the delivery that hangs") { server.requests.count == 3 ? true : nil }
        try await registry.daemon.kill()
        release.signal()
        registry = Registry(
            daemon: try await DaemonProcess.start(in: registry.daemon.dataFolder, WebhookTests.options))
        let feed = try await registry.admin.get("/v1/events?limit=500&types=register_model")
        let told: [Int64] = (feed.json["items"]?.array ?? []).compactMap { $0["sequence"]?.integer }
        #expect(told.count == 25)
        _ = try await Patience.wait(for: "all deliveries") {
            Set(told).isSubset(of: WebhookTests.sequences(server)) ? true : nil
        }
        // One id for each event, however often it came.
        let ids: [String] = server.requests.compactMap { $0["webhook-id"] }
        #expect(Set(ids).count == told.count && ids.count >= told.count + 1)
        _ = try await Patience.wait(for: "the results") { () async throws -> Bool? in
            let open = try await registry.admin.get(webhook.path + "/deliveries?status=delivered")
            return open.json["items"]?.array?.count == told.count ? true : nil
        }
        try await WebhookTests.verify(server.requests, secret: webhook.secret)
        #expect(try await registry.daemon.stop() == .exited(0))
        try await OffPool.run { server.stop() }
    }

    /// The reference library of the Standard Webhooks specification accepts what was sent, and nothing else.
    private static func verify(_ requests: [ReceivedRequest], secret: String) async throws {
        let script: String = """
            import base64, json, sys
            from standardwebhooks.webhooks import Webhook, WebhookVerificationError
            webhook = Webhook(sys.argv[2])
            for line in open(sys.argv[1]):
                request = json.loads(line)
                body = base64.b64decode(request["body"])
                event = webhook.verify(body, request["headers"])
                assert event["type"] == event["data"]["type"], event
                for headers, data in [
                    (request["headers"], body.replace(b"register", b"Register")),
                    ({**request["headers"], "webhook-id": "whk_1_1"}, body),
                ]:
                    try:
                        webhook.verify(data, headers)
                        sys.exit("a changed request was accepted")
                    except WebhookVerificationError:
                        pass
            print("verified")
            """
        let folder = try ScratchFolder("webhooks")
        var lines: String = ""
        for request in requests {
            let headers: [(String, JSONValue)] = request.fields.map { ($0.name, .string($0.value)) }
            var writer = JSONWriter()
            writer.beginObject()
            writer.key("headers")
            writer.beginObject()
            for (name, value) in headers { writer.field(name, value) }
            writer.endObject()
            writer.field("body", Base64.encode(request.body))
            writer.endObject()
            lines += writer.finishedText() + "\n"
        }
        try FileAccess.write(Array(lines.utf8), to: folder.file("requests"))
        try FileAccess.write(Array(script.utf8), to: folder.file("verify.py"))
        let run = try await ChildProcess.run(
            Repository.root + "/.build-venv/bin/python",
            [folder.file("verify.py"), folder.file("requests"), secret], within: .seconds(60))
        #expect(run.ending == .exited(0) && run.output.contains("verified"), "\(run.output)")
    }

    /// Without the operator's leave nothing inside can be reached, also where the setting was taken back.
    @Test func networksAreTheOperatorsToOpen() async throws {
        let server = try LoopbackServer(LoopbackServer.answering(WebhookTests.ok))
        var registry = try await Registry.fresh(WebhookTests.options)
        let webhook = try await WebhookTests.webhook(registry, server.port)
        try await registry.daemon.stop()
        registry = try await registry.restarted()
        let refused = try await registry.admin.post(
            "/v1/webhooks", ["url": .string("http://127.0.0.1:\(server.port)/hook")])
        expectProblem(refused, anyOf: [422], "webhook_url_refused")
        _ = try await registry.model("untold")
        let delivery = try await Patience.wait(for: "the failed delivery") { () async throws -> JSONValue? in
            try await registry.admin.get(webhook.path + "/deliveries?status=failed").json["items"]?.array?.first
        }
        let outcomes: [String] = (delivery["attempts"]?.array ?? []).compactMap { $0["outcome"]?.string }
        #expect(outcomes.first == "forbidden_address")
        #expect(server.connectionCount == 0)
        try await registry.daemon.stop()
        try await OffPool.run { server.stop() }
    }

    /// A receiver that hangs does not hold up the daemon's end.
    @Test func stoppingWaitsForNoReceiver() async throws {
        let server = try LoopbackServer(LoopbackServer.silent)
        var options: DaemonProcess.Options = WebhookTests.options
        options.environment["STEMMA_WEBHOOKS_TIMEOUT_MS"] = "60000"
        let registry = try await Registry.fresh(options)
        _ = try await WebhookTests.webhook(registry, server.port)
        _ = try await registry.model("hangs")
        _ = try await Patience.wait(for: "the delivery that hangs") { server.requests.count == 1 ? true : nil }
        #expect(try await registry.daemon.stop() == .exited(0))
        try await OffPool.run { server.stop() }
    }
}
