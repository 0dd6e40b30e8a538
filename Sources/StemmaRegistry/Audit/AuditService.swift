/// Answers what the log says.
package struct AuditService: Sendable {
    private let core: RegistryCore
    private let refusals: RefusalLog

    package init(core: RegistryCore, refusals: RefusalLog) {
        self.core = core
        self.refusals = refusals
    }

    /// The query's own parameters beside filter and order.
    package struct Range: Sendable {
        /// Inclusive.
        package let from: Timestamp?
        /// Exclusive.
        package let to: Timestamp?
        package let model: String?
        /// A subject.
        package let user: String?
        package let action: String?

        package init(
            from: Timestamp? = nil, to: Timestamp? = nil, model: String? = nil, user: String? = nil,
            action: String? = nil
        ) {
            self.from = from
            self.to = to
            self.model = model
            self.user = user
            self.action = action
        }
    }

    /// One page of events as JSON, in log order unless ordered otherwise.
    package func listEvents(_ request: ListRequest, _ range: Range, _ principal: Principal) async throws -> ListAnswer {
        let page: EventPage = try await page(request, range, principal)
        return ListAnswer(items: page.events.map(\.json), nextCursor: page.next)
    }

    /// Events and where to go on.
    package struct EventPage: Sendable {
        package let events: [AuditEvent]
        package let next: String?
    }

    /// One page of events.
    package func page(_ request: ListRequest, _ range: Range, _ principal: Principal) async throws -> EventPage {
        try principal.require(.readAudit)
        if request.cursor == nil { await refusals.flush() }
        let identity: [String] = [
            range.from?.description ?? "", range.to?.description ?? "", range.model ?? "", range.user ?? "",
            range.action ?? "",
        ]
        let lister = Lister(
            core: core, list: "audit/" + identity.joined(separator: "\u{1}"), schema: .audit,
            defaultOrdering: "sequence")
        let page = try await lister.fetch(request, principal) { reader, query in
            guard let narrowed = try AuditService.narrowed(range, principal, reader) else {
                return Page<AuditEvent>(rows: [], next: nil)
            }
            let page: Page<AuditRecord> = try reader.auditEvents(query, range: narrowed)
            return Page(rows: try page.rows.map { try AuditEvent($0) }, next: page.next)
        }
        return EventPage(events: page.rows, next: page.cursor)
    }

    /// Throws `auditEventNotFound` also where the event is about a model outside the caller's scope.
    package func readEvent(_ auditID: String, _ principal: Principal) async throws -> AuditEvent {
        try principal.require(.readAudit)
        await refusals.flush()
        let absent = StemmaError(.auditEventNotFound, "there is no audit event \(auditID)")
        guard let sequence = AuditEvent.sequence(of: auditID) else { throw absent }
        let record: AuditRecord? = try await core.store.read { try $0.auditEvent(sequence: sequence) }
        guard let record, AuditService.isVisible(record, to: principal) else { throw absent }
        guard record.leaf != nil else {
            throw StemmaError(
                .auditEventPruned, "the retention of event \(sequence) has ended; its hash is still part of the log")
        }
        let event = try AuditEvent(record)
        guard event.auditID == auditID else { throw absent }
        return event
    }

    /// A token for some models sees events about those, and of the others only its own subject's.
    private static func isVisible(_ record: AuditRecord, to principal: Principal) -> Bool {
        if principal.scope.isUnlimited { return true }
        if let model = record.resource.model { return principal.scope.contains(model) }
        return record.principalID == principal.id
    }

    /// Nil where the named user never existed, so that nothing can match.
    private static func narrowed(
        _ range: Range, _ principal: Principal, _ reader: any MetadataReader
    ) throws -> AuditRange? {
        var narrowed = AuditRange(
            from: range.from, to: range.to, model: range.model, action: range.action, viewer: principal.id)
        if let user = range.user {
            guard let principal = try reader.principal(subject: user) else { return nil }
            narrowed.principal = principal
        }
        return narrowed
    }
}
