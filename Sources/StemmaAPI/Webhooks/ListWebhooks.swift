internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let listWebhooks = Endpoint(
        "ListWebhooks", .get, "/v1/webhooks", "List webhooks by id, without secrets",
        access: .permission(.manageWebhooks), query: QueryParameter.page + [.filter],
        answers: [AnswerDescription(200, "One page", .list(WebhookShapes.document))],
        refusals: [.invalidFilter, .invalidCursor]
    ) { call in
        Answering.list(
            try await call.services.webhooks.listWebhooks(try call.listRequest(), try call.principal), call)
    }
}
