internal import StemmaJSON

/// Whether conditions hold of one subject's facts, and where not, by which parts.
struct ComplianceEvaluator {
    typealias Path = ComplianceFactPath

    /// What a quantifier looks at.
    struct Element {
        let value: JSONValue
        /// With its position.
        let path: String
        /// The value of its key.
        let name: String?
    }

    private let facts: JSONValue
    private let now: Timestamp
    private(set) var findings: [ComplianceFinding] = []
    private(set) var count: Int = 0

    init(facts: JSONValue, now: Timestamp) {
        self.facts = facts
        self.now = now
    }

    func holds(_ condition: ComplianceCondition, _ element: Element? = nil) -> Bool {
        switch condition.kind {
        case .all(let parts): parts.allSatisfy { holds($0, element) }
        case .any(let parts): parts.contains { holds($0, element) }
        case .not(let part): !holds(part, element)
        case .everyElement(let quantified):
            elements(of: quantified.list, quantified.key, element)?.allSatisfy { holds(quantified.that, $0) } ?? false
        case .someElement(let quantified):
            elements(of: quantified.list, quantified.key, element)?.contains { holds(quantified.that, $0) } ?? false
        case .distinctAtLeast(let counted): (distinct(counted, element)?.count ?? 0) >= counted.count
        case .present(let path): value(path, element).map { says($0) } ?? false
        case .equals(let path, let wanted): value(path, element) == wanted
        case .among(let path, let values): set(path, element)?.contains { values.contains($0) } ?? false
        case .includes(let path, let values): set(path, element)?.isSuperset(of: values) ?? false
        case .atLeast(let path, let limit): compare(path, limit, element) { $0 >= $1 }
        case .atMost(let path, let limit): compare(path, limit, element) { $0 <= $1 }
        case .withinDays(let from, let to, let days): isWithin(from, to, days, element)
        case .timeOrder(let from, let to):
            if let from = moment(from, element), let to = moment(to, element) { from <= to } else { false }
        case .same(let one, let other): areSame(one, other, element)
        case .disjoint(let one, let other):
            if let one = set(one, element), let other = set(other, element) {
                one.isDisjoint(with: other)
            } else {
                false
            }
        }
    }

    /// Gathers what keeps a condition from holding, or, where `wanted` is false, what makes it hold.
    mutating func explain(_ condition: ComplianceCondition, wanted: Bool = true, _ element: Element? = nil) {
        switch condition.kind {
        case .all(let parts), .any(let parts):
            for part in parts where holds(part, element) != wanted { explain(part, wanted: wanted, element) }
        case .not(let part):
            explain(part, wanted: !wanted, element)
        case .everyElement(let quantified), .someElement(let quantified):
            explain(quantified, of: condition, wanted: wanted, element)
        default:
            note(condition, wanted: wanted, element)
        }
    }

    /// A list that is absent, or has no element that would do, is a finding itself; the elements follow.
    private mutating func explain(
        _ quantified: ComplianceCondition.Quantified, of condition: ComplianceCondition, wanted: Bool,
        _ element: Element?
    ) {
        let elements: [Element]? = elements(of: quantified.list, quantified.key, element)
        let blamed: [Element] = (elements ?? []).filter { holds(quantified.that, $0) != wanted }
        if blamed.isEmpty || (wanted && condition.name == .someElement) { note(condition, wanted: wanted, element) }
        for other in blamed { explain(quantified.that, wanted: wanted, other) }
    }

    private mutating func note(_ condition: ComplianceCondition, wanted: Bool, _ element: Element?) {
        count += 1
        guard findings.count < ComplianceLimits.findings else { return }
        let said = self.said(of: condition, element)
        findings.append(
            ComplianceFinding(
                pointer: condition.pointer, condition: condition.name, mustHold: wanted,
                readings: said.paths.map { path in
                    ComplianceFinding.Reading(path: shownPath(path, element), value(path, element))
                }, limit: said.limit, difference: said.difference.map { shown($0) }, element: element?.name))
    }

    /// What a finding tells of a condition: the facts it reads, what they are compared with, and by which values it fails.
    private func said(
        of condition: ComplianceCondition, _ element: Element?
    ) -> (paths: [Path], limit: JSONValue?, difference: [JSONValue]?) {
        switch condition.kind {
        case .all, .any, .not: ([], nil, nil)
        case .everyElement(let quantified), .someElement(let quantified): ([quantified.list], nil, nil)
        case .distinctAtLeast(let counted):
            ([counted.list], .integer(counted.count), distinct(counted, element))
        case .present(let path): ([path], nil, nil)
        case .equals(let path, let wanted): ([path], wanted, nil)
        case .among(let path, let values): ([path], .array(values), nil)
        case .includes(let path, let values):
            ([path], .array(values), set(path, element).map { set in values.filter { !set.contains($0) } })
        case .atLeast(let path, let limit), .atMost(let path, let limit):
            switch limit {
            case .number(let number): ([path], Self.number(number), nil)
            case .fact(let other): ([path, other], nil, nil)
            }
        case .withinDays(let from, let to, let days):
            (paths(from, to), ["days": Self.number(days), "now": .string(now.description)], nil)
        case .timeOrder(let from, let to): (paths(from, to), ["now": .string(now.description)], nil)
        case .same(let one, let other):
            ([one, other], nil, difference(one, other, element) { $0.symmetricDifference($1) })
        case .disjoint(let one, let other):
            ([one, other], nil, difference(one, other, element) { $0.intersection($1) })
        }
    }

