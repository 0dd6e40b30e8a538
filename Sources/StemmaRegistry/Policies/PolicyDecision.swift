internal import StemmaJSON

/// What a policy says of a version. Declared in the order in which decisions are answered: moves first.
package enum PolicyVerdict: String, Sendable, CaseIterable {
    case retired
    case promoted
    /// The lifecycle did not let it go.
    case refused
    case retire
    case promote
    /// A measurement that could decide is missing.
    case unknown
    case keep

    /// What a policy may say.
    static func possible(_ definition: PolicyDefinition, isDryRun: Bool) -> [PolicyVerdict] {
        var verdicts: [PolicyVerdict] = [wish(definition.kind), .keep, .unknown]
        if definition.mode == .enforce {
            verdicts.append(.refused)
            if !isDryRun { verdicts[0] = done(definition.kind) }
        }
        return allCases.filter { verdicts.contains($0) }
    }

    static func wish(_ kind: PolicyDefinition.Kind) -> PolicyVerdict { kind == .retirement ? .retire : .promote }

    static func done(_ kind: PolicyDefinition.Kind) -> PolicyVerdict { kind == .retirement ? .retired : .promoted }
}

/// What a policy decided on one version.
///
/// Stored as a JSON array, since there are very many: model, version, state, findings in the order of the policy's criteria,
/// and, only where there is one, a note. A finding is an array of result, reason, value, reference, count and other version,
/// without trailing nulls. Sentences are made from that and from the policy that the run keeps.
struct PolicyDecision: Sendable {
    let version: PolicyVersion
    let findings: [PolicyFinding]
    let verdict: PolicyVerdict
    /// Said instead of the findings' reasons.
    var note: Note?

    struct Note: Sendable {
        let reason: String
        /// Findings of the lifecycle's guards that did not pass.
        var guards: [JSONValue] = []
    }

    /// What the criteria come to.
    static func judge(
        _ version: PolicyVersion, _ definition: PolicyDefinition, _ readings: PolicyReadings
    ) -> PolicyDecision {
        let findings: [PolicyFinding] = definition.criteria.map { $0.judge(version, readings) }
        let verdict: PolicyVerdict
        switch definition.kind {
        case .retirement:
            if findings.contains(where: { $0.result == .met }) {
                verdict = .retire
            } else {
                verdict = findings.contains { $0.result == .unknown } ? .unknown : .keep
            }
        case .promotion:
            if findings.contains(where: { $0.result == .notMet }) {
                verdict = .keep
            } else {
                verdict = findings.contains { $0.result == .unknown } ? .unknown : .promote
            }
        }
        return PolicyDecision(version: version, findings: findings, verdict: verdict)
    }

    func with(_ verdict: PolicyVerdict, _ note: Note? = nil) -> PolicyDecision {
        PolicyDecision(version: version, findings: findings, verdict: verdict, note: note)
    }

    /// Appends the stored form.
    func write(to writer: inout JSONWriter) {
        writer.beginArray()
        writer.value(version.model)
        writer.value(version.version)
        writer.value(version.state.rawValue)
        writer.beginArray()
        for finding in findings { finding.write(to: &writer) }
        writer.endArray()
        if let note {
            writer.beginObject()
            writer.field("reason", note.reason)
            if !note.guards.isEmpty { writer.field("guards", .array(note.guards)) }
            writer.endObject()
        }
        writer.endArray()
    }

    /// Everything that was decided, as clients see it. `verdict` is the name that the part is stored under.
    static func document(_ stored: JSONValue, _ verdict: String, _ definition: PolicyDefinition) -> JSONValue {
        let parts: [JSONValue] = stored.array ?? []
        let text: (Int) -> String = { parts.count > $0 ? parts[$0].string ?? "" : "" }
        let findings: [PolicyFinding] = (parts.count > 3 ? parts[3].array ?? [] : []).map { PolicyFinding(stored: $0) }
        let note: JSONValue = parts.count > 4 ? parts[4] : .null
        let pairs: [(criterion: any PolicyCriterion, finding: PolicyFinding)] = Array(
            zip(definition.criteria, findings))
        let reason: String =
            note["reason"]?.string ?? PolicyDecision.reason(pairs, PolicyVerdict(rawValue: verdict) ?? .keep)
        return [
            "model": .string(text(0)), "version": .string(text(1)), "model_id": .string("\(text(0))_v\(text(1))"),
            "state": .string(text(2)), "verdict": .string(verdict), "reason": .string(reason),
            "criteria": .array(pairs.map { $0.criterion.document($0.finding) }), "guards": note["guards"] ?? [],
        ]
    }

