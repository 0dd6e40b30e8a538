/// Reading scans and violations.
package protocol ComplianceReader {
    func complianceScan(id: String) throws -> ComplianceScanRecord?

    /// Scans, newest first, before that row (nil: from the newest).
    func complianceScans(before row: Int64?, limit: Int) throws -> [ComplianceScanRecord]

    /// Scans that have not ended.
    func openComplianceScans() throws -> [ComplianceScanRecord]

    /// The last scan that finished before that moment and looked at all models, and at all of these frameworks.
    func lastComplianceScan(of frameworks: [String], before moment: Timestamp) throws -> ComplianceScanRecord?

    /// When the last scheduled scan started.
    func lastScheduledScan() throws -> Timestamp?

    /// Subjects of a scan, in the order of their positions.
    func complianceResults(_ query: ComplianceResultQuery) throws -> [ComplianceResultRow]

    /// How many subjects of models in scope have the same outcomes and effects.
    func complianceTotals(scan row: Int64, scope: ModelScope) throws -> [(
        outcomes: String, effects: String, count: Int64
    )]

    func violation(id: String) throws -> ViolationRecord?

    func violation(row: Int64) throws -> ViolationRecord?

    /// Violations of models in scope, and those of none where `seesRegistry`. Sort fields: those of
    /// `FilterSchema.violations`. `now` decides which waivers hold.
    func violations(_ query: ListQuery, now: Timestamp, seesRegistry: Bool) throws -> Page<ViolationRecord>

    /// The violations of a subject, closed ones included.
    func violations(subject: ComplianceSubjectKey) throws -> [ViolationRecord]

    /// Row keys of subjects of that type, within these keys, that have violations which are not closed.
    func subjectsWithViolations(_ type: ComplianceScope, keys: ClosedRange<Int64>) throws -> Set<Int64>

    /// Violations, not closed, of models and versions that are no longer there, by row after `row`.
    func violationsOfGoneSubjects(after row: Int64, limit: Int) throws -> [ViolationRecord]

    /// Violations that are neither closed nor waived, by when they are due, at most `limit`.
    func openViolations(at now: Timestamp, limit: Int) throws -> [ViolationRecord]

    /// Violations that are not closed of one model's version that other rules than these found.
    func hasOpenViolation(version key: Int64, besides rules: [String]) throws -> Bool

    /// Steps of a violation, newest first, at most `limit`.
    func violationSteps(_ row: Int64, limit: Int) throws -> [ViolationStep]
}

package protocol ComplianceWriter {
    /// Stores a running scan; answers its row.
    func insertComplianceScan(_ scan: NewComplianceScan) throws -> Int64

    func endComplianceScan(_ row: Int64, _ end: ComplianceScanEnd, at moment: Timestamp) throws

    func insertComplianceResults(scan row: Int64, _ results: [ComplianceResultRow]) throws

    /// Drops results of scans before that row, at most `limit`; answers how many.
    func removeComplianceResults(before row: Int64, limit: Int) throws -> Int

    /// The new row's key.
    func insertViolation(_ violation: NewViolation) throws -> Int64

    /// Replaces what changes of a violation, and counts its revision up.
    func updateViolation(_ row: Int64, _ state: ViolationState, at moment: Timestamp) throws

    /// Notes that a scan found it again: neither its revision nor the time of its last change moves.
    func touchViolation(_ row: Int64, evidence: [UInt8], seen moment: Timestamp) throws

    /// Adds a step at the end of a violation's history.
    func addViolationStep(_ row: Int64, _ step: NewViolationStep) throws
}

/// What a rule was asked of: the registry, or a model or version by its row key.
package struct ComplianceSubjectKey: Hashable, Sendable {
    package let type: ComplianceScope
    /// 0 for the registry.
    package let key: Int64

    package init(_ type: ComplianceScope, _ key: Int64) {
        self.type = type
        self.key = key
    }
}

/// How a scan stands.
package enum ComplianceScanStatus: String, Sendable, CaseIterable {
    case running
    case finished
    /// It met an error.
    case failed
    /// The registry stopped while it was under way.
    case interrupted
}

/// Who asked for a scan.
package enum ComplianceScanCause: String, Sendable, CaseIterable {
    case manual
    case scheduled
}

