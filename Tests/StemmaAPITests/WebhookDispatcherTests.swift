import Dispatch
import StemmaDelivery
import StemmaDigest
import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaTesting
import Synchronization
import Testing

@testable import StemmaAPI

/// Deliveries over real sockets, on a clock that stands still.
@Suite struct WebhookDispatcherTests {
    private static func with(
        _ receiver: WebhookReceiver, policy: RegistryPolicy = RegistryPolicy(),
        resolver: any AddressResolver = ScriptedResolver(),
        _ body: (APIHarness, WebhookDispatcher, WebhookDelivery) async throws -> Void
    ) async throws {
        let transport: WebhookDelivery = try WebhookReceiver.transport(resolver: resolver)
        try await APIHarness.with(policy: policy, transport: transport) { harness in
            try await body(harness, harness.dispatcher(transport), transport)
        }
        try await receiver.stop()
    }

    private static let names: [String] = (0..<40).map { "m\($0)" }

    @Test func eventsArriveInOrderAndSigned() async throws {
        let receiver = try WebhookReceiver()
        try await WebhookDispatcherTests.with(receiver) { harness, dispatcher, _ in
            await harness.makeModels(["before"])
            let made = try await harness.webhook(receiver.url)
            await harness.makeModels(WebhookDispatcherTests.names)
            try await dispatcher.settle()
            let feed: [Int64] = await harness.feed()
            // From the webhook on, without its own making.
            #expect(receiver.sequences == Array(feed.dropFirst()))
            #expect(receiver.ids == receiver.sequences.map { "\(made.id)_\($0)" })
            let request: ReceivedRequest = try #require(receiver.requests.first)
            #expect(request.line == "POST /hook?key=of-its-own HTTP/1.1")
            #expect(request["webhook-timestamp"] == String(harness.clock.now.milliseconds / 1_000))
            #expect(try request["webhook-signature"] == WebhookReceiver.signature(request, secret: made.secret))
            let body: JSONValue = WebhookReceiver.body(request)
            let event: JSONValue? = await harness.ask(.get, "/v1/events").json["items"]?.array?.first {
                $0["sequence"] == body["data"]?["sequence"]
            }
            #expect(body["data"] == event && body["type"] == event?["type"] && body["timestamp"] == event?["time"])
            #expect(body.object?.members.map(\.name) == ["type", "timestamp", "data"])
            for request in receiver.requests {
                #expect(!String(decoding: request.body, as: UTF8.self).contains("Ada"))
            }
            #expect(
                await harness.deliveries(made.path).allSatisfy { $0.status == "delivered" && $0.attempts == ["2xx"] })
            try await dispatcher.settle()
            #expect(receiver.requests.count == feed.count - 1)
        }
    }

    @Test func onlyWhatMatchesIsDelivered() async throws {
        let receiver = try WebhookReceiver()
        try await WebhookDispatcherTests.with(receiver) { harness, dispatcher, _ in
            let scoped: APIHarness.Token = .secret(
                try await harness.registry.token("s", roles: ["admin"], models: ["a_*"]))
            _ = try await harness.webhook(receiver.url, #","events":["set_alias"],"models":["b_*"]"#)
            _ = try await harness.webhook(receiver.url, token: scoped)
            for model in ["a_one", "b_one", "c_one"] {
                try await harness.publish(model, "1.0.0")
                _ = await harness.send(.put, "/v1/models/\(model)/aliases/x", #"{"version":"1.0.0"}"#)
            }
            let policy: String = #"{"name":"p","kind":"retirement","criteria":{"age":{}}}"#
            #expect(await harness.send(.post, "/v1/policies", policy).status == 201)
            try await dispatcher.settle()
            let told: [String] = receiver.requests.map { request in
                let body: JSONValue = WebhookReceiver.body(request)
                return (body["type"]?.string ?? "") + " " + (body["data"]?["resource"]?["model"]?.string ?? "-")
            }
            #expect(told.filter { $0.hasSuffix("b_one") } == ["set_alias b_one"])
            #expect(told.filter { $0.hasSuffix("a_one") }.contains("set_alias a_one"))
            #expect(told.allSatisfy { $0.hasSuffix("a_one") || $0.hasSuffix("b_one") })
        }
    }

    @Test func whatFailsIsTriedAgainLater() async throws {
        let receiver = try WebhookReceiver { _, count in count < 2 ? WebhookReceiver.broken : WebhookReceiver.ok }
        try await WebhookDispatcherTests.with(receiver) { harness, dispatcher, _ in
            let made = try await harness.webhook(receiver.url)
            await harness.makeModels(["a", "b"])
            try await dispatcher.settle()
            // A receiver that is broken is left alone, also with the next event.
            #expect(receiver.requests.count == 1)
            #expect(await harness.deliveries(made.path).map(\.status) == ["pending", "failed"])
            let failing: Reply = await harness.ask(.get, made.path)
            #expect(failing.json["failing_since"]?.string == harness.clock.now.description)
            harness.clock.advance(milliseconds: 2_499)
            try await dispatcher.settle()
            #expect(receiver.requests.count == 1)
            harness.clock.advance(milliseconds: 2_501)
            try await dispatcher.settle()
            #expect(receiver.requests.count == 2)
            harness.clock.advance(milliseconds: 30_000)
            try await dispatcher.settle()
            let sequences: [Int64] = receiver.sequences
            #expect(sequences.count == 4 && Set(sequences).count == 2 && sequences == sequences.sorted())
            #expect(receiver.ids[0] == receiver.ids[1] && receiver.ids[1] == receiver.ids[2])
            let timestamps: [String?] = receiver.requests.map { $0["webhook-timestamp"] }
            #expect(Set(timestamps.prefix(3)).count == 3)
            let deliveries = await harness.deliveries(made.path)
            #expect(deliveries.map(\.attempts) == [["2xx"], ["5xx", "5xx", "2xx"]])
            #expect(await harness.ask(.get, made.path).json["failing_since"]?.isNull == true)
            // Nothing of what the receiver said is to be found.
            let answer: Reply = await harness.ask(.get, made.path + "/deliveries")
            #expect(!answer.text.contains("secret ten") && !answer.text.contains("Oh"))
        }
    }

    @Test func deadLettersCanBeDeliveredAgain() async throws {
        let isUp = Mutex<Bool>(false)
        let receiver = try WebhookReceiver { _, _ in isUp.withLock { $0 } ? WebhookReceiver.ok : WebhookReceiver.broken
        }
        try await WebhookDispatcherTests.with(receiver) { harness, dispatcher, transport in
            let made = try await harness.webhook(receiver.url)
            await harness.makeModels(["a"])
            try await dispatcher.settle()
            for pause: Int64 in RetrySchedule.standard.pausesMilliseconds {
                harness.clock.advance(milliseconds: pause)
                try await dispatcher.settle()
            }
            #expect(receiver.requests.count == transport.attemptCount)
            let dead: Reply = await harness.ask(.get, made.path + "/deliveries?status=dead")
            let item: JSONValue = try #require(dead.json["items"]?.array?.first)
            #expect(item["attempts"]?.array?.count == transport.attemptCount && item["next_attempt_at"]?.isNull == true)
            harness.clock.advance(milliseconds: 90_000_000)
            try await dispatcher.settle()
            #expect(receiver.requests.count == transport.attemptCount)
            isUp.withLock { $0 = true }
            let id: String = try #require(item["id"]?.string)
            let again: Reply = await harness.ask(.post, made.path + "/deliveries/\(id)/redeliver")
            #expect(again.status == 202 && again.json["status"]?.string == "pending", "\(again.text)")
            try await dispatcher.settle()
            #expect(await harness.deliveries(made.path).map(\.status).filter { $0 == "dead" }.isEmpty)
            #expect(receiver.ids.filter { $0 == id }.count == transport.attemptCount + 1)
            // Asking for it is an event, and so it is told too.
            #expect(WebhookReceiver.body(try #require(receiver.requests.last))["type"]?.string == "redeliver_webhook")
        }
    }

    @Test func goneReceiversLoseTheirWebhook() async throws {
        let receiver = try WebhookReceiver { _, _ in WebhookReceiver.gone }
        try await WebhookDispatcherTests.with(receiver) { harness, dispatcher, _ in
            let made = try await harness.webhook(receiver.url)
            await harness.makeModels(["a", "b"])
            try await dispatcher.settle()
            harness.clock.advance(milliseconds: 86_400_000)
            try await dispatcher.settle()
            #expect(receiver.requests.count == 1)
            let read: Reply = await harness.ask(.get, made.path)
            #expect(read.json["enabled"]?.bool == false && read.json["disabled_reason"]?.string == "gone")
            let events: Reply = await harness.ask(.get, "/v1/events?types=disable_webhook")
            #expect(events.json["items"]?.array?.count == 1)
            #expect(events.text.contains(#""disabled_reason":"gone""#))
            let id: String = try #require(receiver.ids.first)
            let refused: Reply = await harness.ask(.post, made.path + "/deliveries/\(id)/redeliver")
            #expect(refused.status == 409 && refused.code == "webhook_disabled")
            // Enabled again it is told what was not delivered before, and what comes, but not what happened meanwhile.
            await harness.makeModels(["meanwhile"])
            #expect(await harness.send(.patch, made.path, #"{"enabled":true}"#).json["disabled_reason"]?.isNull == true)
            try await dispatcher.settle()
            #expect(receiver.requests.count == 2 && receiver.ids[0] != receiver.ids[1])
        }
    }

    @Test func receiversThatFailForDaysLoseTheirWebhook() async throws {
        let receiver = try WebhookReceiver { _, _ in WebhookReceiver.broken }
        try await WebhookDispatcherTests.with(receiver) { harness, dispatcher, _ in
            let made = try await harness.webhook(receiver.url)
            for day in 0..<12 {
                await harness.makeModels(["m\(day)"])
                try await dispatcher.settle()
                harness.clock.advance(milliseconds: 43_200_000)
            }
            let read: Reply = await harness.ask(.get, made.path)
            #expect(read.json["disabled_reason"]?.string == "failing", "\(read.text)")
            #expect(receiver.requests.count < 30)
        }
    }

    @Test func retryAfterIsRespected() async throws {
        let busy: String = "HTTP/1.1 503 Busy\r\nRetry-After: 7200\r\n\r\n"
        let receiver = try WebhookReceiver { _, count in count == 0 ? busy : WebhookReceiver.ok }
        try await WebhookDispatcherTests.with(receiver) { harness, dispatcher, _ in
            _ = try await harness.webhook(receiver.url)
            await harness.makeModels(["a", "b"])
            try await dispatcher.settle()
            harness.clock.advance(milliseconds: 7_199_000)
            try await dispatcher.settle()
            #expect(receiver.requests.count == 1)
            harness.clock.advance(milliseconds: 1_000)
            try await dispatcher.settle()
            #expect(receiver.sequences.count == 3 && receiver.ids[0] == receiver.ids[1])
        }
    }

    /// A second dispatcher on the same store goes on where the first one was.
    @Test func aRestartNeitherLosesNorInventsAnything() async throws {
        let receiver = try WebhookReceiver { _, count in count == 5 ? WebhookReceiver.broken : WebhookReceiver.ok }
        try await WebhookDispatcherTests.with(receiver) { harness, first, transport in
            let made = try await harness.webhook(receiver.url)
            await harness.makeModels(WebhookDispatcherTests.names)
            try await first.settle()
            #expect(receiver.requests.count == 6)
            await first.stop()
            await harness.makeModels(["later"])
            let second: WebhookDispatcher = harness.dispatcher(transport)
            harness.clock.advance(milliseconds: 5_000)
            try await second.settle()
            let feed: [Int64] = await harness.feed()
            #expect(Set(receiver.sequences) == Set(feed) && feed.count == 41)
            #expect(Set(receiver.ids).count == feed.count && receiver.ids.count == feed.count + 1)
            #expect(await harness.deliveries(made.path).allSatisfy { $0.status == "delivered" })
        }
    }

    /// What was delivered, but not written so, is delivered again under the same id.
    @Test func aCrashRepeatsWithTheSameID() async throws {
        let receiver = try WebhookReceiver()
        try await WebhookDispatcherTests.with(receiver) { harness, dispatcher, _ in
            let made = try await harness.webhook(receiver.url)
            await harness.makeModels(["a"])
            try await dispatcher.settle()
            // As if the last transaction had not come to pass.
            let key: Int64 = try #require(
                try await harness.registry.core.store.read { try $0.webhook(id: made.id)?.key })
            let sequence: Int64 = try #require(await harness.feed().first)
            try await harness.registry.core.store.write(
                { transaction in
                    var record = try #require(try transaction.webhookDelivery(webhook: key, event: sequence))
                    record.status = .pending
                    record.tries = 0
                    record.ended = nil
                    try transaction.updateWebhookDelivery(record)
                    try transaction.setWebhookCursor(key, to: sequence - 1)
                }, committed: nil)
            try await dispatcher.settle()
            #expect(receiver.ids.count == 2 && Set(receiver.ids).count == 1)
        }
    }

    @Test func aReceiverThatHangsDelaysNobodyElse() async throws {
        let release = DispatchSemaphore(value: 0)
        let server = try LoopbackServer { server, connection in
            guard let request = ReceivedRequest.read({ LoopbackServer.receive(connection) }) else { return }
            server.record(request)
            release.wait()
        }
        let receiver = try WebhookReceiver()
        var policy = RegistryPolicy()
        policy.limits.webhookDrainMilliseconds = 100
        try await WebhookDispatcherTests.with(receiver, policy: policy) { harness, dispatcher, _ in
            let hanging = try await harness.webhook("http://127.0.0.1:\(server.port)/")
            _ = try await harness.webhook(receiver.url)
            let running = Task { await dispatcher.run() }
            await harness.makeModels(WebhookDispatcherTests.names)
            let feed: [Int64] = await harness.feed()
            _ = try await Patience.wait(for: "all events at the other receiver") {
                Set(feed).isSubset(of: receiver.sequences) ? true : nil
            }
            #expect(server.connectionCount == 1 && receiver.sequences == receiver.sequences.sorted())
            #expect(await harness.deliveries(hanging.path).allSatisfy { $0.status == "pending" })
            // Stopping does not wait for it.
            await dispatcher.stop()
            await running.value
            #expect(await harness.deliveries(hanging.path).allSatisfy { $0.status == "pending" })
            release.signal()
            _ = try await Patience.wait(for: "the end of what was abandoned") {
                await harness.deliveries(hanging.path).contains { $0.status == "failed" } ? true : nil
            }
            try await OffPool.run { server.stop() }
        }
    }

    /// Attack 6 of the list: a name that led to a public address when it was set leads inside later.
    @Test func addressesAreVettedAtEveryDelivery() async throws {
        let receiver = try WebhookReceiver()
        let resolver = ScriptedResolver(["127.0.0.1"], ["10.0.0.1"], ["127.0.0.1", "192.168.0.1"])
        try await WebhookDispatcherTests.with(receiver, resolver: resolver) { harness, dispatcher, _ in
            let made = try await harness.webhook("http://hooks.example.com:\(receiver.server.port)/")
            await harness.makeModels(["a", "b"])
            try await dispatcher.settle()
            #expect(receiver.requests.count == 1)
            harness.clock.advance(milliseconds: 60_000)
            try await dispatcher.settle()
            let deliveries = await harness.deliveries(made.path)
            #expect(deliveries.map(\.attempts) == [["forbidden_address", "forbidden_address"], ["2xx"]])
            #expect(receiver.requests.count == 1)
        }
    }

    @Test func redirectsAreNotFollowed() async throws {
        let inside = try WebhookReceiver()
        let redirect: String = "HTTP/1.1 302 Found\r\nLocation: \(inside.url)\r\n\r\n"
        let receiver = try WebhookReceiver { _, _ in redirect }
        try await WebhookDispatcherTests.with(receiver) { harness, dispatcher, _ in
            let made = try await harness.webhook(receiver.url)
            await harness.makeModels(["a"])
            try await dispatcher.settle()
            #expect(inside.server.connectionCount == 0)
            #expect(await harness.deliveries(made.path).map(\.attempts) == [["3xx"]])
        }
        try await inside.stop()
    }

    /// For a day after a rotation both secrets sign.
    @Test func bothSecretsSignForADay() async throws {
        let receiver = try WebhookReceiver()
        try await WebhookDispatcherTests.with(receiver) { harness, dispatcher, _ in
            let made = try await harness.webhook(receiver.url, #","events":["register_model"]"#)
            let rotated: Reply = await harness.send(.patch, made.path, #"{"rotate_secret":true}"#)
            let fresh: String = try #require(rotated.json["secret"]?.string)
            await harness.makeModels(["a"])
            try await dispatcher.settle()
            harness.clock.advance(milliseconds: 86_400_000)
            await harness.makeModels(["b"])
            try await dispatcher.settle()
            let both: ReceivedRequest = receiver.requests[0]
            let one: ReceivedRequest = receiver.requests[1]
            let expected: String = try [fresh, made.secret].map { try WebhookReceiver.signature(both, secret: $0) }
                .joined(separator: " ")
            #expect(both["webhook-signature"] == expected)
            #expect(try one["webhook-signature"] == WebhookReceiver.signature(one, secret: fresh))
        }
    }

    /// However much happens, an outbox has a bound; the rest waits in the log and comes in order.
    @Test func outboxesAreBounded() async throws {
        var policy = RegistryPolicy()
        policy.limits.webhookOpenDeliveries = 10
        policy.limits.webhookEventsPerWrite = 4
        let isUp = Mutex<Bool>(false)
        let receiver = try WebhookReceiver { _, _ in isUp.withLock { $0 } ? WebhookReceiver.ok : WebhookReceiver.broken
        }
        let other = try WebhookReceiver()
        try await WebhookDispatcherTests.with(receiver, policy: policy) { harness, dispatcher, _ in
            let made = try await harness.webhook(receiver.url)
            let quick = try await harness.webhook(other.url, #","events":["register_model"]"#)
            await harness.makeModels(WebhookDispatcherTests.names)
            try await dispatcher.settle()
            #expect(await harness.deliveries(made.path).count <= 10)
            let feed: [Int64] = await harness.feed()
            #expect(other.sequences == feed)
            #expect(await harness.deliveries(quick.path).count == feed.count)
            isUp.withLock { $0 = true }
            harness.clock.advance(milliseconds: 60_000)
            try await dispatcher.settle()
            let told: Set<Int64> = Set(receiver.sequences)
            #expect(told.isSuperset(of: feed))
            #expect(Array(receiver.sequences.dropFirst()) == receiver.sequences.dropFirst().sorted())
        }
        try await other.stop()
    }

    @Test func oldDeliveriesAreForgotten() async throws {
        let receiver = try WebhookReceiver()
        try await WebhookDispatcherTests.with(receiver) { harness, dispatcher, _ in
            let made = try await harness.webhook(receiver.url)
            let gone = try await harness.webhook(receiver.url)
            await harness.makeModels(["a"])
            try await dispatcher.settle()
            #expect(await harness.ask(.delete, gone.path).status == 204)
            let maintenance = Maintenance(core: harness.registry.core, refusals: harness.registry.refusals)
            harness.clock.advance(milliseconds: 30 * 86_400_000)
            try await maintenance.run()
            #expect(await harness.deliveries(made.path).count == 2)
            harness.clock.advance(milliseconds: 1)
            try await maintenance.run()
            #expect(await harness.deliveries(made.path).isEmpty)
            try await dispatcher.settle()
            #expect(receiver.requests.count == 4)
        }
    }
}
