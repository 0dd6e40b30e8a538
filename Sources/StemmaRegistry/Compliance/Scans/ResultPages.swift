internal import StemmaJSON

/// Lines of a scan's results: one for each subject and rule, made from the letters of the subjects.
struct ResultPages {
    /// Where lines go on: a subject, and a rule by its position.
    struct Place: Sendable {
        let position: Int64
        let rule: Int
    }

    private let core: RegistryCore
    private let record: ComplianceScanRecord
    private let filter: ComplianceService.ResultFilter
    private let principal: Principal
    private let rules: [(id: String, version: Int64)]
    /// Positions of the rules that are wanted.
    private let wanted: Set<Int>
    private let letter: ComplianceLetter?
    private(set) var items: [[UInt8]] = []
    private(set) var next: Place?

    /// Throws `validationFailed` for an outcome that there is none of, `frameworkNotFound`.
    init(
        _ record: ComplianceScanRecord, _ filter: ComplianceService.ResultFilter, _ principal: Principal,
        _ core: RegistryCore
    ) throws {
        self.core = core
        self.record = record
        self.filter = filter
        self.principal = principal
        rules = try StoredJSON.array(record.stored.rules).map {
            (id: $0["id"]?.string ?? "", version: $0["version"]?.integer ?? 0)
        }
        var ids: Set<String> = Set(rules.map(\.id))
        if let rule = filter.rule { ids.formIntersection([rule]) }
        if let framework = filter.framework {
            try ComplianceService.require(framework, core.compliance)
            ids.formIntersection(core.compliance.rules([framework]).map(\.id))
        }
        wanted = Set(rules.indices.filter { [rules] in ids.contains(rules[$0].id) })
        letter = try filter.outcome.map { name in
            guard let letter = ComplianceLetter(name: name) else {
                let names: String = ComplianceLetter.names.joined(separator: ", ")
                throw StemmaError.validation([ShapeFault(pointer: "?outcome", detail: "must be one of \(names)")])
            }
            return letter
        }
    }

    mutating func fill(from start: Place, limit: Int) async throws {
        guard !wanted.isEmpty else { return }
        var place: Place = start
        for _ in 0..<core.policy.limits.complianceResultReads {
            let query = ComplianceResultQuery(
                scan: record.row, from: place.position, limit: limit, scope: principal.scope,
                seesRegistry: ComplianceService.seesRegistry(principal), model: filter.model,
                letter: letter?.rawValue, rule: wanted.count == 1 ? wanted.first : nil)
            let first: Place = place
            let (rules, wanted, letter, room) = (rules, wanted, letter, limit - items.count)
            let page: (lines: [[UInt8]], next: Place?) = try await core.store.read { reader in
                let rows: [ComplianceResultRow] = try reader.complianceResults(query)
                var lines: [[UInt8]] = []
                for row in rows {
                    let letters: [Character] = Array(row.outcomes)
                    var violations: [ViolationRecord]?
                    for (position, rule) in rules.enumerated() where wanted.contains(position) {
                        if row.position == first.position, position < first.rule { continue }
                        guard position < letters.count, let found = ComplianceLetter(rawValue: letters[position]),
                            let name = found.name, letter == nil || letter == found
                        else { continue }
                        guard lines.count < room else {
                            return (lines, Place(position: row.position, rule: position))
                        }
                        if violations == nil { violations = try reader.violations(subject: row.subject) }
                        let violation: ViolationRecord? =
                            [.fail, .waived].contains(found) ? violations?.first { $0.stored.rule == rule.id } : nil
                        lines.append(ResultPages.line(row, rule, name, violation?.id))
                    }
                }
                return (lines, rows.count == limit ? rows.last.map { Place(position: $0.position + 1, rule: 0) } : nil)
            }
            items += page.lines
            guard let next = page.next else {
                self.next = nil
                return
            }
            self.next = next
            guard items.count < limit else { return }
            place = next
        }
    }

    private static func line(
        _ row: ComplianceResultRow, _ rule: (id: String, version: Int64), _ outcome: String, _ violation: String?
    ) -> [UInt8] {
        var writer = JSONWriter(capacity: 256)
        writer.beginObject()
        writer.field("rule", rule.id)
        writer.field("rule_version", rule.version)
        writer.field("outcome", outcome)
        writer.key("subject")
        writer.beginObject()
        writer.field("type", row.subject.type.rawValue)
        writer.field("id", ComplianceSubjectName.id(model: row.model, version: row.version))
        writer.field("model", row.model)
        writer.field("version", row.version)
        writer.endObject()
        writer.field("violation", violation)
        writer.endObject()
        return writer.finish()
    }
}

/// How subjects are named.
enum ComplianceSubjectName {
    /// A `model_id`, a model's name, or `registry`.
    static func id(model: String?, version: String?) -> String {
        guard let model else { return "registry" }
        return version.map { "\(model)_v\($0)" } ?? model
    }
}
