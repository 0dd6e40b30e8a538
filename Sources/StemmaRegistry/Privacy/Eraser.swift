internal import StemmaJSON

/// Carries out a request to erase what is known of a person, in steps that hold up no registration for long.
///
/// First everything is found, in reads; then, unless a legal hold covers any of it, it is removed, and what was written
/// meanwhile is looked for again. The person's subject goes first, so that nothing new can name it.
struct Eraser {
    let core: RegistryCore

    /// What was removed.
    struct Counts {
        var privateValues: Int64 = 0
        var texts: Int64 = 0
        var answers: Int64 = 0
        var tokens: Int64 = 0
        /// Versions whose record, which its manifest digest is over, was changed, by the names that the log has for them.
        var versions: [String: ResourceID] = [:]
        /// Names of things that hold the person's and stay, by table and column.
        var remaining: [String: Int64] = [:]
        /// Occurrences that are still in a file of the store.
        var residue: Int = 0

        init() {}

        /// What a try before, which was cut short, said that it was going to change.
        init(resuming outcome: [UInt8]?) {
            let earlier: JSONValue = outcome.flatMap { try? JSONParser.parse($0) } ?? .null
            for name in earlier["versions"]?.array?.compactMap(\.string) ?? [] {
                guard let id = try? ModelID(validating: name) else { continue }
                versions[name] = .version(model: id.name.text, version: id.version.description)
            }
            privateValues = earlier["private_values"]?.integer ?? 0
            texts = earlier["texts"]?.integer ?? 0
            answers = earlier["kept_answers"]?.integer ?? 0
            tokens = earlier["tokens"]?.integer ?? 0
        }
    }

    /// Tries the request again and stores where it stands. Answers its record.
    func run(_ record: ErasureRecord, _ context: RequestContext) async throws -> ErasureRecord {
        let text: ErasureText = Eraser.text(of: record)
        let now: Timestamp = core.environment.now()
        var counts = Counts(resuming: record.outcome)
        var round: Int = 0
        while true {
            let (holds, known): ([LegalHoldRecord], Set<String>) = try await core.store.read { reader in
                (try Eraser.holds(over: record, reader), Set(try reader.legalHoldsInForce().map(\.id)))
            }
            guard holds.isEmpty else {
                var deferred: ErasureRecord = record
                // What was removed before a hold was placed is told when the rest is.
                if !counts.versions.isEmpty { deferred.outcome = ErasureDocument.outcome(counts) }
                return try await deferForHolds(deferred, holds, context, now)
            }
            do {
                if let person = record.person { try await eraseSubject(person, known, &counts, context, now) }
                while round < core.policy.limits.erasureRounds {
                    round += 1
                    guard try await removeRound(record, text, known, &counts) else { break }
                }
                break
            } catch is HoldAppeared {
                // Placed since the holds were looked at. What it covers is looked for before anything more is removed.
                continue
            }
        }
        return try await finish(record, text, counts, context)
    }

    /// A hold is in force that was not when the holds were looked at.
    private struct HoldAppeared: Error {}

    /// Throws `HoldAppeared`. Every transaction that removes something begins with it, so that a hold that was answered is
    /// heeded.
    private static func requireNoFurtherHold(_ known: Set<String>, _ reader: any MetadataReader) throws {
        guard try reader.legalHoldsInForce().allSatisfy({ known.contains($0.id) }) else { throw HoldAppeared() }
    }

    /// What stands in the place of somebody whom the registry never knew.
    private static let nobody: String = "erased"

    private static func text(of record: ErasureRecord) -> ErasureText {
        ErasureText(record.identifiers, replacement: record.pseudonym ?? nobody)
    }

    // MARK: - Holds

