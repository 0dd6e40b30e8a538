package import StemmaJSON

/// Tries a draft of a lifecycle on what happened, and on what is there now.
extension LifecycleService {
    private static let page: Int = 200
    /// Kept facts may be large.
    private static let pastPage: Int = 20

    /// What clients send: a definition, and from when on past transitions are looked at.
    package static let backtestRequest: Shape = .named(
        "BacktestRequest",
        .object([
            Shape.Field(
                "definition", LifecycleShapes.request, required: true, "The draft, as it would be put in force"),
            Shape.Field("from", .nullable(CommonShapes.time), "Transitions before it are left out"),
            Shape.Field("to", .nullable(CommonShapes.time), "Transitions from it on are left out"),
        ]))

    /// Which past transitions a draft would have refused, and which versions are where it would not have let them go.
    ///
    /// Past transitions are judged by the facts that were kept with them; transitions that went along with another one
    /// (displaced, rolled back, restored) are not judged, they had no guards. A version of today violates the draft where
    /// the draft does not know the transition by which it came into its state, or where that transition's guards do not
    /// all pass on today's facts. Names at most `Limits.backtestFindings` of each, and counts all.
    package func backtestLifecycle(_ body: JSONValue, _ principal: Principal) async throws -> [UInt8] {
        try principal.requireEverywhere(.manageLifecycle)
        let faults: [ShapeFault] = LifecycleService.backtestRequest.faults(in: body)
        guard faults.isEmpty else { throw StemmaError.validation(faults) }
        let draft = try LifecycleDefinition(body["definition"] ?? .null)
        var report = BacktestReport(limit: core.policy.limits.backtestFindings)
        try await judgePast(
            draft, from: body["from"]?.string.flatMap { Timestamp($0) },
            to: body["to"]?.string.flatMap { Timestamp($0) }, into: &report)
        try await judgePresent(draft, into: &report)
        return report.json
    }

    private func judgePast(
        _ draft: LifecycleDefinition, from: Timestamp?, to: Timestamp?, into report: inout BacktestReport
    ) async throws {
        var last: Int64 = 0
        var records: [TransitionRecord]
        repeat {
            let start: Int64 = last
            records = try await core.store.read { try $0.transitions(after: start, limit: LifecycleService.pastPage) }
            for record in records {
                last = record.id
                let isInSpan: Bool =
                    from.map { record.stored.at >= $0 } ?? true && to.map { record.stored.at < $0 } ?? true
                guard isInSpan, record.stored.kind == .requested || record.stored.kind == .automatic else { continue }
                report.countPast(LifecycleService.judge(record, draft))
            }
        } while records.count == LifecycleService.pastPage
    }

    private static func judge(_ record: TransitionRecord, _ draft: LifecycleDefinition) -> JSONValue?? {
        let json: JSONValue? = record.stored.facts.flatMap { try? JSONParser.parse($0) }
        guard let facts = json.flatMap({ VersionFacts(json: $0) }) else { return .some(.none) }
        let rule: LifecycleDefinition.TransitionRule? = draft.transition(
            from: record.stored.from, to: record.stored.to)
        let findings: [GuardFinding] = GuardCatalogue.evaluate(rule?.guards ?? [], facts, draft)
        let failed: [GuardFinding] = findings.filter { !$0.hasPassed }
        if rule != nil, failed.isEmpty { return nil }
        return .some(
            [
                "transition": .integer(record.id), "model_id": .string("\(record.model)_v\(record.version)"),
                "from": .string(record.stored.from.rawValue), "to": .string(record.stored.to.rawValue),
                "at": .string(record.stored.at.description), "known_transition": .bool(rule != nil),
                "guards": .array(failed.map(\.json)),
            ])
    }

    private func judgePresent(_ draft: LifecycleDefinition, into report: inout BacktestReport) async throws {
        var last: Int64 = 0
        var count: Int
        repeat {
            let start: Int64 = last
            let now: Timestamp = core.environment.now()
            // Facts are read in short steps, so that a large fleet holds nobody up.
            let verdicts: [(id: Int64, violation: JSONValue?)] = try await core.store.read { reader in
                try reader.versionsPastDevelopment(after: start, limit: LifecycleService.page).map { record in
                    (record.id, try LifecycleService.violation(of: record, draft, now, reader))
                }
            }
            count = verdicts.count
            for verdict in verdicts {
                last = verdict.id
                report.countPresent(verdict.violation)
            }
        } while count == LifecycleService.page
    }

