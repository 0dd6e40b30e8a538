internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let deleteWebhook = Endpoint(
        "DeleteWebhook", .delete, "/v1/webhooks/{id}", "Delete a webhook with all that it was still to be told",
        access: .permission(.manageWebhooks), query: [.dryRun], answers: [AnswerDescription(204, "Deleted")],
        refusals: [.webhookNotFound, .staleETag]
    ) { call in
        Answering.mutation(try await call.services.webhooks.deleteWebhook(call.parameter("id"), try call.context()))
    }
}