    /// Holds in force that cover anything of what the request would remove.
    static func holds(over record: ErasureRecord, _ reader: any MetadataReader) throws -> [LegalHoldRecord] {
        let inForce: [LegalHoldRecord] = try reader.legalHoldsInForce()
        guard !inForce.isEmpty else { return [] }
        let text: ErasureText = text(of: record)
        let values: [PrivatePlace] = try reader.privatePlaces(of: record.person, holding: text, limit: Int.max)
        let texts: [TextPlace] = try reader.places(holding: text, limit: Int.max).filter { $0.form != .name }
        // Of somebody else's words no more may go than of the person's own.
        let people: Set<Int64> = Set(values.compactMap(\.owner) + (record.person.map { [$0] } ?? []))
        return inForce.filter { hold in
            if case .person(let id, _) = hold.scope { return people.contains(id) }
            return values.contains { value in
                hold.scope.covers(event: value.sequence, model: value.model, version: value.version, people: [])
            }
                || texts.contains { place in
                    guard let model = place.model else { return false }
                    return hold.scope.covers(model: model, version: place.version)
                }
        }
    }

    private func deferForHolds(
        _ record: ErasureRecord, _ holds: [LegalHoldRecord], _ context: RequestContext, _ now: Timestamp
    ) async throws -> ErasureRecord {
        var deferred: ErasureRecord = record
        deferred.ground = .legalHold
        deferred.holds = holds.map(\.id)
        deferred.rerun = now.adding(milliseconds: core.policy.limits.erasureRetryMilliseconds)
        return try await ErasureService.postpone(deferred, before: record, core, context)
    }

    // MARK: - Removal

    /// Doing it again does nothing. Throws `HoldAppeared`.
    private func eraseSubject(
        _ person: Int64, _ known: Set<String>, _ counts: inout Counts, _ context: RequestContext, _ now: Timestamp
    ) async throws {
        try await core.store.read { try Eraser.requireNoFurtherHold(known, $0) }
        let tokens: [String] = try await core.store.read { try $0.liveTokens(of: person) }
        for token in tokens {
            _ = try await core.gate.mutate("revoke_token", context.asStep) { transaction, now in
                let didRevoke: Bool = try transaction.revokeToken(token, at: now)
                return MutationGate.Mutation(
                    Answer(.removed), event: didRevoke ? AuditDraft(.token(token)) : nil,
                    effects: [.tokenRevoked(id: token)])
            }
        }
        counts.tokens += Int64(tokens.count)
        // Whatever is only counted so far still names who it was.
        await core.refusals.forget(person)
        try await core.reads.forget(person)
        try await core.consumerLog.flush()
        // A request that was let in before would write the name anew.
        core.gate.refuse(person)
        try await core.store.write(
            { transaction in
                try Eraser.requireNoFurtherHold(known, transaction)
                try transaction.erasePrincipal(person, at: now)
            }, committed: nil)
    }

    /// One search and the removal of what it found. False where it found nothing. Throws `HoldAppeared`.
    private func removeRound(
        _ record: ErasureRecord, _ text: ErasureText, _ known: Set<String>, _ counts: inout Counts
    ) async throws -> Bool {
        let (values, found): ([PrivatePlace], [TextPlace]) = try await core.store.read { reader in
            (
                try reader.privatePlaces(of: record.person, holding: text, limit: Int.max),
                try reader.places(holding: text, limit: Int.max)
            )
        }
        let texts: [TextPlace] = found.filter { $0.form != .name }
        try await inSteps(values, known, done: { counts.privateValues += Int64($0) }) { transaction, value in
            try transaction.removePrivateValue(sequence: value.sequence, field: value.field)
        }
        let before: Int = counts.versions.count
        for place in texts where place.table == "version" && place.column == "document" {
            guard let model = place.model, let version = place.version else { continue }
            let resource = ResourceID.version(model: model, version: version)
            counts.versions[resource.id] = resource
        }
        if counts.versions.count > before {
            // Before any of them is changed: whatever ends this, the log will name them.
            var begun: ErasureRecord = record
            begun.outcome = ErasureDocument.outcome(counts)
            let stored: ErasureRecord = begun
            try await core.store.write({ try $0.updateErasure(stored) }, committed: nil)
        }
        try await inSteps(texts, known, done: { counts.texts += Int64($0) }) { transaction, place in
            guard let present = try transaction.text(at: place),
                let replaced = text.replaced(present, as: place.form)
            else { return }
            try transaction.setText(at: place, to: replaced)
        }
        try await inSteps(Eraser.versions(of: found), known, done: { _ in }) { transaction, version in
            guard let record = try transaction.version(id: version) else { return }
            try VersionAttributes.store(record, transaction)
        }
        let answers: Int = try await core.store.write(
            { try $0.removeIdempotentAnswers(of: record.person, holding: text) }, committed: nil)
        counts.answers += Int64(answers)
        counts.remaining = [:]
        for place in found where place.form == .name {
            counts.remaining["\(place.table).\(place.column)", default: 0] += 1
        }
        return !values.isEmpty || !texts.isEmpty || answers > 0
    }

