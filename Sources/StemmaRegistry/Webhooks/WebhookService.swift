package import StemmaJSON

/// Makes, changes and lists webhooks. What they are told is the dispatcher's work.
package struct WebhookService: Sendable {
    let core: RegistryCore
    private let transport: any WebhookTransport

    package init(core: RegistryCore, transport: any WebhookTransport) {
        self.core = core
        self.transport = transport
    }

    /// Makes a webhook with a body of `WebhookShapes.request`. It gets what happens from then on, and only of models
    /// that the caller's token reaches. The answer holds the secret, which is never answered again; for that reason it
    /// is not kept for repeats of the request: an idempotency key is ignored.
    ///
    /// Throws `validationFailed`, `webhookURLRefused`.
    package func createWebhook(_ body: JSONValue, _ context: RequestContext) async throws -> Answer {
        try context.principal.require(.manageWebhooks)
        let faults: [ShapeFault] = WebhookShapes.request.faults(in: body)
        guard faults.isEmpty else { throw StemmaError.validation(faults) }
        let content = WebhookContent(
            url: body["url"]?.string ?? "", events: WebhookService.texts(body["events"]),
            models: WebhookService.texts(body["models"]), description: body["description"]?.string,
            isEnabled: body["enabled"]?.bool ?? true)
        try vet(content.url)
        let (id, secret): (String, String) = (
            core.environment.identifier("whk_"), transport.makeSecret(core.environment)
        )
        let scope: [String] = context.principal.scope.patterns.sorted()
        let limit: Int = core.policy.limits.webhookCount
        let answer: Answer = try await core.gate.mutate("create_webhook", context.asStep) { [self] transaction, now in
            guard try transaction.webhooks().count < limit else {
                throw StemmaError(.validationFailed, "there are \(limit) webhooks, which is the most there can be")
            }
            // The event of this change is the next one of the log; what follows it is delivered.
            let state = WebhookState(
                content: content, disabledReason: content.isEnabled ? nil : .requested,
                disabled: content.isEnabled ? nil : now, secret: secret, cursor: try transaction.auditSize())
            _ = try transaction.insertWebhook(id: id, scope: scope, state, at: now, by: context.principal.id)
            let record: WebhookRecord = try WebhookService.find(id, context.principal, transaction)
            let representation: Representation = WebhookDocument.represent(record)
            return MutationGate.Mutation(
                Answer(
                    .created, location: ResourcePath.webhook(id), etag: representation.etag,
                    body: WebhookDocument.reveal(secret, in: representation)),
                event: event(before: nil, after: record))
        }
        core.webhookBell.ring()
        return answer
    }

    /// Webhooks by id, without their secrets: all of them, or for a token that reaches only some models those that are
    /// bound to the same ones. Filter fields: those of `FilterSchema.webhooks`.
    package func listWebhooks(_ request: ListRequest, _ principal: Principal) async throws -> ListAnswer {
        try principal.require(.manageWebhooks)
        let list = ShortList(core: core, list: "webhooks", schema: .webhooks)
        return try await core.store.read { reader in
            let records: [WebhookRecord] = try reader.webhooks().filter { $0.isVisible(to: principal) }
            return try list.page(
                records.map { record in
                    ShortList.Row(key: record.id, values: record.filterValues) {
                        WebhookDocument.represent(record).body
                    }
                }, request)
        }
    }

    /// Throws `webhookNotFound`, also for one that is bound to other models than the caller's token.
    package func readWebhook(_ id: String, _ principal: Principal) async throws -> Representation {
        try principal.require(.manageWebhooks)
        return try await core.store.read { WebhookDocument.represent(try WebhookService.find(id, principal, $0)) }
    }

    /// Changes a webhook by a merge patch of `WebhookShapes.patch`. Filters hold for events from then on. One that is
    /// enabled again gets events from then on, and what was not delivered before.
    ///
    /// Throws `webhookNotFound`, `validationFailed`, `webhookURLRefused`, `staleETag`.
    package func updateWebhook(_ id: String, _ patch: JSONValue, _ context: RequestContext) async throws -> Answer {
        try context.principal.require(.manageWebhooks)
        let faults: [ShapeFault] = WebhookShapes.patch.faults(in: patch)
        guard faults.isEmpty else { throw StemmaError.validation(faults) }
        if let url = patch["url"]?.string { try vet(url) }
        let fresh: String? = patch["rotate_secret"]?.bool == true ? transport.makeSecret(core.environment) : nil
        let answer: Answer = try await core.gate.mutate("update_webhook", context) { [self] transaction, now in
            let record: WebhookRecord = try WebhookService.find(id, context.principal, transaction)
            let before: Representation = WebhookDocument.represent(record)
            try context.preconditions.check(current: before.etag)
            var state: WebhookState = record.state
            state.apply(patch, at: now, nextEvent: try transaction.auditSize())
            if let fresh {
                state.oldSecret = state.secret
                state.oldSecretUntil = now.adding(milliseconds: core.policy.limits.webhookOldSecretMilliseconds)
                state.secret = fresh
            }
            let location: String = ResourcePath.webhook(id)
            guard state != record.state else {
                return MutationGate.Mutation(
                    Answer(.unchanged, location: location, etag: before.etag, body: before.body), event: nil)
            }
            try transaction.updateWebhook(record.key, state, at: now)
            let updated: WebhookRecord = try WebhookService.find(id, context.principal, transaction)
            let after: Representation = WebhookDocument.represent(updated)
            let body: [UInt8] = fresh.map { WebhookDocument.reveal($0, in: after) } ?? after.body
            return MutationGate.Mutation(
                Answer(.updated, location: location, etag: after.etag, body: body),
                event: event(before: record, after: updated))
        }
        core.webhookBell.ring()
        return answer
    }

    /// Deletes a webhook with everything that it was still to be told. Throws `webhookNotFound`, `staleETag`.
    package func deleteWebhook(_ id: String, _ context: RequestContext) async throws -> Answer {
        try context.principal.require(.manageWebhooks)
        return try await core.gate.mutate("delete_webhook", context) { [self] transaction, now in
            let record: WebhookRecord = try WebhookService.find(id, context.principal, transaction)
            try context.preconditions.check(current: WebhookDocument.represent(record).etag)
            try transaction.deleteWebhook(record.key, at: now)
            return MutationGate.Mutation(Answer(.removed), event: event(before: record, after: nil))
        }
    }

    static func find(_ id: String, _ principal: Principal, _ reader: any MetadataReader) throws -> WebhookRecord {
        guard let record = try reader.webhook(id: id), record.isVisible(to: principal) else {
            throw StemmaError(.webhookNotFound, "there is no webhook \(id)")
        }
        return record
    }

    private func vet(_ url: String) throws(StemmaError) {
        do throws(WebhookURLRefusal) {
            _ = try transport.origin(of: url)
        } catch {
            throw StemmaError(
                .webhookURLRefused, "a webhook cannot have this URL: \(error.reason)",
                faults: [StemmaError.Fault(pointer: "/url", detail: error.reason)])
        }
    }

    private static func texts(_ value: JSONValue?) -> [String] { value?.array?.compactMap(\.string) ?? [] }

    /// Paths and queries of URLs hold secrets, which even auditors need not know.
    private func event(before: WebhookRecord?, after: WebhookRecord?) -> AuditDraft {
        func changes(_ record: WebhookRecord) -> JSONValue {
            let content: WebhookContent = record.state.content
            return [
                "origin": (try? transport.origin(of: content.url)).map { .string($0) } ?? .null,
                "events": .array(content.events.map { .string($0) }),
                "models": .array(content.models.map { .string($0) }),
                "description": content.description.map { .string($0) } ?? .null, "enabled": .bool(content.isEnabled),
            ]
        }
        var draft = AuditDraft(.webhook((after ?? before)?.id ?? ""))
        if let after { draft.detail["enabled"] = .bool(after.state.content.isEnabled) }
        if let before, let after {
            draft.detail["secret_rotated"] = .bool(before.state.secret != after.state.secret)
            draft.detail["url_changed"] = .bool(before.state.content.url != after.state.content.url)
        }
        draft.recordChange(before: before.map(changes), after: after.map(changes))
        return draft
    }
}