/// A scan about to start.
package struct NewComplianceScan: Sendable {
    package let id: String
    package let cause: ComplianceScanCause
    package let started: Timestamp
    package let principalID: Int64
    package let frameworks: [String]
    /// Name patterns.
    package let models: [String]
    package let auditSize: Int64
    /// JSON array texts.
    package let rules: [UInt8]
    package let packs: [UInt8]

    package init(
        id: String, cause: ComplianceScanCause, started: Timestamp, principalID: Int64, frameworks: [String],
        models: [String], auditSize: Int64, rules: [UInt8], packs: [UInt8]
    ) {
        self.id = id
        self.cause = cause
        self.started = started
        self.principalID = principalID
        self.frameworks = frameworks
        self.models = models
        self.auditSize = auditSize
        self.rules = rules
        self.packs = packs
    }
}

/// How a scan ended.
package struct ComplianceScanEnd: Sendable {
    package let status: ComplianceScanStatus
    /// JSON object texts.
    package let counts: [UInt8]
    package let changes: [UInt8]
    package let subjects: Int64
    package let error: String?

    package init(
        status: ComplianceScanStatus, counts: [UInt8], changes: [UInt8], subjects: Int64, error: String?
    ) {
        self.status = status
        self.counts = counts
        self.changes = changes
        self.subjects = subjects
        self.error = error
    }
}

/// A scan as stored.
package struct ComplianceScanRecord: Sendable {
    package let row: Int64
    package let stored: NewComplianceScan
    /// The subject who asked for it.
    package let by: String
    package let end: ComplianceScanEnd
    package let finished: Timestamp?
    /// False where it has none, or they are dropped.
    package let hasResults: Bool

    package init(
        row: Int64, stored: NewComplianceScan, by: String, end: ComplianceScanEnd, finished: Timestamp?,
        hasResults: Bool
    ) {
        self.row = row
        self.stored = stored
        self.by = by
        self.end = end
        self.finished = finished
        self.hasResults = hasResults
    }
}

/// What a scan found of one subject.
package struct ComplianceResultRow: Sendable, Equatable {
    /// Its place in the scan, from 0.
    package let position: Int64
    package let subject: ComplianceSubjectKey
    package let model: String?
    package let version: String?
    /// A letter for each rule of the scan; see `ComplianceLetter`.
    package let outcomes: String
    package let effects: String

    package init(
        position: Int64, subject: ComplianceSubjectKey, model: String?, version: String?, outcomes: String,
        effects: String
    ) {
        self.position = position
        self.subject = subject
        self.model = model
        self.version = version
        self.outcomes = outcomes
        self.effects = effects
    }
}

/// Which subjects of a scan are wanted.
package struct ComplianceResultQuery: Sendable {
    package let scan: Int64
    /// From this position on.
    package let from: Int64
    package let limit: Int
    package let scope: ModelScope
    package let seesRegistry: Bool
    package let model: String?
    /// Only subjects with this letter, at the position of `rule` where that is said.
    package let letter: Character?
    /// The rule's position in the scan.
    package let rule: Int?

    package init(
        scan: Int64, from: Int64, limit: Int, scope: ModelScope, seesRegistry: Bool, model: String? = nil,
        letter: Character? = nil, rule: Int? = nil
    ) {
        self.scan = scan
        self.from = from
        self.limit = limit
        self.scope = scope
        self.seesRegistry = seesRegistry
        self.model = model
        self.letter = letter
        self.rule = rule
    }
}

/// The letters by which outcomes are stored.
package enum ComplianceLetter: Character, Sendable, CaseIterable {
    case pass = "p"
    case fail = "f"
    case notApplicable = "n"
    /// It failed, and somebody waived that for now.
    case waived = "w"
    /// The rule is not about subjects of that type.
    case none = "."

    package var name: String? {
        switch self {
        case .pass: "pass"
        case .fail: "fail"
        case .notApplicable: "not_applicable"
        case .waived: "waived"
        case .none: nil
        }
    }

    package init?(name: String) {
        guard let letter = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = letter
    }

    package static let names: [String] = allCases.compactMap(\.name)
}
