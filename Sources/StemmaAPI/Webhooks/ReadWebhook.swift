internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let readWebhook = Endpoint(
        "ReadWebhook", .get, "/v1/webhooks/{id}", "Read a webhook, without its secret",
        access: .permission(.manageWebhooks),
        answers: [AnswerDescription(200, "The webhook", .json(WebhookShapes.document)), .unmodified],
        refusals: [.webhookNotFound]
    ) { call in
        try Answering.read(
            try await call.services.webhooks.readWebhook(call.parameter("id"), try call.principal), call)
    }
}
