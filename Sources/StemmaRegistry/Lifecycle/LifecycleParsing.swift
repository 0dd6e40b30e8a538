package import StemmaJSON

extension LifecycleDefinition {
    /// Reads a definition from its JSON. Throws `validationFailed` with every fault: of form, of names that do not exist,
    /// and of rules that contradict each other.
    package init(_ body: JSONValue) throws(StemmaError) {
        let faults: [ShapeFault] = LifecycleShapes.request.faults(in: body)
        guard faults.isEmpty else { throw StemmaError.validation(faults) }
        var reader = LifecycleReading()
        states = reader.states(body["states"]?.array ?? [])
        transitions = reader.transitions(body["transitions"]?.array ?? [])
        gates = reader.gates(body["gates"])
        environments = reader.environments(body["environments"]?.object)
        // Without rules of its own a rollout asks for what a promotion does, but for the test that it is itself.
        let promotion: [GuardRule] = transitions.first { $0.to == .production }?.guards ?? []
        rolloutGuards =
            body["rollout"]?["guards"] == nil
            ? promotion.filter { $0.name != "ab_test_results" }
            : reader.guards(body["rollout"]?["guards"], at: "/rollout/guards")
        protectedAliases = reader.protectedAliases(body["protected_aliases"]?.array ?? [])
        json = .object(
            JSONObject(
                LifecycleShapes.definition.compactMap { field in
                    body[field.name].map { JSONObject.Member(name: field.name, value: $0) }
                }))
        reader.check(self)
        guard reader.faults.isEmpty else { throw StemmaError.validation(reader.faults) }
    }
}

/// Turns checked JSON into rules and gathers what is wrong with them.
private struct LifecycleReading {
    var faults: [ShapeFault] = []

    private func state(_ value: JSONValue?) -> LifecycleState? {
        value?.string.flatMap { LifecycleState(rawValue: $0) }
    }

    private func roles(_ value: JSONValue?) -> Set<Role> {
        Set((value?.array ?? []).compactMap { $0.string.flatMap { Role($0) } })
    }

    mutating func states(_ items: [JSONValue]) -> [LifecycleDefinition.StateRule] {
        var rules: [LifecycleDefinition.StateRule] = []
        for (index, item) in items.enumerated() {
            let pointer: String = "/states/\(index)"
            guard let name = state(item["state"]) else { continue }
            if rules.contains(where: { $0.state == name }) {
                faults.append(ShapeFault(pointer: pointer + "/state", detail: "appears more than once"))
            }
            let isExclusive: Bool = item["exclusive"]?.bool ?? false
            let displacedTo: LifecycleState? = state(item["displaced_to"])
            let withdrawnTo: LifecycleState? = state(item["withdrawn_to"])
            if isExclusive, name != .production {
                faults.append(ShapeFault(pointer: pointer + "/exclusive", detail: "is for production only"))
            }
            if isExclusive, displacedTo == nil || withdrawnTo == nil {
                faults.append(
                    ShapeFault(pointer: pointer, detail: "an exclusive state needs displaced_to and withdrawn_to"))
            }
            for (member, target) in [("displaced_to", displacedTo), ("withdrawn_to", withdrawnTo)] {
                if target != nil, !isExclusive {
                    faults.append(ShapeFault(pointer: pointer + "/" + member, detail: "is for exclusive states only"))
                }
                if target == name || target == .production {
                    faults.append(
                        ShapeFault(pointer: pointer + "/" + member, detail: "must be another state than this one"))
                }
            }
            rules.append(
                LifecycleDefinition.StateRule(
                    state: name, alias: item["alias"]?.string, isExclusive: isExclusive, displacedTo: displacedTo,
                    withdrawnTo: withdrawnTo, rollbackBy: roles(item["rollback_by"]),
                    rollbackGuards: guards(item["rollback_guards"], at: pointer + "/rollback_guards")))
        }
        return rules
    }

