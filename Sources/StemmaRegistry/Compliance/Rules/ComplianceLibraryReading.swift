internal import StemmaJSON

/// Turns packs into rules, follows what they include from each other, and gathers what is wrong.
struct ComplianceLibraryReading {
    private(set) var faults: [ComplianceRuleFault] = []
    /// Every rule by its id, wherever it is written.
    private(set) var written: [String: ComplianceRule] = [:]
    private var drafts: [Draft] = []
    private var resolved: [String: [ComplianceRule]] = [:]
    /// Packs whose includes are being followed, the first one asked for first.
    private var open: [String] = []

    /// A pack whose own rules are read.
    private struct Draft {
        let name: String
        let json: JSONValue
        let own: [ComplianceRule]
    }

    /// All packs in order; what is faulty is left out.
    mutating func packs(_ sources: [ComplianceLibrary.Source]) -> [ComplianceRulePack] {
        for source in sources { read(source) }
        return drafts.compactMap { draft in
            guard let title = draft.json["title"]?.string, let version = draft.json["version"]?.integer,
                let description = draft.json["description"]?.string,
                let floor = draft.json["retention_floor_days"]?.integer
            else { return nil }
            return ComplianceRulePack(
                framework: draft.name, title: title, version: version, description: description,
                retentionFloorDays: floor, rules: rules(of: draft))
        }
    }

    private mutating func read(_ source: ComplianceLibrary.Source) {
        let items: [JSONValue] = source.json["rules"]?.array ?? []
        for fault in ComplianceRulePack.shape.faults(in: source.json) {
            report(
                .malformed, source.name, rule: Self.rule(at: fault.pointer, in: items), fault.pointer, fault.detail)
        }
        if let framework = source.json["framework"]?.string, framework != source.name {
            report(.malformed, source.name, "/framework", "must be the name of the pack, \(source.name)")
        }
        guard !drafts.contains(where: { $0.name == source.name }) else {
            report(.duplicatePack, source.name, "", "there are two packs of that name")
            return
        }
        let own: [ComplianceRule] = items.enumerated().compactMap { index, item in
            read(item, JSONPointer.appending(index, to: "/rules"), source.name)
        }
        drafts.append(Draft(name: source.name, json: source.json, own: own))
    }

    private mutating func read(_ item: JSONValue, _ pointer: String, _ pack: String) -> ComplianceRule? {
        let id: String? = item["id"]?.string
        let reading = ComplianceRule.parse(item, pack: pack)
        for fault in reading.faults {
            report(fault.reason, pack, rule: id, pointer + fault.pointer, fault.detail)
        }
        // A rule of a bad form may be readable all the same; its fault is known already.
        guard let rule = reading.rule else { return nil }
        if let other = written[rule.id] {
            report(
                .duplicateRule, pack, rule: rule.id, pointer + "/id",
                other.pack == pack ? "appears more than once" : "stands in the pack \(other.pack) too; include it")
            return nil
        }
        written[rule.id] = rule
        return rule
    }

    /// Own and included rules.
    private mutating func rules(of draft: Draft) -> [ComplianceRule] {
        if let known = resolved[draft.name] { return known }
        open.append(draft.name)
        defer { open.removeLast() }
        var rules: [ComplianceRule] = draft.own
        for (index, item) in (draft.json["include"]?.array ?? []).enumerated() {
            let pointer: String = JSONPointer.appending(index, to: "/include")
            guard let name = item["pack"]?.string else { continue }
            guard let other = drafts.first(where: { $0.name == name }) else {
                report(.unknownPack, draft.name, pointer + "/pack", "there is no pack \(name)")
                continue
            }
            if let start = open.firstIndex(of: name) {
                let circle: String = (open[start...] + [name]).joined(separator: " includes ")
                report(.cycle, draft.name, pointer + "/pack", circle)
                continue
            }
            let there: [ComplianceRule] = self.rules(of: other)
            for (place, id) in (item["rules"]?.array ?? []).compactMap(\.string).enumerated() {
                let position: String = JSONPointer.appending(place, to: pointer + "/rules")
                if rules.contains(where: { $0.id == id }) {
                    report(.duplicateRule, draft.name, rule: id, position, "the pack has it already")
                } else if let rule = there.first(where: { $0.id == id }) {
                    rules.append(rule)
                } else if !Self.names(id, other) {
                    report(.unknownRule, draft.name, rule: id, position, "the pack \(name) has no rule \(id)")
                }
            }
        }
        resolved[draft.name] = rules
        return rules
    }

    /// Whether a pack writes or includes a rule of that id, readable or not: what is wrong with it is said once.
    private static func names(_ id: String, _ draft: Draft) -> Bool {
        (draft.json["rules"]?.array ?? []).contains { $0["id"]?.string == id }
            || (draft.json["include"]?.array ?? []).contains { $0["rules"]?.array?.contains(.string(id)) ?? false }
    }

    /// The id of the rule that a pointer leads into.
    private static func rule(at pointer: String, in items: [JSONValue]) -> String? {
        let steps: [Substring] = pointer.split(separator: "/")
        guard steps.count >= 2, steps[0] == "rules", let index = Int(steps[1]), items.indices.contains(index) else {
            return nil
        }
        return items[index]["id"]?.string
    }

    private mutating func report(
        _ reason: ComplianceRuleFault.Reason, _ pack: String, rule: String? = nil, _ pointer: String, _ detail: String
    ) {
        faults.append(
            ComplianceRuleFault(reason: reason, pack: pack, rule: rule, pointer: pointer, detail: detail))
    }
}