    /// Does something to each item in transactions of bounded size. `done` is told how many each one did. Throws
    /// `HoldAppeared`.
    private func inSteps<Item: Sendable>(
        _ items: [Item], _ known: Set<String>, done: (Int) -> Void,
        _ body: @escaping @Sendable (any MetadataTransaction, Item) throws -> Void
    ) async throws {
        let step: Int = core.policy.limits.erasureRowsPerWrite
        for start in stride(from: 0, to: items.count, by: step) {
            let part: [Item] = Array(items[start..<min(start + step, items.count)])
            try await core.store.write(
                { transaction in
                    try Eraser.requireNoFurtherHold(known, transaction)
                    for item in part { try body(transaction, item) }
                }, committed: nil)
            done(part.count)
        }
    }

    /// Versions whose filterable attributes are to be made anew, by row key: those are made of texts that were replaced.
    private static func versions(of places: [TextPlace]) -> [Int64] {
        let keys: [Int64] = places.compactMap { place in
            let column: String? =
                place.table == "version" ? "rowid" : place.table == "version_attribute" ? "version_id" : nil
            guard case .integer(let key)? = place.key.first(where: { $0.column == column })?.value else { return nil }
            return key
        }
        return Array(Set(keys)).sorted()
    }

    // MARK: - End

    private func finish(
        _ record: ErasureRecord, _ text: ErasureText, _ counts: Counts, _ context: RequestContext
    ) async throws -> ErasureRecord {
        var done: ErasureRecord = record
        done.identifiers = []
        done.status = .completed
        (done.ground, done.holds, done.deferralReason, done.rerun) = (nil, [], nil, nil)
        done.outcome = ErasureDocument.outcome(counts)
        let stored: ErasureRecord = done
        let person: Int64? = record.person
        _ = try await core.gate.mutate("erase_subject", context.asStep) { transaction, now in
            var record: ErasureRecord = stored
            record.completed = now
            try transaction.updateErasure(record)
            // What is answered from memory names who moved an alias.
            let moved: [AliasRecord] = try person.map { try transaction.aliases(updatedBy: $0) } ?? []
            var events: ArraySlice<AuditDraft> = ErasureService.events(record, counts)[...]
            let first: AuditDraft? = events.popFirst()
            return MutationGate.Mutation(
                Answer(.updated), event: first, further: events.map { ("erase_subject", $0) },
                effects: moved.map { .aliasSet($0) })
        }
        let residue: Int = try await core.store.expunge(
            text, rewriteBytes: core.policy.limits.erasureRewriteBytes)
        return try await core.store.write(
            { transaction in
                var record: ErasureRecord = stored
                record.completed = try transaction.erasure(id: record.id)?.completed
                var final: Counts = counts
                final.residue = residue
                record.outcome = ErasureDocument.outcome(final)
                try transaction.updateErasure(record)
                return record
            }, committed: nil)
    }
}
