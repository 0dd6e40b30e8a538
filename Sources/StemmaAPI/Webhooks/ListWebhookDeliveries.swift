internal import StemmaHTTP
internal import StemmaJSON
internal import StemmaRegistry

extension Endpoint {
    static let listWebhookDeliveries = Endpoint(
        "ListWebhookDeliveries", .get, "/v1/webhooks/{id}/deliveries",
        "List a webhook's deliveries with their attempts, the newest event first",
        access: .permission(.manageWebhooks), query: QueryParameter.page + [.deliveryStatus],
        answers: [AnswerDescription(200, "One page", .list(WebhookShapes.delivery))],
        refusals: [.webhookNotFound, .invalidCursor]
    ) { call in
        Answering.list(
            try await call.services.webhooks.listWebhookDeliveries(
                call.parameter("id"), status: call.query["status"], try call.listRequest(), try call.principal),
            call)
    }
}

extension QueryParameter {
    static let deliveryStatus = QueryParameter(
        name: "status", shape: .choice(WebhookDeliveryStatus.allCases.map(\.rawValue)),
        summary: "Only those that stand so")
}
