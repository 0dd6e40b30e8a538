internal import StemmaJSON

/// One scan: looks at every model, every published version and the registry itself, and asks of each what the rules
/// ask.
///
/// Reads and writes are many and short, so that a scan over everything holds up nobody. All of it is judged at the
/// moment of its start. Of most versions nothing is read but a row: what they are in says that no rule is about them.
struct ComplianceScanner: Sendable {
    private let core: RegistryCore
    private let rules: [ComplianceRule]
    private let scope: ModelScope
    private let context: ComplianceContext
    private var contents: DocumentContents
    private var recorder: ScanRecorder

    var tally: ScanTally { recorder.tally }

    /// Reads what all subjects have in common.
    init(
        _ core: RegistryCore, _ scan: ComplianceScanRecord, _ rules: [ComplianceRule], _ request: RequestContext
    ) async throws {
        self.core = core
        self.rules = rules
        scope = ModelScope(patterns: scan.stored.models)
        context = try await ComplianceContext.load(rules, now: scan.stored.started, core)
        contents = DocumentContents(core.blobs)
        recorder = ScanRecorder(core, scan, rules, request)
    }

    /// Runs to the end. Throws `CancellationError` with everything up to then recorded.
    mutating func work() async throws {
        do {
            try await lookAtModels()
            try await lookAtVersions()
            try await recorder.closeGone(in: scope)
            try await recorder.store()
            // Last, because one of its rules is about what the others found.
            try await lookAtRegistry()
        } catch is CancellationError {
            try await recorder.store()
            throw CancellationError()
        }
        try await recorder.store()
    }

    /// What was gathered of one subject.
    private struct Gathered: Sendable {
        let subject: ComplianceSubjectKey
        let subjectID: String
        let model: String?
        let version: String?
        let owner: String?
        var sheet: ComplianceSheet
        let requests: [DocumentRequest]
        /// Positions of rules that may be about it.
        let rules: [Int]
        let hasViolations: Bool
    }

    private func positions(_ scope: ComplianceScope) -> [Int] { rules.indices.filter { rules[$0].scope == scope } }

    // Models.

    private mutating func lookAtModels() async throws {
        let positions: [Int] = positions(.model)
        guard !positions.isEmpty else { return }
        let needs = ComplianceNeeds(positions.map { rules[$0] })
        let (limit, scope, context): (Int, ModelScope, ComplianceContext) = (
            core.policy.limits.complianceSubjectsPerRead, scope, context
        )
        var after: Int64 = 0
        while true {
            try Task.checkCancellation()
            let start: Int64 = after
            let page: [Gathered] = try await core.store.read { reader in
                let models: [ModelRecord] = try reader.complianceModels(after: start, scope: scope, limit: limit)
                guard let first = models.first, let last = models.last else { return [] }
                let violating: Set<Int64> = try reader.subjectsWithViolations(.model, keys: first.id...last.id)
                return try models.map { record in
                    var sheet = ComplianceSheet()
                    sheet.take("registry", from: context.registry)
                    try ModelSubject(record, context, reader).gather(needs, into: &sheet)
                    return Gathered(
                        subject: ComplianceSubjectKey(.model, record.id), subjectID: record.name, model: record.name,
                        version: nil, owner: record.owner, sheet: sheet, requests: [], rules: positions,
                        hasViolations: violating.contains(record.id))
                }
            }
            for gathered in page { try await judge(gathered, of: positions) }
            guard page.count == limit, let last = page.last else { return }
            after = last.subject.key
        }
    }

    // Versions.

    private mutating func lookAtVersions() async throws {
        let positions: [Int] = positions(.version)
        guard !positions.isEmpty else { return }
        let last: Int64 = try await core.store.read { try $0.lastVersionKey() }
        let step: Int64 = core.policy.limits.compliancePageVersions
        var first: Int64 = 1
        while first <= last {
            try await lookAtVersions(first...min(last, first + step - 1), positions)
            first += step
        }
    }

    /// A version that some rule may be about.
    private struct Candidate: Sendable {
        let row: ComplianceVersionRow
        let rules: [Int]
        let hasViolations: Bool
    }

