internal import StemmaJSON

/// A policy as data: which versions it looks at, what it asks of them, and what is to become of those that answer to it.
package struct PolicyDefinition: Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        /// Moves a version where any criterion is met.
        case retirement
        /// Moves a version where every criterion is met.
        case promotion
    }

    package enum Mode: String, Sendable, CaseIterable {
        case recommend
        case enforce
    }

    let name: String
    let kind: Kind
    /// In the order of `PolicyShapes.criteria`.
    let criteria: [any PolicyCriterion]
    /// Nil: every version.
    let filter: FilterExpression?
    let states: [LifecycleState]
    let target: LifecycleState
    let mode: Mode
    /// Nil without a schedule.
    let everyMinutes: Int64?
    let isEnabled: Bool
    /// What was sent with what was left out filled in.
    let json: JSONObject

    /// Reads a policy. Throws `validationFailed` with every fault: of form, of the filter with its column, and of members that
    /// do not go together.
    init(_ body: JSONValue) throws(StemmaError) {
        let faults: [ShapeFault] = PolicyShapes.request.faults(in: body)
        guard faults.isEmpty else { throw StemmaError.validation(faults) }
        guard let name = body["name"]?.string, let kind = body["kind"]?.string.flatMap({ Kind(rawValue: $0) }) else {
            throw StemmaError.validation([ShapeFault(pointer: "", detail: "must have a name and a kind")])
        }
        self.name = name
        self.kind = kind
        mode = body["mode"]?.string.flatMap { Mode(rawValue: $0) } ?? .recommend
        isEnabled = body["enabled"]?.bool ?? true
        everyMinutes = body["schedule"]?["every_minutes"]?.integer
        let filterText: String? = body["filter"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        filter = try Self.parseFilter(filterText)

        var checker = PolicyChecker(kind: kind)
        criteria = checker.criteria(body["criteria"]?.object ?? JSONObject())
        target = checker.target(body["target_state"]?.string)
        states = checker.states(body["states"]?.array, target: target)
        guard checker.faults.isEmpty else { throw StemmaError.validation(checker.faults) }
        json = JSONObject([
            JSONObject.Member(name: "name", value: .string(name)),
            JSONObject.Member(name: "kind", value: .string(kind.rawValue)),
            JSONObject.Member(
                name: "criteria",
                value: .object(
                    JSONObject(criteria.map { JSONObject.Member(name: $0.name, value: .object($0.limit)) }))),
            JSONObject.Member(name: "filter", value: filterText.map { .string($0) } ?? .null),
            JSONObject.Member(name: "states", value: .array(states.map { .string($0.rawValue) })),
            JSONObject.Member(name: "target_state", value: .string(target.rawValue)),
            JSONObject.Member(name: "mode", value: .string(mode.rawValue)),
            JSONObject.Member(
                name: "schedule", value: everyMinutes.map { ["every_minutes": .integer($0)] } ?? .null),
            JSONObject.Member(name: "enabled", value: .bool(isEnabled)),
            JSONObject.Member(name: "description", value: body["description"] ?? .null),
        ])
    }

    /// Reads one that was stored. Throws `internalError` where the text is no policy.
    init(stored text: [UInt8]) throws(StemmaError) {
        let object: JSONObject = try StoredJSON.object(text)
        do {
            try self.init(.object(object))
        } catch {
            throw StemmaError(
                .internalError, "a stored policy cannot be read",
                cause: "stored policy: \(error.detail) \(error.faults)")
        }
    }

    /// When the schedule wants the first run after `now`; nil where nothing is scheduled.
    func firstRun(after now: Timestamp) -> Timestamp? {
        guard isEnabled, let everyMinutes else { return nil }
        return now.adding(milliseconds: everyMinutes * 60_000)
    }

    /// When the schedule wants the run after one that was due at `due`: in the same rhythm, and after `now`, so that runs
    /// that were missed are not made up for.
    func nextRun(due: Timestamp, now: Timestamp) -> Timestamp? {
        guard isEnabled, let everyMinutes else { return nil }
        let step: Int64 = everyMinutes * 60_000
        let late: Int64 = max(0, now.milliseconds - due.milliseconds)
        return due.adding(milliseconds: (late / step + 1) * step)
    }

    private static func parseFilter(_ text: String?) throws(StemmaError) -> FilterExpression? {
        guard let text else { return nil }
        do throws(FilterError) {
            return try FilterParser.parse(text, fields: .versions)
        } catch {
            throw StemmaError(
                .validationFailed, "the filter has a fault in column \(error.column): \(error.message)",
                faults: [
                    StemmaError.Fault(pointer: "/filter", detail: "column \(error.column): \(error.message)")
                ], members: ["column": .integer(Int64(error.column))])
        }
    }
}

