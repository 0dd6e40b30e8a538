internal import StemmaJSON

/// What a scan found of one subject, before it is stored.
struct ScanFinding: Sendable {
    let subject: ComplianceSubjectKey
    /// E.g. a `model_id`.
    let subjectID: String
    let model: String?
    let version: String?
    /// The model's owner.
    let owner: String?
    /// By the rules of the scan.
    let outcomes: [ComplianceLetter]
    /// Evidence by the rule's position.
    let failures: [Int: ComplianceEvidence]
    /// Whether there are violations that are not closed.
    let hasViolations: Bool

    /// What else the audit log's event is about.
    var resource: ResourceID {
        if let model, let version { return .version(model: model, version: version) }
        return model.map { .model($0) } ?? .registry
    }
}

/// Numbers of a scan so far.
struct ScanTally: Sendable {
    /// By the rule's position.
    private(set) var outcomes: [[ComplianceLetter: Int64]]
    private(set) var changes: [ViolationChange: Int64] = [:]
    private(set) var subjects: Int64 = 0

    init(rules: Int) { outcomes = Array(repeating: [:], count: rules) }

    mutating func add(_ letters: [ComplianceLetter], _ effects: [ViolationChange], times count: Int64 = 1) {
        subjects += count
        for (position, letter) in letters.enumerated() where position < outcomes.count && letter != .none {
            outcomes[position][letter, default: 0] += count
        }
        for effect in effects { changes[effect, default: 0] += count }
    }

    /// Counts violations that were closed with their subjects.
    mutating func note(closed count: Int64) {
        if count > 0 { changes[.closed, default: 0] += count }
    }

    /// Outcomes by the rules' ids.
    func counts(_ ids: [String]) -> JSONObject {
        JSONObject(
            zip(ids, outcomes).map { id, counts in
                let members: [JSONObject.Member] = ComplianceLetter.allCases.compactMap { letter in
                    letter.name.map { JSONObject.Member(name: $0, value: .integer(counts[letter] ?? 0)) }
                }
                return JSONObject.Member(name: id, value: .object(JSONObject(members)))
            })
    }

    var changed: JSONObject {
        JSONObject(
            ViolationChange.allCases.map { change in
                JSONObject.Member(name: change.name, value: .integer(changes[change] ?? 0))
            })
    }
}

/// What became of a violation in a scan.
enum ViolationChange: Character, Sendable, CaseIterable {
    case opened = "o"
    /// It was open, and is seen again.
    case refreshed = "s"
    case reopened = "r"
    case closed = "c"

    var name: String {
        switch self {
        case .opened: "opened"
        case .refreshed: "refreshed"
        case .reopened: "reopened"
        case .closed: "closed"
        }
    }
}