    /// The criteria that decided, as one sentence.
    static func reason(
        _ pairs: [(criterion: any PolicyCriterion, finding: PolicyFinding)], _ verdict: PolicyVerdict
    ) -> String {
        let results: [PolicyFinding.Result] = pairs.map(\.finding.result)
        let decisive: PolicyFinding.Result? =
            switch verdict {
            case .keep: results.contains(.notMet) ? .notMet : nil
            case .unknown: .unknown
            default: .met
            }
        return pairs.filter { decisive == nil || $0.finding.result == decisive }.map {
            $0.criterion.explain($0.finding).detail
        }.joined(separator: "; ")
    }
}

extension PolicyFinding {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.beginArray()
        writer.value(result.rawValue)
        let length: Int =
            if other != nil { 5 } else if count != nil { 4 } else if reference != nil { 3 } else if value != nil {
                2
            } else {
                reason == .compared ? 0 : 1
            }
        if length > 0 { writer.value(reason.rawValue) }
        if length > 1 { PolicyFinding.write(value, to: &writer) }
        if length > 2 { PolicyFinding.write(reference, to: &writer) }
        if length > 3 {
            if let count { writer.value(count) } else { writer.null() }
        }
        if length > 4, let other { writer.value(other) }
        writer.endArray()
    }

    private static func write(_ value: Double?, to writer: inout JSONWriter) {
        if let value { writer.value(value) } else { writer.null() }
    }

    fileprivate init(stored: JSONValue) {
        let parts: [JSONValue] = stored.array ?? []
        let part: (Int) -> JSONValue = { parts.count > $0 ? parts[$0] : .null }
        self.init(
            part(0).integer.flatMap { Result(rawValue: $0) } ?? .unknown,
            part(1).integer.flatMap { Reason(rawValue: $0) } ?? .compared, value: part(2).number,
            reference: part(3).number, count: part(4).integer, other: part(5).string)
    }
}

/// Gathers a run's decisions and stores them in parts of one verdict each.
struct PolicyRecorder {
    private let run: String
    private let limits: Limits
    private let store: any MetadataStore
    private var open: [PolicyVerdict: (writer: JSONWriter, count: Int)] = [:]
    private var nextPart: [PolicyVerdict: Int64] = [:]
    private var full: [PolicyDecisionPart] = []
    private(set) var counts: [PolicyVerdict: Int64] = [:]

    init(run: String, _ core: RegistryCore) {
        self.run = run
        limits = core.policy.limits
        store = core.store
    }

    /// Takes a decision; stores nothing yet.
    mutating func add(_ decision: PolicyDecision) {
        let verdict: PolicyVerdict = decision.verdict
        var entry: (writer: JSONWriter, count: Int)
        if let present = open.removeValue(forKey: verdict) {
            entry = present
        } else {
            entry = (JSONWriter(capacity: 64 * limits.policyDecisionsPerPart), 0)
            entry.writer.beginArray()
        }
        decision.write(to: &entry.writer)
        entry.count += 1
        counts[verdict, default: 0] += 1
        if entry.count >= limits.policyDecisionsPerPart {
            close(verdict, entry.writer)
        } else {
            open[verdict] = entry
        }
    }

    /// Stores what is complete where enough has gathered.
    mutating func storeIfFull() async throws {
        if full.count * limits.policyDecisionsPerPart >= limits.policyDecisionsPerWrite { try await storeFull() }
    }

    /// Stores everything.
    mutating func storeAll() async throws {
        for (verdict, entry) in open.sorted(by: { $0.key.rawValue < $1.key.rawValue }) { close(verdict, entry.writer) }
        open = [:]
        try await storeFull()
    }

    private mutating func close(_ verdict: PolicyVerdict, _ writer: JSONWriter) {
        var writer: JSONWriter = writer
        writer.endArray()
        let part: Int64 = nextPart[verdict] ?? 0
        nextPart[verdict] = part + 1
        full.append(PolicyDecisionPart(verdict: verdict.rawValue, part: part, decisions: writer.finish()))
    }

    private mutating func storeFull() async throws {
        let perWrite: Int = max(1, limits.policyDecisionsPerWrite / limits.policyDecisionsPerPart)
        while !full.isEmpty {
            let parts: [PolicyDecisionPart] = Array(full.prefix(perWrite))
            full.removeFirst(parts.count)
            let run: String = self.run
            try await store.write(
                { transaction in
                    for part in parts { try transaction.insertPolicyDecisions(run: run, part) }
                }, committed: nil)
        }
    }
}
