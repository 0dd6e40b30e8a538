internal import StemmaJSON

/// Tells from little that a rule is not about a subject, so that nothing more is read for it.
///
/// Conditions have a third value here, unknown, for facts that were not looked at. Nothing but what is certainly false
/// rules a subject out.
struct ComplianceScreening: Sendable {
    /// Facts that are known, by name.
    private let values: [String: JSONValue]
    /// Facts that are known to be absent or empty, with everything below them.
    private let absent: [String]

    init(values: [String: JSONValue], absent: [String]) {
        self.values = values
        self.absent = absent
    }

    /// Screens a version by what its row says. `hasErasures` is false where nobody ever asked to be erased.
    init(_ row: ComplianceVersionRow, hasErasures: Bool) {
        var absent: [String] = []
        if !row.wasInProduction { absent.append("version.production_change") }
        if !row.wasInProduction, !row.hasApprovals { absent.append("version.approvers") }
        if !hasErasures { absent.append("version.erasure_requests") }
        self.init(values: ["version.state": .string(row.state.rawValue)], absent: absent)
    }

    /// False where the rule is certainly not about the subject.
    func mayApply(_ rule: ComplianceRule) -> Bool { rule.applies.map { verdict($0) ?? true } ?? true }

    private func verdict(_ condition: ComplianceCondition) -> Bool? {
        switch condition.kind {
        case .all(let parts): both(parts, decisive: false)
        case .any(let parts): both(parts, decisive: true)
        case .not(let part): verdict(part).map { !$0 }
        case .everyElement(let quantified), .someElement(let quantified): present(quantified.list)
        case .distinctAtLeast(let counted): present(counted.list)
        case .present(let path): values[path.text] != nil ? true : present(path)
        case .equals(let path, let wanted): values[path.text].map { $0 == wanted } ?? present(path)
        case .among(let path, let wanted): values[path.text].map { wanted.contains($0) } ?? present(path)
        case .includes(let path, _), .atLeast(let path, _), .atMost(let path, _), .same(let path, _),
            .disjoint(let path, _):
            present(path)
        case .withinDays(let from, let to, _), .timeOrder(let from, let to):
            [from, to].contains { operand in
                if case .fact(let path) = operand { present(path) == false } else { false }
            } ? false : nil
        }
    }

    private func both(_ parts: [ComplianceCondition], decisive: Bool) -> Bool? {
        let verdicts: [Bool?] = parts.map { verdict($0) }
        if verdicts.contains(where: { $0 == decisive }) { return decisive }
        return verdicts.contains(where: { $0 == nil }) ? nil : !decisive
    }

    /// False where the fact is known to be absent, nil where nothing is known of it.
    private func present(_ path: ComplianceFactPath) -> Bool? {
        let isAbsent: Bool = absent.contains { name in path.text == name || path.text.hasPrefix(name + ".") }
        return isAbsent ? false : nil
    }
}
