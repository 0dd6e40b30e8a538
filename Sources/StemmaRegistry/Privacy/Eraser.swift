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
        /// Versions whose record, which its manifest digest is over, was changed.
        var versions: Set<String> = []
        /// Occurrences that are still in a file of the store.
        var residue: Int = 0
    }

    /// Tries the request again and stores where it stands. Answers its record.
    func run(_ record: ErasureRecord, _ context: RequestContext) async throws -> ErasureRecord {
        let text: ErasureText = Eraser.text(of: record)
        let now: Timestamp = core.environment.now()
        let holds: [LegalHoldRecord] = try await core.store.read { try Eraser.holds(over: record, $0) }
        guard holds.isEmpty else { return try await deferForHolds(record, holds, context, now) }
        var counts = Counts()
        if let person = record.person { try await eraseSubject(person, &counts, context, now) }
        for _ in 0..<core.policy.limits.erasureRounds {
            guard try await removeRound(record, text, &counts) else { break }
        }
        return try await finish(record, text, counts, context)
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
        let people: [Int64] = record.person.map { [$0] } ?? []
        let values: [PrivatePlace] = try reader.privatePlaces(of: record.person, holding: text, limit: Int.max)
        let texts: [TextPlace] = try reader.places(holding: text, limit: Int.max)
        return inForce.filter { hold in
            if case .person(let id, _) = hold.scope { return people.contains(id) }
            return values.contains { value in
                hold.scope.covers(
                    event: value.sequence, model: value.model, version: value.version, people: people)
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

    private func eraseSubject(
        _ person: Int64, _ counts: inout Counts, _ context: RequestContext, _ now: Timestamp
    ) async throws {
        let tokens: [String] = try await core.store.read { try $0.liveTokens(of: person) }
        for token in tokens {
            _ = try await core.gate.mutate("revoke_token", context.asStep) { transaction, now in
                let didRevoke: Bool = try transaction.revokeToken(token, at: now)
                return MutationGate.Mutation(
                    Answer(.removed), event: didRevoke ? AuditDraft(.token(token)) : nil,
                    effects: [.tokenRevoked(id: token)])
            }
        }
        counts.tokens = Int64(tokens.count)
        // Whatever is only counted so far still names who it was.
        await core.refusals.forget(person)
        try await core.reads.forget(person)
        try await core.consumerLog.flush()
        try await core.store.write({ try $0.erasePrincipal(person, at: now) }, committed: nil)
    }

    /// One search and the removal of what it found. False where it found nothing.
    private func removeRound(
        _ record: ErasureRecord, _ text: ErasureText, _ counts: inout Counts
    ) async throws -> Bool {
        let (values, texts): ([PrivatePlace], [TextPlace]) = try await core.store.read { reader in
            (
                try reader.privatePlaces(of: record.person, holding: text, limit: Int.max),
                try reader.places(holding: text, limit: Int.max)
            )
        }
        let step: Int = core.policy.limits.erasureRowsPerWrite
        for start in stride(from: 0, to: values.count, by: step) {
            let part: [PrivatePlace] = Array(values[start..<min(start + step, values.count)])
            try await core.store.write(
                { transaction in
                    for value in part {
                        try transaction.removePrivateValue(sequence: value.sequence, field: value.field)
                    }
                }, committed: nil)
        }
        for start in stride(from: 0, to: texts.count, by: step) {
            let part: [TextPlace] = Array(texts[start..<min(start + step, texts.count)])
            try await core.store.write(
                { transaction in
                    for place in part {
                        guard let present = try transaction.text(at: place), let replaced = text.replaced(present)
                        else { continue }
                        try transaction.setText(at: place, to: replaced)
                    }
                }, committed: nil)
        }
        let answers: Int = try await core.store.write(
            { try $0.removeIdempotentAnswers(of: record.person, holding: text) }, committed: nil)
        counts.privateValues += Int64(values.count)
        counts.texts += Int64(texts.count)
        counts.answers += Int64(answers)
        for place in texts where place.table == "version" && place.column == "document" {
            if let model = place.model, let version = place.version { counts.versions.insert("\(model)_v\(version)") }
        }
        return !values.isEmpty || !texts.isEmpty || answers > 0
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
            return MutationGate.Mutation(
                Answer(.updated), event: ErasureService.event(record, counts), effects: moved.map { .aliasSet($0) })
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
