package import StemmaJSON

/// Takes requests to erase what is known of a person, and carries them out now or when what forbids it has ended.
package struct ErasureService: Sendable {
    private let core: RegistryCore

    package init(core: RegistryCore) { self.core = core }

    /// Takes a request with a body of `ErasureDocument.request` and carries it out, unless a legal hold covers anything of it or
    /// the body defers it: then it is kept and tried again. A dry run says what would be in the way and erases nothing.
    ///
    /// Throws `validationFailed`, and `erasureRefused` for the registry itself, for who asks, and where the same person's request
    /// is deferred already.
    package func eraseSubject(_ body: JSONValue, _ context: RequestContext) async throws -> Answer {
        try context.principal.requireEverywhere(.managePrivacy)
        let faults: [ShapeFault] = ErasureDocument.request.faults(in: body)
        guard faults.isEmpty, let subject = body["subject"]?.string, let basis = body["legal_basis"]?.string else {
            throw StemmaError.validation(faults)
        }
        guard subject.utf8.count >= core.policy.limits.erasureIdentifierBytes.lowerBound else {
            throw StemmaError.validation([
                ShapeFault(pointer: "/subject", detail: "is too short to be looked for without harm to other texts")
            ])
        }
        if let kept = try await core.gate.replay(of: context) { return kept }
        let postponement: Postponement? = try Postponement(body["defer"], core)
        let identifiers: [String] = [subject] + (body["identifiers"]?.array?.compactMap(\.string) ?? [])
        let (core, id): (RegistryCore, String) = (self.core, core.environment.identifier("era_"))
        let rationale: String? = body["rationale"]?.string
        _ = try await core.gate.mutate("request_erasure", context.asStep) { transaction, now in
            let person: Int64? = try ErasureService.person(subject, core, context, transaction)
            try ErasureService.requireNobodyElse(identifiers, subject, transaction)
            try transaction.insertErasure(
                NewErasure(
                    id: id, person: person, identifiers: identifiers, basis: basis, requested: now,
                    requestedBy: context.principal.id))
            var event = AuditDraft(.registry, detail: ["erasure": .string(id), "basis": .string(basis)])
            event.detail["person"] = try person.flatMap { try transaction.principal(id: $0)?.pseudonym }.map {
                .string($0)
            }
            if let rationale { event.personal["rationale"] = .string(rationale) }
            guard let postponement, var deferred = try transaction.erasure(id: id) else {
                return MutationGate.Mutation(Answer(.created), event: event)
            }
            // With the request itself, so that nothing can carry it out before its day.
            (deferred.ground, deferred.deferralReason, deferred.rerun) = (
                postponement.ground, postponement.reason, postponement.until
            )
            try transaction.updateErasure(deferred)
            return MutationGate.Mutation(
                Answer(.created), event: event, further: [("defer_erasure", ErasureService.deferral(deferred))])
        }
        var record: ErasureRecord = try await find(id)
        if postponement == nil { record = try await Eraser(core: core).run(record, context) }
        let representation: Representation = ErasureDocument.represent(record)
        // Kept for a repeat of the request only now: what it took was more than one transaction.
        let step = RequestContext(
            principal: context.principal, requestID: context.requestID, remoteAddress: context.remoteAddress,
            idempotency: context.idempotency)
        return try await core.gate.mutate("request_erasure", step) { _, _ in
            MutationGate.Mutation(
                Answer(
                    .created, location: ResourcePath.erasure(id), etag: representation.etag, body: representation.body),
                event: nil)
        }
    }

    /// Throws `erasureNotFound`.
    package func readErasure(_ id: String, _ principal: Principal) async throws -> Representation {
        try principal.requireEverywhere(.managePrivacy)
        return ErasureDocument.represent(try await find(id))
    }

    /// Requests by id, completed ones included. Filter fields: those of `FilterSchema.erasures`.
    package func listErasures(_ request: ListRequest, _ principal: Principal) async throws -> ListAnswer {
        try principal.requireEverywhere(.managePrivacy)
        let list = ShortList(core: core, list: "erasures", schema: .erasures)
        return try await core.store.read { reader in
            try list.page(
                try reader.erasures().map { record in
                    ShortList.Row(key: record.id, values: record.filterValues) {
                        ErasureDocument.represent(record).body
                    }
                }, request)
        }
    }

    /// Tries deferred requests again whose time has come, and those of which every hold was released. What a crash cut short
    /// is finished.
    func runDue() async throws {
        let now: Timestamp = core.environment.now()
        let (due, held): ([ErasureRecord], Set<String>) = try await core.store.read { reader in
            (try reader.deferredErasures(), Set(try reader.legalHoldsInForce().map(\.id)))
        }
        var failure: (any Error)?
        for record in due {
            let isReleased: Bool = record.ground == .legalHold && held.isDisjoint(with: record.holds)
            guard record.rerun.map({ $0 <= now }) ?? true || isReleased else { continue }
            do {
                _ = try await Eraser(core: core).run(record, core.systemContext("erasure"))
            } catch {
                // One that cannot be carried out keeps nobody else waiting.
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
    }

    private func find(_ id: String) async throws -> ErasureRecord {
        guard let record = try await core.store.read({ try $0.erasure(id: id) }) else {
            throw StemmaError(.erasureNotFound, "there is no erasure \(id)")
        }
        return record
    }

    /// The row key of the subject; nil where nobody of that name is known. Throws `erasureRefused`.
    private static func person(
        _ subject: String, _ core: RegistryCore, _ context: RequestContext, _ reader: any MetadataReader
    ) throws -> Int64? {
        guard let person = try reader.principal(subject: subject) else { return nil }
        guard person != core.system.id else {
            throw StemmaError(.erasureRefused, "\(subject) is the registry itself")
        }
        guard person != context.principal.id else {
            throw StemmaError(.erasureRefused, "nobody can erase themselves; another administrator has to do it")
        }
        guard try reader.deferredErasures().allSatisfy({ $0.person != person }) else {
            throw StemmaError(.erasureRefused, "a request for the same person is deferred already")
        }
        return person
    }

    /// What is looked for must not be in what somebody else is called here, however it is written: nobody is erased without
    /// their own request, whose holds and duties are looked at. Throws `erasureRefused`.
    private static func requireNobodyElse(
        _ identifiers: [String], _ subject: String, _ reader: any MetadataReader
    ) throws {
        let text = ErasureText(identifiers, replacement: "")
        if let other = try reader.subjects(holding: text).first(where: { $0 != subject }) {
            throw StemmaError(
                .erasureRefused,
                "the texts name \(other), who is somebody in this registry; their erasure is a request of its own")
        }
    }

    /// Stores that a request has to wait, and tells the log where that is new.
    static func postpone(
        _ deferred: ErasureRecord, before: ErasureRecord, _ core: RegistryCore, _ context: RequestContext
    ) async throws -> ErasureRecord {
        _ = try await core.gate.mutate("defer_erasure", context.asStep) { transaction, _ in
            try transaction.updateErasure(deferred)
            return MutationGate.Mutation(Answer(.updated), event: ErasureService.deferral(deferred))
        }
        return deferred
    }

    private static func deferral(_ deferred: ErasureRecord) -> AuditDraft {
        var event = AuditDraft(
            .registry,
            detail: [
                "erasure": .string(deferred.id), "ground": .string(deferred.ground?.rawValue ?? ""),
                "legal_holds": .array(deferred.holds.map { .string($0) }),
                "rerun_at": .string(deferred.rerun?.description ?? ""),
            ])
        event.detail["person"] = deferred.pseudonym.map { .string($0) }
        if let reason = deferred.deferralReason { event.personal["rationale"] = .string(reason) }
        return event
    }

    /// What the log says of a completed request, in public and for ever: one event, and further ones where more versions were
    /// changed than one may name. Whoever has a version's evidence sees by them why its record is not what was published.
    static func events(_ record: ErasureRecord, _ counts: Eraser.Counts) -> [AuditDraft] {
        let versions: [(name: String, resource: ResourceID)] = counts.versions.sorted { $0.key < $1.key }.map {
            ($0.key, $0.value)
        }
        var parts: [[(name: String, resource: ResourceID)]] = [[]]
        var bytes: Int = 0
        for version in versions {
            bytes += version.name.utf8.count
            if bytes > versionBytes, !parts[parts.count - 1].isEmpty {
                parts.append([])
                bytes = version.name.utf8.count
            }
            parts[parts.count - 1].append(version)
        }
        return parts.enumerated().map { index, part in
            var event = AuditDraft(
                .registry,
                detail: [
                    "erasure": .string(record.id), "basis": .string(record.basis),
                    "person": record.pseudonym.map { .string($0) } ?? .null,
                    "versions": .array(part.map { .string($0.name) }),
                ])
            event.also = part.map(\.resource)
            guard index == 0 else { return event }
            event.detail["private_values"] = .integer(counts.privateValues)
            event.detail["texts"] = .integer(counts.texts)
            event.detail["tokens"] = .integer(counts.tokens)
            event.detail["versions_changed"] = .integer(Int64(versions.count))
            return event
        }
    }

    /// Bytes of versions' names in one event: half of what it may hold.
    private static let versionBytes: Int = Limits().auditLeafBytes / 2
}

/// Why and until when a body wants a request deferred.
private struct Postponement: Sendable {
    let ground: ErasureGround
    let reason: String
    let until: Timestamp

    /// Nil where nothing is to be deferred. Throws `validationFailed` for a time that is past or too far.
    init?(_ value: JSONValue?, _ core: RegistryCore) throws {
        guard let text = value?["ground"]?.string, let ground = ErasureGround(rawValue: text),
            let reason = value?["reason"]?.string, let until = value?["until"]?.string.flatMap({ Timestamp($0) })
        else { return nil }
        let now: Timestamp = core.environment.now()
        let days: Int64 = core.policy.limits.erasureDeferralDays
        guard until > now, until <= now.adding(milliseconds: days * 86_400_000) else {
            throw StemmaError.validation([
                ShapeFault(pointer: "/defer/until", detail: "must lie in the future, at most \(days) days from now")
            ])
        }
        (self.ground, self.reason, self.until) = (ground, reason, until)
    }
}
