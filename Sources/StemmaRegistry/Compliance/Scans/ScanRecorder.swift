internal import StemmaJSON

/// Stores what a scan finds in transactions of bounded size, and keeps the violations.
struct ScanRecorder: Sendable {
    private let core: RegistryCore
    private let scan: ComplianceScanRecord
    private let rules: [ComplianceRule]
    private let context: RequestContext
    private let now: Timestamp
    private var pending: [ScanFinding] = []
    private var weight: Int = 0
    private var position: Int64 = 0
    private(set) var tally: ScanTally

    init(_ core: RegistryCore, _ scan: ComplianceScanRecord, _ rules: [ComplianceRule], _ context: RequestContext) {
        self.core = core
        self.scan = scan
        self.rules = rules
        self.context = context
        now = scan.stored.started
        tally = ScanTally(rules: rules.count)
    }

    mutating func add(_ finding: ScanFinding) async throws {
        pending.append(finding)
        weight += finding.failures.count + (finding.hasViolations ? 1 : 0)
        if pending.count >= core.policy.limits.complianceSubjectsPerWrite
            || weight >= core.policy.limits.complianceChangesPerWrite
        {
            try await store()
        }
    }

    /// Stores what is left.
    mutating func store() async throws {
        guard !pending.isEmpty else { return }
        let (findings, first): ([ScanFinding], Int64) = (pending, position)
        let keeper = ViolationKeeper(core: core, scan: scan.stored.id, rules: rules, context: context, now: now)
        let row: Int64 = scan.row
        let stored: [Stored] = try await core.store.write(
            { transaction in
                let stored: [Stored] = try findings.map { try ScanRecorder.store($0, keeper, transaction) }
                let results: [ComplianceResultRow] = zip(findings, stored).enumerated().map { index, pair in
                    ComplianceResultRow(
                        position: first + Int64(index), subject: pair.0.subject, model: pair.0.model,
                        version: pair.0.version, outcomes: String(pair.1.letters.map(\.rawValue)),
                        effects: String(pair.1.changes.map(\.rawValue)))
                }
                try transaction.insertComplianceResults(scan: row, results)
                return stored
            }, committed: nil)
        for result in stored { tally.add(result.letters, result.changes) }
        position += Int64(findings.count)
        pending = []
        weight = 0
    }

    /// What was stored of one subject.
    private struct Stored: Sendable {
        let letters: [ComplianceLetter]
        let changes: [ViolationChange]
    }

    private static func store(
        _ finding: ScanFinding, _ keeper: ViolationKeeper, _ transaction: any MetadataTransaction
    ) throws -> Stored {
        guard !finding.failures.isEmpty || finding.hasViolations else {
            return Stored(letters: finding.outcomes, changes: [])
        }
        var letters: [ComplianceLetter] = finding.outcomes
        var changes: [ViolationChange] = []
        let present: [ViolationRecord] = try transaction.violations(subject: finding.subject)
        for (position, rule) in keeper.rules.enumerated() where finding.outcomes[position] != .none {
            let violation: ViolationRecord? = present.first { $0.stored.rule == rule.id }
            guard let evidence = finding.failures[position] else {
                if let violation, violation.state.closed == nil {
                    try keeper.close(violation, because: finding.outcomes[position].name ?? "", transaction)
                    changes.append(.closed)
                }
                continue
            }
            let kept = try keeper.keep(violation, rule, finding, evidence, transaction)
            if kept.isWaived { letters[position] = .waived }
            changes.append(kept.change)
        }
        return Stored(letters: letters, changes: changes)
    }

    /// Closes violations of models and versions that are no longer there, of the rules of the scan.
    mutating func closeGone(in scope: ModelScope) async throws {
        let keeper = ViolationKeeper(core: core, scan: scan.stored.id, rules: rules, context: context, now: now)
        let limit: Int = core.policy.limits.complianceChangesPerWrite
        let ids: Set<String> = Set(rules.map(\.id))
        let (count, row): (Int, Int64) = (rules.count, scan.row)
        var after: Int64 = 0
        while true {
            let (start, first): (Int64, Int64) = (after, position)
            let closed: (last: Int64?, rows: Int) = try await core.store.write(
                { transaction in
                    let gone: [ViolationRecord] = try transaction.violationsOfGoneSubjects(after: start, limit: limit)
                    let wanted: [ViolationRecord] = gone.filter { violation in
                        ids.contains(violation.stored.rule)
                            && violation.stored.model.map { scope.contains($0) } ?? false
                    }
                    for violation in wanted { try keeper.close(violation, because: "gone", transaction) }
                    let rows: [ComplianceResultRow] = wanted.enumerated().map { index, violation in
                        ComplianceResultRow(
                            position: first + Int64(index), subject: violation.stored.subject,
                            model: violation.stored.model, version: violation.stored.version,
                            outcomes: String(repeating: ComplianceLetter.none.rawValue, count: count),
                            effects: String(ViolationChange.closed.rawValue))
                    }
                    try transaction.insertComplianceResults(scan: row, rows)
                    return (gone.count == limit ? gone.last?.row : nil, rows.count)
                }, committed: nil)
            tally.note(closed: Int64(closed.rows))
            position += Int64(closed.rows)
            guard let last = closed.last else { return }
            after = last
            try Task.checkCancellation()
        }
    }
}
