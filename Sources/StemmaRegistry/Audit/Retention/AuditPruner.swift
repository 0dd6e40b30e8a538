package import StemmaJSON

/// Takes the texts of events away whose retention has ended. Places, times and hashes stay, so that every proof still works;
/// events that say what was pruned are themselves kept for ever.
///
/// Each step is one transaction with an event that names its ranges, so that the log tells a pruned text from a removed one.
/// Events under a legal hold stay, outside of every range, and are pruned when it is released.
package struct AuditPruner: Sendable {
    /// The action of the event that announces ranges.
    package static let action: String = "prune_audit_log"

    private let core: RegistryCore
    /// The setting that holds the registry's last look at the clock, in milliseconds as decimal text.
    private static let clockSetting: String = "retention_clock"
    /// The setting that holds the first event that may still have its text.
    private static let startSetting: String = "retention_start"

    package init(core: RegistryCore) { self.core = core }

    /// How long events are kept: as the operator says, or as the strictest framework in force demands; the longer wins.
    var retentionMilliseconds: Int64 {
        max(core.policy.auditRetentionMilliseconds, core.compliance.retentionFloorDays * 86_400_000)
    }

    /// What a run did.
    package struct Outcome: Sendable {
        package var pruned: Int64 = 0
        /// Events whose time has passed and that a hold keeps.
        package var held: Int64 = 0
        /// Why nothing was looked at; nil where it was.
        package var refusal: String?
    }

    /// Prunes what is due. Where the clock stands more than a day from where it stood at the last run, nothing is pruned until
    /// somebody confirms it: an error of the clock must not end what has to be kept.
    package func run(confirmingClock isConfirmed: Bool, _ context: RequestContext) async throws -> Outcome {
        let now: Timestamp = core.environment.now()
        if let refusal = try await checkClock(now, isConfirmed) { return Outcome(refusal: refusal) }
        var outcome = Outcome()
        var position: Int64 = try await core.store.read { try AuditPruner.start($0) }
        var isBeforeHeld: Bool = true
        while !Task.isCancelled {
            let (start, limit): (Int64, Int) = (position, core.policy.limits.prunedEventsPerWrite)
            let (due, holds): ([ExpiredEvent], [LegalHoldRecord]) = try await core.store.read { reader in
                (try expired(by: now, from: start, limit: limit, reader), try reader.legalHoldsInForce())
            }
            guard let last = due.last else { break }
            let free: [Int64] = due.filter { AuditPruner.hold(over: $0, holds) == nil }.map(\.sequence)
            if !free.isEmpty {
                // A hold may have come in between: then it is looked at again.
                guard try await prune(free, under: Set(holds.map(\.id)), context) else { continue }
                outcome.pruned += Int64(free.count)
            }
            outcome.held += Int64(due.count - free.count)
            if free.count < due.count { isBeforeHeld = false }
            position = last.sequence + 1
            if isBeforeHeld { try await keep(AuditPruner.startSetting, position) }
            if due.count < limit { break }
        }
        if outcome.held > 0 { await LegalHolds.noteRefusal(of: AuditPruner.action, .registry, core) }
        if outcome.pruned > 0 { _ = try await core.store.expunge(ErasureText([], replacement: ""), rewriteBytes: 0) }
        return outcome
    }

    /// What a run would say of the clock, without noting it.
    package func clockRefusal() async throws -> String? {
        AuditPruner.refusal(last: try await lastClock(), now: core.environment.now())
    }

    /// Events from `start` on whose time has passed at that moment.
    func expired(
        by moment: Timestamp, from start: Int64, limit: Int, _ reader: any MetadataReader
    ) throws -> [ExpiredEvent] {
        try reader.expiredEvents(
            from: start, promisedBefore: moment,
            writtenBefore: moment.adding(milliseconds: -retentionMilliseconds), limit: limit)
    }

    /// The first event that may still have its text.
    static func start(_ reader: any MetadataReader) throws -> Int64 { try number(startSetting, reader) ?? 0 }

    /// The first of these holds that covers the event.
    static func hold(over event: ExpiredEvent, _ holds: [LegalHoldRecord]) -> LegalHoldRecord? {
        holds.first { hold in
            hold.scope.covers(
                event: event.sequence, model: event.model, version: event.version, people: event.people)
        }
    }

    /// False where other holds are in force than those that were looked at.
    private func prune(
        _ sequences: [Int64], under holds: Set<String>, _ context: RequestContext
    ) async throws -> Bool {
        let ranges: [Range<Int64>] = AuditPruner.ranges(of: sequences)
        guard let first = ranges.first, let last = ranges.last else { return true }
        let days: Int64 = retentionMilliseconds / 86_400_000
        let answer: Answer = try await core.gate.mutate(AuditPruner.action, context.asStep) { transaction, _ in
            guard Set(try transaction.legalHoldsInForce().map(\.id)) == holds else {
                return MutationGate.Mutation(Answer(.unchanged), event: nil)
            }
            try transaction.pruneEvents(ranges)
            let detail: [String: JSONValue] = [
                "from": .integer(first.lowerBound), "to": .integer(last.upperBound),
                "ranges": .array(ranges.map { ["from": .integer($0.lowerBound), "to": .integer($0.upperBound)] }),
                "events": .integer(Int64(sequences.count)), "retention_days": .integer(days),
            ]
            return MutationGate.Mutation(Answer(.updated), event: AuditDraft(.registry, detail: detail))
        }
        return answer.outcome == .updated
    }

    /// Sequences, in order, as the ranges that hold them and nothing else.
    private static func ranges(of sequences: [Int64]) -> [Range<Int64>] {
        var ranges: [Range<Int64>] = []
        for sequence in sequences {
            if let last = ranges.last, last.upperBound == sequence {
                ranges[ranges.count - 1] = last.lowerBound..<sequence + 1
            } else {
                ranges.append(sequence..<sequence + 1)
            }
        }
        return ranges
    }

    /// What the detail of an announcement says was pruned. One from before ranges were told apart names only the first and
    /// the last event.
    package static func ranges(announcedBy detail: JSONValue) -> [Range<Int64>] {
        (detail["ranges"]?.array ?? [detail]).compactMap { range in
            guard let from = range["from"]?.integer, let to = range["to"]?.integer, from <= to else { return nil }
            return from..<to
        }
    }

    // MARK: - The clock

    private func checkClock(_ now: Timestamp, _ isConfirmed: Bool) async throws -> String? {
        if !isConfirmed, let refusal = AuditPruner.refusal(last: try await lastClock(), now: now) { return refusal }
        try await keep(AuditPruner.clockSetting, now.milliseconds)
        return nil
    }

    /// Where the clock stood at the last run, else at the last event.
    private func lastClock() async throws -> Timestamp? {
        try await core.store.read { reader in
            let noted: Int64? = try AuditPruner.number(AuditPruner.clockSetting, reader)
            return try noted.map { Timestamp(milliseconds: $0) } ?? reader.lastAuditEvent()?.time
        }
    }

    private static func refusal(last: Timestamp?, now: Timestamp) -> String? {
        guard let last else { return nil }
        let day: Int64 = 86_400_000
        guard now < last.adding(milliseconds: -day) || now > last.adding(milliseconds: day) else { return nil }
        return
            "the clock says \(now.description), and said \(last.description) when retention was last looked at; run it with "
            + "confirm_clock once that is right"
    }

    private static func number(_ setting: String, _ reader: any MetadataReader) throws -> Int64? {
        try reader.setting(setting).flatMap { Int64(String(decoding: $0, as: UTF8.self)) }
    }

    private func keep(_ setting: String, _ number: Int64) async throws {
        try await core.store.write({ try $0.setSetting(setting, to: Array(String(number).utf8)) }, committed: nil)
    }
}
