internal import StemmaJSON

/// What was and is to be delivered.
extension WebhookService {
    /// Deliveries of a webhook, the newest event first. Throws `webhookNotFound`, `validationFailed` for an unknown
    /// status.
    package func listWebhookDeliveries(
        _ id: String, status: String?, _ request: ListRequest, _ principal: Principal
    ) async throws -> ListAnswer {
        try principal.require(.manageWebhooks)
        let limit: Int = try core.policy.limits.listLimit(request.limit)
        let wanted: WebhookDeliveryStatus? = try WebhookService.status(status)
        let codec = Cursor(key: core.cursorKey, identity: "webhook-deliveries/\(id)/\(status ?? "")")
        var before: Int64?
        if let cursor = request.cursor {
            guard case .integer(let sequence)? = try codec.decode(cursor).first else { throw Cursor.refusal }
            before = sequence
        }
        let start: Int64? = before
        return try await core.store.read { reader in
            let webhook: WebhookRecord = try WebhookService.find(id, principal, reader)
            let rows: [WebhookDeliveryRecord] = try reader.webhookDeliveries(
                webhook: webhook.key, status: wanted, before: start, limit: limit + 1)
            let page: ArraySlice<WebhookDeliveryRecord> = rows.prefix(limit)
            return ListAnswer(
                items: try page.map { try WebhookDeliveryDocument.represent($0, of: webhook, reader) },
                nextCursor: rows.count > limit ? page.last.map { codec.encode([.integer($0.sequence)]) } : nil)
        }
    }

    /// Puts a delivery into the outbox again, whatever became of it: it gets all attempts anew, under the same id.
    /// Throws `webhookNotFound`, `webhookDeliveryNotFound`, `webhookDisabled`.
    package func redeliverWebhook(
        _ id: String, delivery: String, _ context: RequestContext
    ) async throws -> Answer {
        try context.principal.require(.manageWebhooks)
        let answer: Answer = try await core.gate.mutate("redeliver_webhook", context) { transaction, _ in
            let webhook: WebhookRecord = try WebhookService.find(id, context.principal, transaction)
            guard let sequence = WebhookMessageID.sequence(delivery, webhook: id),
                var record = try transaction.webhookDelivery(webhook: webhook.key, event: sequence)
            else {
                throw StemmaError(.webhookDeliveryNotFound, "the webhook has no delivery \(delivery)")
            }
            guard webhook.state.content.isEnabled else {
                throw StemmaError(.webhookDisabled, "the webhook is disabled; enable it first")
            }
            record.status = .pending
            record.tries = 0
            record.due = nil
            record.ended = nil
            try transaction.updateWebhookDelivery(record)
            // Who asks for it does not want to wait until the receiver's rest is over.
            var health: WebhookHealth = webhook.state.health
            health.resume = WebhookHealth.good.resume
            try transaction.setWebhookHealth(webhook.key, health)
            return MutationGate.Mutation(
                Answer(.updated, body: try WebhookDeliveryDocument.represent(record, of: webhook, transaction)),
                event: AuditDraft(.webhook(id), detail: ["event": .integer(sequence)]))
        }
        core.webhookBell.ring()
        return answer
    }

    private static func status(_ name: String?) throws(StemmaError) -> WebhookDeliveryStatus? {
        guard let name else { return nil }
        guard let status = WebhookDeliveryStatus(rawValue: name) else {
            let names: String = WebhookDeliveryStatus.allCases.map(\.rawValue).joined(separator: ", ")
            throw StemmaError.validation([ShapeFault(pointer: "?status", detail: "must be one of \(names)")])
        }
        return status
    }
}