    private static func violation(
        of record: VersionRecord, _ draft: LifecycleDefinition, _ now: Timestamp, _ reader: any MetadataReader
    ) throws -> JSONValue? {
        // What came with the request that moved it is kept with its transition, and speaks for it still.
        let entry: NewTransition? = try reader.lastTransition(version: record.id, to: record.state)?.stored
        if let kind = entry?.kind, kind != .requested, kind != .automatic { return nil }
        // The way that it came; where nobody knows, every way into its state.
        let ways: [LifecycleDefinition.TransitionRule] = draft.transitions.filter { rule in
            rule.to == record.state && entry.map { $0.from == rule.from } ?? true
        }
        let request = VersionFacts.RequestFacts(
            rationale: entry?.rationale, evidence: try entry?.evidence.map { try StoredJSON.object($0) },
            rollbackPlan: entry?.rollbackPlan, isAutomatic: entry?.kind == .automatic)
        let facts: VersionFacts = try FactsReader.facts(of: record, request: request, at: now, reader)
        let failed: [[GuardFinding]] = ways.map { way in
            GuardCatalogue.evaluate(way.guards, facts, draft).filter { !$0.hasPassed }
        }
        if failed.contains(where: \.isEmpty) { return nil }
        return [
            "model_id": .string("\(record.model)_v\(record.version)"), "state": .string(record.state.rawValue),
            "from": entry.map { .string($0.from.rawValue) } ?? .null,
            "since": .string(record.standing.since.description), "known_transition": .bool(!ways.isEmpty),
            "guards": .array((failed.min { $0.count < $1.count } ?? []).map(\.json)),
        ]
    }

    /// What a backtest answers.
    package static let backtestDocument: Shape = .named(
        "BacktestReport",
        .object([
            Shape.Field(
                "past",
                .object([
                    Shape.Field("transitions", .count, required: true, "Judged"),
                    Shape.Field("refused", .count, required: true),
                    Shape.Field("unknown", .count, required: true, "Without kept facts"),
                    Shape.Field("items", .array(of: .any, count: 0...100_000), required: true),
                    Shape.Field("truncated", .boolean, required: true),
                ]), required: true),
            Shape.Field(
                "present",
                .object([
                    Shape.Field("versions", .count, required: true, "Judged: all that left development"),
                    Shape.Field("violations", .count, required: true),
                    Shape.Field("items", .array(of: .any, count: 0...100_000), required: true),
                    Shape.Field("truncated", .boolean, required: true),
                ]), required: true),
        ]))
}

/// What a backtest has found so far.
private struct BacktestReport {
    let limit: Int
    private var transitions: Int64 = 0
    private var refused: Int64 = 0
    private var unknown: Int64 = 0
    private var past: [JSONValue] = []
    private var versions: Int64 = 0
    private var violations: Int64 = 0
    private var present: [JSONValue] = []

    init(limit: Int) { self.limit = limit }

    /// Nil: it would have passed; `.some(nil)`: nobody can say.
    mutating func countPast(_ verdict: JSONValue??) {
        transitions += 1
        switch verdict {
        case .none: break
        case .some(.none): unknown += 1
        case .some(.some(let refusal)):
            refused += 1
            if past.count < limit { past.append(refusal) }
        }
    }

    mutating func countPresent(_ violation: JSONValue?) {
        versions += 1
        guard let violation else { return }
        violations += 1
        if present.count < limit { present.append(violation) }
    }

    var json: [UInt8] {
        var writer = JSONWriter(capacity: 4_096)
        writer.beginObject()
        writer.key("past")
        writer.beginObject()
        writer.field("transitions", transitions)
        writer.field("refused", refused)
        writer.field("unknown", unknown)
        writer.field("items", .array(past))
        writer.field("truncated", refused > Int64(past.count))
        writer.endObject()
        writer.key("present")
        writer.beginObject()
        writer.field("versions", versions)
        writer.field("violations", violations)
        writer.field("items", .array(present))
        writer.field("truncated", violations > Int64(present.count))
        writer.endObject()
        writer.endObject()
        return writer.finish()
    }
}
