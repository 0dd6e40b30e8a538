internal import StemmaJSON

/// Everything that happened to a model or to one of its versions, in order, from the audit log.
package struct TimelineService: Sendable {
    private let core: RegistryCore

    package init(core: RegistryCore) { self.core = core }

    /// One page of `ChangeEvent` bodies with `user` and `rationale`, oldest first. `version` nil: of the whole model.
    /// `asOf` nil: up to now; otherwise what had happened by then, of a model that was there then. Throws `modelNotFound`, `versionNotFound`, `invalidCursor`.
    package func readTimeline(
        model name: String, version reference: String?, _ request: ListRequest, asOf time: Timestamp? = nil,
        _ principal: Principal
    ) async throws -> ListAnswer {
        try principal.require(.readModels)
        let found: (model: String, version: String?) = try await core.store.read { [core] reader in
            if let time {
                let view: PastView = try PastView.open(at: time, core, reader)
                guard let reference else { return (try view.model(named: name, principal).name, nil) }
                let version: VersionRecord = try view.resolve(model: name, ref: reference, principal)
                return (version.model, version.version)
            }
            guard let reference else { return (try ModelService.find(name, principal, reader).name, nil) }
            let version: VersionRecord = try VersionResolver.resolve(model: name, ref: reference, principal, reader)
            return (version.model, version.version)
        }
        let lister = Lister(
            core: core,
            list: "timeline/\(found.model)/\(found.version ?? "")/\(time?.description ?? "")", schema: .audit,
            defaultOrdering: "sequence")
        var filter: String = "outcome = 'success'"
        if let version = found.version { filter += " AND version = '\(version)'" }
        let wanted = ListRequest(limit: request.limit, cursor: request.cursor, filter: filter)
        let page = try await lister.fetch(wanted, principal) { reader, query in
            // Times have milliseconds, and the end of a range is not part of it.
            let range = AuditRange(
                to: time?.adding(milliseconds: 1), model: found.model, viewer: principal.id)
            let page: Page<AuditRecord> = try reader.auditEvents(query, range: range)
            return Page(rows: try page.rows.map { try TimelineService.represent($0) }, next: page.next)
        }
        return ListAnswer(items: page.rows, nextCursor: page.cursor)
    }

    private static func represent(_ record: AuditRecord) throws -> [UInt8] {
        let event = try AuditEvent(record)
        var writer = JSONWriter(capacity: 512)
        writer.beginObject()
        ChangeEvent.writeMembers(of: record, detail: event.detail, to: &writer)
        writer.field("audit_id", event.auditID)
        writer.field("user", event.personal["actor.subject"]?.string)
        writer.field("rationale", event.personal["rationale"] ?? .null)
        writer.endObject()
        return writer.finish()
    }
}