    mutating func transitions(_ items: [JSONValue]) -> [LifecycleDefinition.TransitionRule] {
        var rules: [LifecycleDefinition.TransitionRule] = []
        for (index, item) in items.enumerated() {
            let pointer: String = "/transitions/\(index)"
            guard let from = state(item["from"]), let to = state(item["to"]) else { continue }
            if from == to {
                faults.append(ShapeFault(pointer: pointer + "/to", detail: "must be another state than from"))
            }
            if rules.contains(where: { $0.from == from && $0.to == to }) {
                faults.append(ShapeFault(pointer: pointer, detail: "\(from) to \(to) appears more than once"))
            }
            rules.append(
                LifecycleDefinition.TransitionRule(
                    from: from, to: to, requestedBy: roles(item["requested_by"]),
                    automaticAfterMinutes: item["automatic_after_minutes"]?.integer,
                    guards: guards(item["guards"], at: pointer + "/guards")))
        }
        return rules
    }

    mutating func guards(_ value: JSONValue?, at pointer: String) -> [LifecycleDefinition.GuardRule] {
        (value?.array ?? []).enumerated().compactMap { index, item in
            guardRule(item["guard"]?.string ?? "", item["parameters"], at: "\(pointer)/\(index)")
        }
    }

    private mutating func guardRule(
        _ name: String, _ parameters: JSONValue?, at pointer: String
    ) -> LifecycleDefinition.GuardRule? {
        guard let kind = GuardCatalogue.guards[name] else {
            let known: String = GuardCatalogue.guards.keys.sorted().joined(separator: ", ")
            faults.append(ShapeFault(pointer: pointer + "/guard", detail: "there is no such guard; there are \(known)"))
            return nil
        }
        let given: JSONObject = parameters?.object ?? JSONObject()
        let found: [ShapeFault] = Shape.object(kind.parameters).faults(in: .object(given), at: pointer + "/parameters")
        faults += found
        guard found.isEmpty else { return nil }
        var whole: JSONObject = kind.defaults
        for member in given.members where !member.value.isNull { whole.set(member.name, member.value) }
        return LifecycleDefinition.GuardRule(name: name, parameters: whole)
    }

    mutating func gates(_ value: JSONValue?) -> [LifecycleDefinition.GateRule] {
        Role.gates.compactMap { name in
            guard let gate = value?[name] else { return nil }
            let items: [JSONValue] = gate["items"]?.array ?? []
            var parsed: [LifecycleDefinition.GateItem] = []
            for (index, item) in items.enumerated() {
                let pointer: String = "/gates/\(name)/items/\(index)"
                let itemName: String = item["item"]?.string ?? ""
                if parsed.contains(where: { $0.name == itemName }) {
                    faults.append(ShapeFault(pointer: pointer + "/item", detail: "appears more than once"))
                }
                var rule: LifecycleDefinition.GuardRule?
                if let guardName = item["guard"]?.string {
                    if guardName == GuardCatalogue.approvalGates {
                        faults.append(ShapeFault(pointer: pointer + "/guard", detail: "a gate cannot rest on gates"))
                    } else {
                        rule = guardRule(guardName, item["parameters"], at: pointer)
                    }
                } else if let parameters = item["parameters"], !parameters.isNull {
                    faults.append(ShapeFault(pointer: pointer + "/parameters", detail: "are for items with a guard"))
                }
                parsed.append(
                    LifecycleDefinition.GateItem(
                        name: itemName, title: item["title"]?.string ?? "", guardRule: rule))
            }
            return LifecycleDefinition.GateRule(
                gate: name, quorum: Int(gate["quorum"]?.integer ?? 1),
                expiresAfterDays: gate["expires_after_days"]?.integer, reviewers: roles(gate["reviewers"]),
                items: parsed)
        }
    }

