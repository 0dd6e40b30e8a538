/// The operations on webhooks and their deliveries.
let webhookRoutes: [Endpoint] = [
    .createWebhook, .listWebhooks, .readWebhook, .updateWebhook, .deleteWebhook, .listWebhookDeliveries,
    .redeliverWebhook,
]
