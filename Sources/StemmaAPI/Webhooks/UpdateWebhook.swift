internal import StemmaHTTP
internal import StemmaJSON
internal import StemmaRegistry

extension Endpoint {
    static let updateWebhook = Endpoint(
        "UpdateWebhook", .patch, "/v1/webhooks/{id}",
        "Change a webhook by JSON Merge Patch; a rotated secret is answered this once",
        access: .permission(.manageWebhooks), request: .mergePatch(WebhookShapes.patch),
        answers: [AnswerDescription(200, "The webhook after the change", .json(WebhookShapes.document))],
        refusals: [.webhookNotFound, .webhookURLRefused, .staleETag]
    ) { call in
        let body = try await call.patch()
        return Answering.mutation(
            try await call.services.webhooks.updateWebhook(
                call.parameter("id"), body.value, try call.context(fingerprintOf: body.bytes)))
    }
}