extension WebhookState {
    /// Applies a valid merge patch. `nextEvent` is the sequence of the event that tells of it.
    fileprivate mutating func apply(_ patch: JSONValue, at now: Timestamp, nextEvent: Int64) {
        if let url = patch["url"]?.string, url != content.url {
            content.url = url
            health = .good
        }
        if let events = patch["events"] { content.events = events.array?.compactMap(\.string) ?? [] }
        if let models = patch["models"] { content.models = models.array?.compactMap(\.string) ?? [] }
        if let description = patch["description"] { content.description = description.string }
        guard let wanted = patch["enabled"]?.bool, wanted != content.isEnabled else { return }
        content.isEnabled = wanted
        disabledReason = wanted ? nil : .requested
        disabled = wanted ? nil : now
        if wanted {
            cursor = nextEvent
            health = .good
        }
    }
}

extension WebhookRecord {
    /// Tokens for all models see every webhook, others those that are bound to the same models.
    func isVisible(to principal: Principal) -> Bool {
        principal.scope.isUnlimited || principal.scope.patterns.sorted() == scope
    }

    /// Whether the webhook is to be told of an event.
    func wants(_ event: ChangeEvent) -> Bool {
        let reach = ModelScope(patterns: scope)
        guard state.content.events.isEmpty || state.content.events.contains(event.type) else { return false }
        guard let model = event.model else { return reach.isUnlimited && state.content.models.isEmpty }
        guard reach.contains(model) else { return false }
        return state.content.models.isEmpty || ModelScope(patterns: state.content.models).contains(model)
    }

    var filterValues: [String: FilterValue?] {
        [
            "id": .string(id), "enabled": .boolean(state.content.isEnabled),
            "disabled_reason": state.disabledReason.map { .string($0.rawValue) },
            "description": state.content.description.map { .string($0) },
            "created_at": .time(created.milliseconds), "created_by": .string(createdBy),
            "updated_at": .time(updated.milliseconds),
        ]
    }
}
