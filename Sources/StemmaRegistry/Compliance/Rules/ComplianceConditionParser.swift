internal import StemmaJSON

/// Reads conditions of one rule from JSON and gathers what is wrong with them: form, unknown facts, types that do not fit,
/// parameters that do not exist.
struct ComplianceConditionParser {
    typealias Reason = ComplianceRuleFault.Reason

    struct Fault {
        let reason: Reason
        /// JSON Pointer within the rule.
        let pointer: String
        let detail: String
    }

    let scope: ComplianceScope
    let params: JSONObject
    private(set) var faults: [Fault] = []
    private(set) var usedParams: Set<String> = []
    /// Names of the vocabulary, keys of elements included.
    private(set) var usedFacts: Set<String> = []
    private var count: Int = 0

    init(scope: ComplianceScope, params: JSONObject) {
        self.scope = scope
        self.params = params
    }

    /// Where a condition stands.
    private struct Place {
        let pointer: String
        let depth: Int
        /// The name of the list whose element `it` is; nil outside of quantifiers.
        let list: String?

        func inner(_ name: String, list: String? = nil, deeper: Int = 0) -> Place {
            Place(pointer: JSONPointer.appending(name, to: pointer), depth: depth + deeper, list: list ?? self.list)
        }

        func inner(_ index: Int) -> Place {
            Place(pointer: JSONPointer.appending(index, to: pointer), depth: depth, list: list)
        }
    }

    /// A path with what the vocabulary says of it.
    private struct Typed {
        let path: ComplianceFactPath
        let name: String
        let type: ComplianceFactType
    }

    /// Nil where `faults` says why.
    mutating func condition(_ value: JSONValue, at pointer: String) -> ComplianceCondition? {
        condition(value, Place(pointer: pointer, depth: 1, list: nil))
    }

    private mutating func condition(_ value: JSONValue, _ place: Place) -> ComplianceCondition? {
        count += 1
        guard count <= ComplianceLimits.conditionsPerRule, place.depth <= ComplianceLimits.conditionDepth else {
            return refuse(
                .tooComplex, place.pointer,
                "a rule has at most \(ComplianceLimits.conditionsPerRule) conditions, "
                    + "\(ComplianceLimits.conditionDepth) inside one another")
        }
        guard let member = value.object?.members.first, value.object?.count == 1 else {
            return refuse(.malformed, place.pointer, "a condition is an object with one member, its operator")
        }
        guard let name = ComplianceCondition.Operator(rawValue: member.name) else {
            let known: String = ComplianceCondition.Operator.allCases.map(\.rawValue).joined(separator: ", ")
            return refuse(
                .unknownOperator, JSONPointer.appending(member.name, to: place.pointer),
                "there is no such operator; there are \(known)")
        }
        return kind(name, member.value, place.inner(member.name, deeper: 1)).map {
            ComplianceCondition(pointer: place.pointer, kind: $0)
        }
    }

    private mutating func kind(
        _ name: ComplianceCondition.Operator, _ value: JSONValue, _ place: Place
    ) -> ComplianceCondition.Kind? {
        switch name {
        case .all: return parts(value, place).map { .all($0) }
        case .any: return parts(value, place).map { .any($0) }
        case .not: return condition(value, place).map { .not($0) }
        case .everyElement: return quantified(value, place).map { .everyElement($0) }
        case .someElement: return quantified(value, place).map { .someElement($0) }
        case .distinctAtLeast: return counted(value, place).map { .distinctAtLeast($0) }
        case .present: return fact(value, place).map { .present($0.path) }
        case .equals: return equals(value, place)
        case .among: return values(value, place) { type in type.scalar != nil }.map { .among($0.path, $0.values) }
        case .includes:
            return values(value, place) { type in type.scalar != nil && type.isList }.map {
                .includes($0.path, $0.values)
            }
        case .atLeast: return numbers(value, place).map { .atLeast($0, $1) }
        case .atMost: return numbers(value, place).map { .atMost($0, $1) }
        case .withinDays: return withinDays(value, place)
        case .timeOrder: return timeOrder(value, place)
        case .same: return pair(value, place).map { .same($0, $1) }
        case .disjoint: return pair(value, place).map { .disjoint($0, $1) }
        }
    }

    // Combinations.

    private mutating func parts(_ value: JSONValue, _ place: Place) -> [ComplianceCondition]? {
        guard let items = value.array, !items.isEmpty else {
            return refuse(.malformed, place.pointer, "must be a list of conditions, at least one")
        }
        var parts: [ComplianceCondition] = []
        for (index, item) in items.enumerated() {
            if let part = condition(item, place.inner(index)) { parts.append(part) }
        }
        return parts.count == items.count ? parts : nil
    }

