internal import StemmaHTTP
internal import StemmaJSON
internal import StemmaRegistry

extension Endpoint {
    static let createWebhook = Endpoint(
        "CreateWebhook", .post, "/v1/webhooks", "Have events sent to a URL; the answer holds the secret, this once",
        access: .permission(.manageWebhooks), request: .json(WebhookShapes.request),
        answers: [AnswerDescription(201, "Made", .json(WebhookShapes.document))], refusals: [.webhookURLRefused]
    ) { call in
        let body = try await call.json()
        return Answering.mutation(
            try await call.services.webhooks.createWebhook(body.value, try call.context(fingerprintOf: body.bytes)))
    }
}
