import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaTesting
import Testing

@testable import StemmaAPI

extension ShapeConformanceTests {
    /// Reaches nobody.
    private struct Nowhere: WebhookTransport {
        func origin(of url: String) throws(WebhookURLRefusal) -> String { url }
        func makeSecret(_ environment: Environment) -> String { "whsec_" }
        var attemptCount: Int { 2 }
        func pauseMilliseconds(beforeAttempt number: Int, random: UInt64, retryAfterSeconds: Int?) -> Int64? {
            number > attemptCount ? nil : 1_000
        }
        func deliver(_ attempt: WebhookAttempt) async -> WebhookOutcome { .failed("connect") }
    }

    /// Webhooks, with deliveries that fail.
    func checkWebhooks(
        _ harness: APIHarness, _ check: (APIHarness, String, Reply) throws -> Void
    ) async throws {
        let made: Reply = await harness.send(
            .post, "/v1/webhooks", #"{"url":"https://hooks.example.com/x","events":["register_model"],"models":["w*"]}"#
        )
        try check(harness, "CreateWebhook", made)
        let path: String = try #require(made.headers["location"])
        await harness.makeModels(["w1", "w2"])
        let dispatcher: WebhookDispatcher = harness.dispatcher(Nowhere())
        for _ in 0..<3 {
            try await dispatcher.settle()
            harness.clock.advance(milliseconds: 1_000)
            try check(harness, "ListWebhookDeliveries", await harness.ask(.get, path + "/deliveries"))
        }
        let deliveries: Reply = await harness.ask(.get, path + "/deliveries?status=dead")
        try check(harness, "ListWebhookDeliveries", deliveries)
        let id: String = try #require(deliveries.items("id").first)
        try check(harness, "RedeliverWebhook", await harness.ask(.post, path + "/deliveries/\(id)/redeliver"))
        try check(harness, "ReadWebhook", await harness.ask(.get, path))
        try check(harness, "ReadWebhook", await harness.ask(.get, path, [("if-none-match", "*")]))
        for body in [#"{"rotate_secret":true}"#, #"{"enabled":false}"#, #"{"enabled":false}"#] {
            try check(harness, "UpdateWebhook", await harness.send(.patch, path, body))
        }
        try check(harness, "ListWebhooks", await harness.ask(.get, "/v1/webhooks"))
        try check(harness, "DeleteWebhook", await harness.ask(.delete, path))
    }
}