    private mutating func lookAtVersions(_ keys: ClosedRange<Int64>, _ positions: [Int]) async throws {
        try Task.checkCancellation()
        let scope: ModelScope = scope
        let (rows, violating): ([ComplianceVersionRow], Set<Int64>) = try await core.store.read { reader in
            (
                try reader.complianceVersions(keys: keys, scope: scope),
                try reader.subjectsWithViolations(.version, keys: keys)
            )
        }
        var candidates: [Candidate] = []
        for row in rows {
            let screening = ComplianceScreening(row, hasErasures: !context.records.erasures.isEmpty)
            let wanted: [Int] = positions.filter { screening.mayApply(rules[$0]) }
            let hasViolations: Bool = violating.contains(row.id)
            guard wanted.isEmpty else {
                candidates.append(Candidate(row: row, rules: wanted, hasViolations: hasViolations))
                continue
            }
            try await recorder.add(
                ScanFinding(
                    subject: ComplianceSubjectKey(.version, row.id), subjectID: "\(row.model)_v\(row.version)",
                    model: row.model, version: row.version, owner: nil, outcomes: letters(positions, [:]),
                    failures: [:], hasViolations: hasViolations))
        }
        var rest: ArraySlice<Candidate> = candidates[...]
        while !rest.isEmpty {
            try Task.checkCancellation()
            let chunk: [Candidate] = Array(rest.prefix(core.policy.limits.complianceSubjectsPerRead))
            rest = rest.dropFirst(chunk.count)
            for gathered in try await gather(chunk) { try await judge(gathered, of: positions) }
        }
    }

    private func gather(_ candidates: [Candidate]) async throws -> [Gathered] {
        let (rules, context): ([ComplianceRule], ComplianceContext) = (rules, context)
        return try await core.store.read { reader in
            var models: [Int64: ModelSubject] = [:]
            var gathered: [Gathered] = []
            for candidate in candidates {
                let row: ComplianceVersionRow = candidate.row
                // It may have been deleted since its row was read; the next scan sees.
                guard let record = try reader.version(id: row.id), record.deleted == nil else { continue }
                if models[row.modelID] == nil {
                    guard let model = try reader.model(named: row.model) else { continue }
                    models[row.modelID] = try ModelSubject(model, context, reader)
                }
                guard let model = models[row.modelID] else { continue }
                let needs = ComplianceNeeds(candidate.rules.map { rules[$0] })
                var sheet = ComplianceSheet()
                sheet.take("registry", from: context.registry)
                try model.gather(needs, into: &sheet)
                let requests: [DocumentRequest] = try VersionSubject(record, model).gather(needs, into: &sheet)
                gathered.append(
                    Gathered(
                        subject: ComplianceSubjectKey(.version, row.id), subjectID: "\(row.model)_v\(row.version)",
                        model: row.model, version: row.version, owner: model.record.owner, sheet: sheet,
                        requests: requests, rules: candidate.rules, hasViolations: candidate.hasViolations))
            }
            return gathered
        }
    }

    // The registry.

    private mutating func lookAtRegistry() async throws {
        let positions: [Int] = positions(.registry)
        // What a scan of some models finds says nothing of the registry.
        guard !positions.isEmpty, scope.isUnlimited else { return }
        let needs = ComplianceNeeds(positions.map { rules[$0] })
        let (core, context): (RegistryCore, ComplianceContext) = (core, context)
        let gathered: Gathered = try await core.store.read { reader in
            var sheet: ComplianceSheet = context.registry
            try RegistryDutyFacts.gather(needs, core, context, reader, into: &sheet)
            return Gathered(
                subject: ComplianceSubjectKey(.registry, 0), subjectID: "registry", model: nil, version: nil,
                owner: nil, sheet: sheet, requests: [], rules: positions,
                hasViolations: !(try reader.subjectsWithViolations(.registry, keys: 0...0)).isEmpty)
        }
        try await judge(gathered, of: positions)
    }

    // Judging.

    private mutating func judge(_ gathered: Gathered, of positions: [Int]) async throws {
        var sheet: ComplianceSheet = gathered.sheet
        try await contents.gather(gathered.requests, into: &sheet)
        let facts: JSONValue = sheet.json
        var found: [Int: ComplianceLetter] = [:]
        var failures: [Int: ComplianceEvidence] = [:]
        for position in gathered.rules {
            switch rules[position].evaluate(facts, now: context.now) {
            case .pass: found[position] = .pass
            case .notApplicable: found[position] = .notApplicable
            case .fail(let evidence):
                found[position] = .fail
                failures[position] = evidence
            }
        }
        try await recorder.add(
            ScanFinding(
                subject: gathered.subject, subjectID: gathered.subjectID, model: gathered.model,
                version: gathered.version, owner: gathered.owner, outcomes: letters(positions, found),
                failures: failures, hasViolations: gathered.hasViolations))
    }

    /// A letter for every rule: what was found, not applicable for others of the subject's type.
    private func letters(_ positions: [Int], _ found: [Int: ComplianceLetter]) -> [ComplianceLetter] {
        var letters: [ComplianceLetter] = Array(repeating: .none, count: rules.count)
        for position in positions { letters[position] = found[position] ?? .notApplicable }
        return letters
    }
}
