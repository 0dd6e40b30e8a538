internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let redeliverWebhook = Endpoint(
        "RedeliverWebhook", .post, "/v1/webhooks/{id}/deliveries/{delivery}/redeliver",
        "Deliver an event again, with all attempts anew and the same `webhook-id`",
        access: .permission(.manageWebhooks),
        answers: [AnswerDescription(202, "It is in the outbox", .json(WebhookShapes.delivery))],
        refusals: [.webhookNotFound, .webhookDeliveryNotFound, .webhookDisabled]
    ) { call in
        let answer: Answer = try await call.services.webhooks.redeliverWebhook(
            call.parameter("id"), delivery: call.parameter("delivery"), try call.context())
        return Answering.mutation(answer, status: 202)
    }
}