    private mutating func quantified(_ value: JSONValue, _ place: Place) -> ComplianceCondition.Quantified? {
        guard members(value, ["of", "that"], optional: [], place), let of = value["of"], let that = value["that"],
            let list = list(of, place.inner("of"))
        else { return nil }
        guard let part = condition(that, place.inner("that", list: list.name)) else { return nil }
        return ComplianceCondition.Quantified(list: list.path, key: key(of: list), that: part)
    }

    private mutating func counted(_ value: JSONValue, _ place: Place) -> ComplianceCondition.Counted? {
        guard members(value, ["of", "by", "count"], optional: ["that"], place), let of = value["of"],
            let by = value["by"], let count = value["count"], let list = list(of, place.inner("of"))
        else { return nil }
        let inside: Place = place.inner("by", list: list.name)
        guard let member = fact(by, inside), let limit = number(count, place.inner("count")) else { return nil }
        guard member.path.startsAtElement, !member.type.isList else {
            return refuse(.typeMismatch, inside.pointer, "must be a member of the element, not a list: it.<member>")
        }
        guard let wanted = Int64(exactly: limit), wanted >= 1 else {
            return refuse(
                .malformed, JSONPointer.appending("count", to: place.pointer), "must be a whole number of at least 1")
        }
        guard let that = value["that"] else {
            return ComplianceCondition.Counted(list: list.path, by: member.path, count: wanted, that: nil)
        }
        return condition(that, place.inner("that", list: list.name)).map {
            ComplianceCondition.Counted(list: list.path, by: member.path, count: wanted, that: $0)
        }
    }

    private mutating func key(of list: Typed) -> String? {
        guard case .records(let key) = list.type else { return nil }
        usedFacts.insert("\(list.name).\(ComplianceFactPath.everyName).\(key)")
        return key
    }

    // Comparisons.

    private mutating func equals(_ value: JSONValue, _ place: Place) -> ComplianceCondition.Kind? {
        guard let sides = sides(value, 2, "[fact, value]", place), let fact = fact(sides[0], place.inner(0)) else {
            return nil
        }
        guard case .one(let scalar) = fact.type, scalar != .time else {
            return refuse(.typeMismatch, place.inner(0).pointer, "\(fact.name) is \(fact.type.name)")
        }
        return constant(sides[1], of: scalar, fact.name, place.inner(1)).map { .equals(fact.path, $0) }
    }

    /// `[fact, [value, ...]]`.
    private mutating func values(
        _ value: JSONValue, _ place: Place, _ isAllowed: (ComplianceFactType) -> Bool
    ) -> (path: ComplianceFactPath, values: [JSONValue])? {
        guard let sides = sides(value, 2, "[fact, [values]]", place), let fact = fact(sides[0], place.inner(0)) else {
            return nil
        }
        guard isAllowed(fact.type), let scalar = fact.type.scalar, scalar != .time else {
            return refuse(.typeMismatch, place.inner(0).pointer, "\(fact.name) is \(fact.type.name)")
        }
        let second: Place = place.inner(1)
        guard let items = sides[1].array, (1...ComplianceLimits.valuesPerCondition).contains(items.count) else {
            return refuse(
                .malformed, second.pointer, "must be a list of 1 to \(ComplianceLimits.valuesPerCondition) values")
        }
        var values: [JSONValue] = []
        for (index, item) in items.enumerated() {
            if let value = constant(item, of: scalar, fact.name, second.inner(index)) { values.append(value) }
        }
        return values.count == items.count ? (fact.path, values) : nil
    }

    private mutating func numbers(
        _ value: JSONValue, _ place: Place
    ) -> (ComplianceFactPath, ComplianceCondition.NumberOperand)? {
        guard let sides = sides(value, 2, "[fact, number or fact]", place),
            let fact = fact(sides[0], .number, place.inner(0))
        else { return nil }
        if let text = sides[1].string, !text.hasPrefix("$") {
            return self.fact(sides[1], .number, place.inner(1)).map { (fact, .fact($0)) }
        }
        return number(sides[1], place.inner(1)).map { (fact, .number($0)) }
    }

    private mutating func withinDays(_ value: JSONValue, _ place: Place) -> ComplianceCondition.Kind? {
        guard let sides = sides(value, 3, "[earlier, later, days]", place), let from = time(sides[0], place.inner(0)),
            let to = time(sides[1], place.inner(1)), let days = number(sides[2], place.inner(2))
        else { return nil }
        guard days >= 0, days <= Double(ComplianceLimits.days) else {
            return refuse(.malformed, place.inner(2).pointer, "must be 0 to \(ComplianceLimits.days) days")
        }
        return .withinDays(from, to, days)
    }

    private mutating func timeOrder(_ value: JSONValue, _ place: Place) -> ComplianceCondition.Kind? {
        guard let sides = sides(value, 2, "[earlier, later]", place), let from = time(sides[0], place.inner(0)),
            let to = time(sides[1], place.inner(1))
        else { return nil }
        return .timeOrder(from, to)
    }

