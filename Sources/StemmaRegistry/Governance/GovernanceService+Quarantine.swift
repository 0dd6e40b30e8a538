package import StemmaJSON

extension GovernanceService {
    /// Quarantines a version with a body of `QuarantineDocument.request`: until it is lifted, no guard `no_quarantine`
    /// passes. Where one is open for the same reason, that one is answered; for another reason a second one opens.
    ///
    /// `If-Match` is asked of the version, `If-None-Match` of the quarantine. Throws `draftVersion`, `staleETag`.
    package func quarantineVersion(
        model name: String, version: String, _ body: JSONValue, _ context: RequestContext
    ) async throws -> Answer {
        try context.principal.require(.quarantineVersions)
        let faults: [ShapeFault] = QuarantineDocument.request.faults(in: body)
        guard faults.isEmpty, let reason = body["reason"]?.string else { throw StemmaError.validation(faults) }
        let core: RegistryCore = self.core
        return try await core.gate.mutate("quarantine_version", context) { transaction, now in
            let record: VersionRecord = try VersionResolver.exact(
                model: name, version: version, context.principal, transaction)
            try Preconditions(ifMatch: context.preconditions.ifMatch).check(
                current: VersionDocument.represent(record).etag)
            guard record.status == .ready else {
                throw StemmaError(
                    .draftVersion, "\(record.version) is a draft, which nobody resolves; delete it instead")
            }
            let open: [QuarantineRecord] = try GovernanceService.open(record, transaction)
            try Preconditions(ifNoneMatch: context.preconditions.ifNoneMatch).check(
                current: open.last.map { Representation.etag(of: QuarantineDocument.represent($0, of: record)) })
            let location: String = ResourcePath.version(record.model, record.version) + "/quarantine"
            if let same = open.first(where: { $0.reason == reason }) {
                return MutationGate.Mutation(
                    Answer(.unchanged, location: location, body: QuarantineDocument.represent(same, of: record)),
                    event: nil)
            }
            let limit: Int = core.policy.limits.openQuarantines
            guard open.count < limit else {
                throw StemmaError(.validationFailed, "a version may have at most \(limit) open quarantines")
            }
            let id: String = core.environment.identifier("qua_")
            try transaction.insertQuarantine(
                id: id, version: record.id, reason: reason, at: now, by: context.principal.id)
            let opened = QuarantineRecord(
                id: id, reason: reason, opened: now, openedBy: context.principal.subject, lifted: nil, liftedBy: nil,
                liftReason: nil)
            let event = AuditDraft(
                .version(model: record.model, version: record.version),
                detail: ["quarantine": .string(id), "open": .integer(Int64(open.count + 1))],
                personal: ["rationale": .string(reason)])
            let mover = VersionMover(
                lifecycle: try core.lifecycle.inForce(transaction), principal: context.principal,
                transaction: transaction, now: now)
            let settlement = try RolloutGuardian.settle(mover, record, isProductionTouched: false)
            return MutationGate.Mutation(
                Answer(.created, location: location, body: QuarantineDocument.represent(opened, of: record)),
                event: event, further: settlement.further, effects: settlement.effects)
        }
    }

    /// Lifts every open quarantine of a version. Throws `quarantineNotFound` where there is none, `staleETag` against the
    /// version, `validationFailed` for a reason that is too long.
    package func liftQuarantine(
        model name: String, version: String, reason: String?, _ context: RequestContext
    ) async throws -> Answer {
        try context.principal.require(.quarantineVersions)
        let why: String? = reason.flatMap { $0.isBlank ? nil : $0 }
        let faults: [ShapeFault] = CommonShapes.rationale.faults(in: why.map { .string($0) } ?? .null, at: "?reason")
        guard faults.isEmpty else { throw StemmaError.validation(faults) }
        return try await core.gate.mutate("lift_quarantine", context) { transaction, now in
            let record: VersionRecord = try VersionResolver.exact(
                model: name, version: version, context.principal, transaction)
            try context.preconditions.check(current: VersionDocument.represent(record).etag)
            let open: [QuarantineRecord] = try GovernanceService.open(record, transaction)
            guard !open.isEmpty else {
                throw StemmaError(.quarantineNotFound, "\(record.model) \(record.version) is not quarantined")
            }
            _ = try transaction.liftQuarantines(version: record.id, reason: why, at: now, by: context.principal.id)
            var event = AuditDraft(
                .version(model: record.model, version: record.version),
                detail: ["quarantines": .array(open.map { .string($0.id) })])
            if let why { event.personal["rationale"] = .string(why) }
            return MutationGate.Mutation(Answer(.removed), event: event)
        }
    }

    /// A version's quarantines, newest first, lifted ones included.
    package func listQuarantines(
        model name: String, ref: String, _ request: ListRequest, _ principal: Principal
    ) async throws -> (version: VersionRecord, page: ListAnswer) {
        try principal.require(.readModels)
        return try await core.store.read { [core] reader in
            let record: VersionRecord = try VersionResolver.resolve(model: name, ref: ref, principal, reader)
            let page = try NewestFirst(core: core, list: "quarantines/\(record.id)").page(
                try reader.quarantines(version: record.id), request, id: \.id)
            return (
                record,
                ListAnswer(
                    items: page.rows.map { QuarantineDocument.represent($0, of: record) }, nextCursor: page.next)
            )
        }
    }

    private static func open(_ record: VersionRecord, _ reader: any MetadataReader) throws -> [QuarantineRecord] {
        guard record.standing.isQuarantined else { return [] }
        return try reader.quarantines(version: record.id).filter { $0.lifted == nil }
    }
}