/// Checks what the shape of a policy cannot say.
private struct PolicyChecker {
    let kind: PolicyDefinition.Kind
    private(set) var faults: [ShapeFault] = []

    init(kind: PolicyDefinition.Kind) { self.kind = kind }

    mutating func criteria(_ object: JSONObject) -> [any PolicyCriterion] {
        let known: [String: PolicyCriteria.Make] =
            switch kind {
            case .retirement: PolicyCriteria.retirement
            case .promotion: PolicyCriteria.promotion
            }
        var found: [any PolicyCriterion] = []
        for (name, _) in PolicyShapes.criteria {
            guard let parameters = object[name]?.object else { continue }
            guard let make = known[name] else {
                faults.append(
                    ShapeFault(
                        pointer: "/criteria/" + name,
                        detail:
                            "is no criterion of a \(kind.rawValue), which has \(known.keys.sorted().joined(separator: ", "))"
                    ))
                continue
            }
            do throws(PolicyCriteria.Fault) {
                found.append(try make(parameters))
            } catch {
                faults.append(ShapeFault(pointer: "/criteria/\(name)" + error.pointer, detail: error.detail))
            }
        }
        if found.isEmpty, faults.isEmpty {
            faults.append(ShapeFault(pointer: "/criteria", detail: "must have at least one criterion"))
        }
        return found
    }

    mutating func target(_ name: String?) -> LifecycleState {
        let allowed: [LifecycleState] =
            switch kind {
            case .retirement: [.deprecated, .archived]
            case .promotion: [.production, .staging, .shadow, .validation]
            }
        guard let state = name.flatMap({ LifecycleState(rawValue: $0) }) else { return allowed[0] }
        if !allowed.contains(state) {
            faults.append(
                ShapeFault(
                    pointer: "/target_state",
                    detail: "a \(kind.rawValue) leads to \(allowed.map(\.rawValue).joined(separator: " or "))"))
        }
        return state
    }

    mutating func states(_ values: [JSONValue]?, target: LifecycleState) -> [LifecycleState] {
        let allowed: [LifecycleState] =
            switch kind {
            case .retirement: LifecycleState.allCases.filter { $0 != .archived }
            case .promotion: [.development, .validation, .staging, .shadow]
            }
        guard let values else {
            let usual: [LifecycleState] = kind == .retirement ? [.production] : [.staging, .shadow]
            return usual.filter { $0 != target }
        }
        var states: [LifecycleState] = []
        for (index, value) in values.enumerated() {
            guard let state = value.string.flatMap({ LifecycleState(rawValue: $0) }) else { continue }
            let detail: String? =
                if state == target {
                    "is where the policy leads to"
                } else if !allowed.contains(state) {
                    "no \(kind.rawValue) starts from there"
                } else if states.contains(state) {
                    "comes twice"
                } else {
                    nil
                }
            if let detail { faults.append(ShapeFault(pointer: "/states/\(index)", detail: detail)) }
            states.append(state)
        }
        return states
    }
}