    // Reading.

    private func value(_ path: Path, _ element: Element?) -> JSONValue? {
        path.startsAtElement ? element.flatMap { path.value(in: $0.value) } : path.value(in: facts)
    }

    /// The elements, or the one value.
    private func values(_ path: Path, _ element: Element?) -> [JSONValue]? {
        value(path, element).map { $0.array ?? [$0] }
    }

    private func set(_ path: Path, _ element: Element?) -> Set<JSONValue>? { values(path, element).map { Set($0) } }

    private func elements(of path: Path, _ key: String?, _ element: Element?) -> [Element]? {
        let list: String = shownPath(path, element)
        return value(path, element)?.array?.enumerated().map { index, item in
            let name: String? = key.flatMap { item[$0] }.map { $0.string ?? $0.description }
            return Element(
                value: item, path: "\(list).\(index)", name: (name ?? item.string).map { ComplianceFinding.cut($0) })
        }
    }

    private func shownPath(_ path: Path, _ element: Element?) -> String {
        guard path.startsAtElement, let element else { return path.text }
        return ([element.path] + path.steps).joined(separator: ".")
    }

    private func moment(_ operand: ComplianceCondition.TimeOperand, _ element: Element?) -> Timestamp? {
        switch operand {
        case .now: now
        case .fact(let path): value(path, element)?.string.flatMap { Timestamp($0) }
        }
    }

    private func paths(
        _ from: ComplianceCondition.TimeOperand, _ to: ComplianceCondition.TimeOperand
    ) -> [Path] {
        [from, to].compactMap { operand in if case .fact(let path) = operand { path } else { nil } }
    }

    // Comparing.

    private func says(_ value: JSONValue) -> Bool {
        switch value {
        case .null: false
        case .string(let text): !text.allSatisfy(\.isWhitespace)
        case .array(let values): !values.isEmpty
        case .object(let object): !object.isEmpty
        default: true
        }
    }

    private func compare(
        _ path: Path, _ limit: ComplianceCondition.NumberOperand, _ element: Element?, _ holds: (Double, Double) -> Bool
    ) -> Bool {
        let other: Double? =
            switch limit {
            case .number(let number): number
            case .fact(let path): value(path, element)?.number
            }
        guard let number = value(path, element)?.number, let other else { return false }
        return holds(number, other)
    }

    private func isWithin(
        _ from: ComplianceCondition.TimeOperand, _ to: ComplianceCondition.TimeOperand, _ days: Double,
        _ element: Element?
    ) -> Bool {
        guard let start = moment(from, element), let end = moment(to, element) else { return false }
        var ahead: Int64 = 0
        if case .now = to { ahead = ComplianceLimits.clockAheadMilliseconds }
        let elapsed: Int64 = end.milliseconds - start.milliseconds
        return elapsed >= -ahead && Double(elapsed) <= days * Double(Timestamp.dayMilliseconds)
    }

    private func areSame(_ one: Path, _ other: Path, _ element: Element?) -> Bool {
        guard let left = value(one, element), let right = value(other, element) else { return false }
        guard left.array != nil || right.array != nil else { return left == right }
        return set(one, element) == set(other, element)
    }

    /// Different values of the counted member, in the order of the list; nil where the list is absent.
    private func distinct(_ counted: ComplianceCondition.Counted, _ element: Element?) -> [JSONValue]? {
        guard let elements = elements(of: counted.list, nil, element) else { return nil }
        var values: [JSONValue] = []
        for other in elements where counted.that.map({ holds($0, other) }) ?? true {
            if let value = value(counted.by, other), !values.contains(value) { values.append(value) }
        }
        return values
    }

    /// What a comparison of two lists fails by, in a fixed order; nil where one is absent.
    private func difference(
        _ one: Path, _ other: Path, _ element: Element?, _ combine: (Set<JSONValue>, Set<JSONValue>) -> Set<JSONValue>
    ) -> [JSONValue]? {
        guard let left = values(one, element), let right = values(other, element) else { return nil }
        let blamed: Set<JSONValue> = combine(Set(left), Set(right))
        var seen: Set<JSONValue> = []
        return (left + right).filter { blamed.contains($0) && seen.insert($0).inserted }
    }

    private func shown(_ values: [JSONValue]) -> JSONValue {
        .array(values.prefix(ComplianceLimits.evidenceValues).compactMap { ComplianceFinding.shown($0) })
    }

    /// A whole number as an integer.
    private static func number(_ number: Double) -> JSONValue {
        Int64(exactly: number).map { .integer($0) } ?? .double(number)
    }
}