    mutating func environments(_ value: JSONObject?) -> [LifecycleDefinition.EnvironmentRule] {
        (value?.members ?? []).map { member in
            let pointer: String = JSONPointer.appending(member.name, to: "/environments")
            let isName: Bool = member.name.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || byte == UInt8(ascii: "-")
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            }
            if !isName {
                faults.append(
                    ShapeFault(pointer: pointer, detail: "must be named in lower case letters, digits and hyphens"))
            }
            return LifecycleDefinition.EnvironmentRule(
                name: member.name, states: Set((member.value["states"]?.array ?? []).compactMap { state($0) }),
                guards: guards(member.value["guards"], at: pointer + "/guards"))
        }
    }

    mutating func protectedAliases(_ items: [JSONValue]) -> [LifecycleDefinition.ProtectedAlias] {
        items.map { item in
            LifecycleDefinition.ProtectedAlias(
                alias: item["alias"]?.string ?? "",
                states: Set((item["states"]?.array ?? []).compactMap { state($0) }))
        }
    }

    /// A state that automatic transitions lead back to; nil where there is none.
    private static func automaticCircle(_ definition: LifecycleDefinition) -> LifecycleState? {
        let automatic: [LifecycleDefinition.TransitionRule] = definition.transitions.filter {
            $0.automaticAfterMinutes != nil
        }
        return LifecycleState.allCases.first { start in
            var reached: Set<LifecycleState> = []
            var open: [LifecycleState] = [start]
            while let state = open.popLast() {
                for rule in automatic where rule.from == state && reached.insert(rule.to).inserted {
                    open.append(rule.to)
                }
            }
            return reached.contains(start)
        }
    }

    /// What no single rule can know.
    mutating func check(_ definition: LifecycleDefinition) {
        let known: Set<LifecycleState> = Set(definition.states.map(\.state))
        if definition.rule(.production)?.isExclusive == false {
            faults.append(ShapeFault(pointer: "/states", detail: "production must be exclusive"))
        }
        // Were the alias free for a while, it could point elsewhere once it is bound again.
        if definition.rule(.production)?.alias != LifecycleState.production.rawValue {
            faults.append(
                ShapeFault(
                    pointer: "/states", detail: "production, with the alias production, must be among the states"))
        }
        if !known.contains(.development) {
            faults.append(ShapeFault(pointer: "/states", detail: "development, where versions begin, is missing"))
        }
        for (index, rule) in definition.transitions.enumerated() {
            for (member, name) in [("from", rule.from), ("to", rule.to)] where !known.contains(name) {
                faults.append(
                    ShapeFault(pointer: "/transitions/\(index)/\(member)", detail: "is not among the states"))
            }
        }
        for (index, rule) in definition.states.enumerated() {
            for target in [rule.displacedTo, rule.withdrawnTo] {
                if let target, !known.contains(target) {
                    faults.append(
                        ShapeFault(pointer: "/states/\(index)", detail: "\(target.rawValue) is not among the states"))
                }
            }
        }
        if let state = LifecycleReading.automaticCircle(definition) {
            faults.append(
                ShapeFault(
                    pointer: "/transitions",
                    detail: "automatic transitions lead from \(state.rawValue) back to it, so versions would never rest"
                ))
        }
        var aliases: Set<String> = []
        for alias in definition.states.compactMap(\.alias) + definition.protectedAliases.map(\.alias)
        where !aliases.insert(alias).inserted {
            faults.append(
                ShapeFault(pointer: "/protected_aliases", detail: "the alias \(alias) appears more than once"))
        }
        let used: [LifecycleDefinition.GuardRule] =
            definition.transitions.flatMap(\.guards) + definition.states.flatMap(\.rollbackGuards)
            + definition.rolloutGuards
            + definition.environments.flatMap(\.guards)
        let gates: Set<String> = Set(definition.gates.map(\.gate))
        for rule in used where rule.name == GuardCatalogue.approvalGates {
            for gate in rule.parameters["gates"]?.array ?? [] {
                guard let name = gate.string, !gates.contains(name) else { continue }
                faults.append(ShapeFault(pointer: "/gates", detail: "the gate \(name) is demanded but not defined"))
            }
        }
    }
}