    private mutating func pair(_ value: JSONValue, _ place: Place) -> (ComplianceFactPath, ComplianceFactPath)? {
        guard let sides = sides(value, 2, "[fact, fact]", place), let one = fact(sides[0], place.inner(0)),
            let other = fact(sides[1], place.inner(1))
        else { return nil }
        guard let scalar = one.type.scalar, let second = other.type.scalar, scalar.isComparable(with: second) else {
            return refuse(
                .typeMismatch, place.pointer,
                "\(one.name) is \(one.type.name), and \(other.name) is \(other.type.name): they have nothing in common")
        }
        return (one.path, other.path)
    }

    // Operands.

    private mutating func sides(_ value: JSONValue, _ count: Int, _ form: String, _ place: Place) -> [JSONValue]? {
        guard let sides = value.array, sides.count == count else {
            return refuse(.malformed, place.pointer, "must be \(form)")
        }
        return sides
    }

    private mutating func members(
        _ value: JSONValue, _ required: [String], optional: [String], _ place: Place
    ) -> Bool {
        guard let object = value.object, required.allSatisfy({ object[$0] != nil }),
            object.members.allSatisfy({ required.contains($0.name) || optional.contains($0.name) })
        else {
            let form: String = (required + optional.map { $0 + "?" }).joined(separator: ", ")
            report(.malformed, place.pointer, "must be an object of \(form)")
            return false
        }
        return true
    }

    private mutating func list(_ value: JSONValue, _ place: Place) -> Typed? {
        guard let fact = fact(value, place) else { return nil }
        guard fact.type.isList, !fact.path.isProjection else {
            return refuse(.typeMismatch, place.pointer, "\(fact.name) is \(fact.type.name), and no list")
        }
        return fact
    }

    private mutating func fact(_ value: JSONValue, _ scalar: ComplianceFactType.Scalar, _ place: Place)
        -> ComplianceFactPath?
    {
        guard let fact = fact(value, place) else { return nil }
        guard fact.type == .one(scalar) else {
            return refuse(.typeMismatch, place.pointer, "\(fact.name) is \(fact.type.name), and not \(scalar.name)")
        }
        return fact.path
    }

    private mutating func fact(_ value: JSONValue, _ place: Place) -> Typed? {
        guard let text = value.string, let path = ComplianceFactPath(text) else {
            return refuse(.malformed, place.pointer, "must be the path of a fact, e.g. version.risk.tier")
        }
        guard let name = path.factName(within: place.list) else {
            return refuse(.malformed, place.pointer, "\(text) has a meaning only inside of a quantifier")
        }
        guard let type = ComplianceFacts.type(of: name, isProjection: path.isProjection) else {
            return refuse(.unknownFact, place.pointer, "there is no fact \(name)")
        }
        guard ComplianceFacts.isVisible(name, to: scope) else {
            return refuse(
                .factOutOfScope, place.pointer, "a rule of the scope \(scope.rawValue) has no fact \(name)")
        }
        usedFacts.insert(ComplianceFacts.listName(of: name) ?? name)
        return Typed(path: path, name: name, type: type)
    }

    private mutating func time(_ value: JSONValue, _ place: Place) -> ComplianceCondition.TimeOperand? {
        if value.string == "now" { return .now }
        return fact(value, .time, place).map { .fact($0) }
    }

    private mutating func number(_ value: JSONValue, _ place: Place) -> Double? {
        guard let value = resolved(value, place) else { return nil }
        return value.number ?? refuse(.malformed, place.pointer, "must be a number or the parameter of one")
    }

    private mutating func constant(
        _ value: JSONValue, of scalar: ComplianceFactType.Scalar, _ name: String, _ place: Place
    ) -> JSONValue? {
        guard let constant = resolved(value, place) else { return nil }
        let fits: Bool =
            switch (scalar, constant) {
            case (.text, .string), (.flag, .bool), (.number, .integer), (.number, .double): true
            case (.choice(let choices), .string(let text)): choices.contains(text)
            default: false
            }
        return fits
            ? constant : refuse(.typeMismatch, place.pointer, "\(name) is \(scalar.name), and never \(constant)")
    }

    /// The value itself, or that of the parameter `$name`.
    private mutating func resolved(_ value: JSONValue, _ place: Place) -> JSONValue? {
        guard let text = value.string, text.hasPrefix("$") else { return value }
        let name = String(text.dropFirst())
        usedParams.insert(name)
        return params[name] ?? refuse(.unknownParameter, place.pointer, "the rule has no parameter \(name)")
    }

    private mutating func refuse<Result>(_ reason: Reason, _ pointer: String, _ detail: String) -> Result? {
        report(reason, pointer, detail)
        return nil
    }

    private mutating func report(_ reason: Reason, _ pointer: String, _ detail: String) {
        faults.append(Fault(reason: reason, pointer: pointer, detail: detail))
    }
}
