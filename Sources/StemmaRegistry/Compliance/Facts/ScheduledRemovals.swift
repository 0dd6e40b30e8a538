internal import StemmaJSON

/// What the registry is about to remove by itself although a legal hold covers it: drafts whose time is up, versions that it
/// archives, events whose retention ends, and requests to erase somebody.
///
/// At its moment each of them is refused for as long as the hold is in force; until somebody cancels it, it is carried out
/// the moment the hold is released. Deletions are none of them: they are carried out or refused when they are asked for.
struct ScheduledRemovals {
    private struct Removal {
        let id: String
        /// Nil where no hold covers it.
        let hold: String?
        /// Whether it was put off on account of that hold, so that nobody has to cancel it.
        let isDeferred: Bool
    }

    private let core: RegistryCore
    private let context: ComplianceContext
    private let reader: any MetadataReader
    /// In force, oldest first.
    private let holds: [LegalHoldRecord]
    /// What is due by then is about to be removed.
    private let horizon: Timestamp

    /// Twice the usual time from scan to scan, so that what comes up is seen before its moment.
    private static let daysAhead: Int64 = 2
    /// Drafts, and versions of one model, that are looked at.
    private static let versionsMax: Int = 1_000
    /// Events that are looked at, and those of one read.
    private static let (eventsMax, eventsPerRead): (Int, Int) = (20_000, 500)

    init(_ core: RegistryCore, _ context: ComplianceContext, _ reader: any MetadataReader) throws {
        self.core = core
        self.context = context
        self.reader = reader
        holds = try reader.legalHoldsInForce()
        horizon = context.now.adding(milliseconds: ScheduledRemovals.daysAhead * Timestamp.dayMilliseconds)
    }

    /// `registry.legal_holds` and `registry.scheduled_removals`; where nothing is held nobody looks for the latter.
    func gather(into sheet: inout ComplianceSheet) throws {
        sheet.set("registry.legal_holds", texts: holds.map(\.id))
        guard !holds.isEmpty else { return }
        let removals: [Removal] = try drafts() + archivings() + prunings() + erasures()
        sheet.set(
            "registry.scheduled_removals",
            .array(
                removals.map { removal in
                    var row: JSONObject = ["id": .string(removal.id), "is_deferred": .bool(removal.isDeferred)]
                    row.setKnown("legal_hold", removal.hold)
                    return .object(row)
                }))
    }

    private func drafts() throws -> [Removal] {
        try reader.heldExpiredDrafts(at: horizon, limit: ScheduledRemovals.versionsMax).compactMap { id in
            try reader.version(id: id).map { removal(of: $0, "expiry") }
        }
    }

    private func archivings() throws -> [Removal] {
        var removals: [Int64: Removal] = [:]
        for rule in context.lifecycle.definition.transitions where rule.to == .archived {
            guard let minutes = rule.automaticAfterMinutes else { continue }
            for record in try heldVersions(in: rule.from) where removals[record.id] == nil {
                let since: Timestamp = record.standing.since
                let rest: Timestamp = since.adding(milliseconds: minutes * 60_000)
                let kept: Timestamp = since.adding(milliseconds: (rule.retentionDays ?? 0) * Timestamp.dayMilliseconds)
                guard max(rest, kept) <= horizon, try passes(record, rule) else { continue }
                removals[record.id] = removal(of: record, "archiving")
            }
        }
        return removals.sorted { $0.key < $1.key }.map(\.value)
    }

    /// Published versions in a state that a hold on them or on their model covers.
    private func heldVersions(in state: LifecycleState) throws -> [VersionRecord] {
        try holds.flatMap { hold -> [VersionRecord] in
            switch hold.scope {
            case .model(let id, _):
                return try reader.versions(model: id, states: [state], limit: ScheduledRemovals.versionsMax)
            case .version(let id, _, _):
                guard let record = try reader.version(id: id), record.deleted == nil, record.state == state else {
                    return []
                }
                return [record]
            case .person, .events: return []
            }
        }
    }

    /// Whether it passes now what does not wait for time alone.
    private func passes(_ record: VersionRecord, _ rule: LifecycleDefinition.TransitionRule) throws -> Bool {
        let request = VersionFacts.RequestFacts(rationale: "automatic", isAutomatic: true)
        let facts: VersionFacts = try FactsReader.facts(of: record, request: request, at: context.now, reader)
        let guards: [LifecycleDefinition.GuardRule] = rule.guards.filter { !$0.isRetention }
        return GuardCatalogue.evaluate(guards, facts, context.lifecycle.definition).allSatisfy(\.hasPassed)
    }

    private func removal(of record: VersionRecord, _ kind: String) -> Removal {
        let hold: LegalHoldRecord? = holds.first { $0.scope.covers(model: record.model, version: record.version) }
        return Removal(id: "\(kind) of \(record.model)_v\(record.version)", hold: hold?.id, isDeferred: false)
    }

    /// One for each hold: from the first to the last of the events that it covers.
    private func prunings() throws -> [Removal] {
        let pruner = AuditPruner(core: core)
        var ranges: [String: ClosedRange<Int64>] = [:]
        var position: Int64 = try AuditPruner.start(reader)
        var looked: Int = 0
        while looked < ScheduledRemovals.eventsMax {
            let due: [ExpiredEvent] = try pruner.expired(
                by: horizon, from: position, limit: ScheduledRemovals.eventsPerRead, reader)
            for event in due {
                guard let hold = AuditPruner.hold(over: event, holds) else { continue }
                ranges[hold.id] = (ranges[hold.id]?.lowerBound ?? event.sequence)...event.sequence
            }
            looked += due.count
            guard due.count == ScheduledRemovals.eventsPerRead, let last = due.last else { break }
            position = last.sequence + 1
        }
        return ranges.sorted { $0.key < $1.key }.map { hold, range in
            Removal(
                id: "pruning of events \(range.lowerBound) to \(range.upperBound)", hold: hold, isDeferred: false)
        }
    }

    private func erasures() throws -> [Removal] {
        let inForce: Set<String> = Set(holds.map(\.id))
        return try reader.deferredErasures().filter { $0.rerun.map { $0 <= horizon } ?? true }.map { record in
            let known: String? = record.ground == .legalHold ? record.holds.first { inForce.contains($0) } : nil
            let hold: String? = try known ?? Eraser.holds(over: record, reader).first?.id
            return Removal(id: "erasure \(record.id)", hold: hold, isDeferred: known != nil)
        }
    }
}
