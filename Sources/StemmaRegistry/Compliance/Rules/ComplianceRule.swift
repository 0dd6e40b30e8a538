package import StemmaJSON

/// What a rule is about: the registry as a whole, or each model, or each version.
package enum ComplianceScope: String, Sendable, CaseIterable {
    case registry, model, version
}

package enum ComplianceSeverity: String, Sendable, CaseIterable, Comparable {
    case low, medium, high, critical

    package static func < (left: ComplianceSeverity, right: ComplianceSeverity) -> Bool { left.rank < right.rank }

    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// One check that auditors ask for, as versioned data.
package struct ComplianceRule: Sendable {
    /// E.g. `SOD-01`; unique over all packs.
    package let id: String
    /// Counts up with every change of what the rule says; results name it.
    package let version: Int64
    package let title: String
    package let severity: ComplianceSeverity
    package let scope: ComplianceScope
    /// Which subjects the rule is about; nil: all of its scope.
    package let applies: ComplianceCondition?
    package let passes: ComplianceCondition
    /// Numbers and texts by name; the conditions have them filled in.
    package let params: JSONObject
    package let remediation: Remediation
    /// What the rule rests on.
    package let citations: [String]
    /// The pack in which it is written.
    package let pack: String
    /// Names of the facts that it reads, as the vocabulary has them.
    package let facts: Set<String>
    /// As written.
    package let json: JSONValue

    /// What a failed rule asks to be done.
    package struct Remediation: Sendable, Equatable {
        package enum Owner: String, Sendable, CaseIterable {
            case modelOwner = "model_owner"
            case auditor, admin
        }

        package let action: String
        package let owner: Owner
        /// From the first failure.
        package let dueDays: Int64
    }
}

extension ComplianceRule {
    /// What a rule looks like in a pack.
    package static let shape: Shape = .named(
        "ComplianceRule",
        .object([
            Shape.Field("id", .text(maxBytes: 20, check: idProblem), required: true, "E.g. `SOD-01`"),
            Shape.Field("version", .integer(1...1_000_000), required: true, "Counts up with every change"),
            Shape.Field("title", ComplianceShapes.line, required: true, "What holds where the rule is kept"),
            Shape.Field(
                "severity", .choice(ComplianceSeverity.allCases.map(\.rawValue)), required: true,
                "How bad it is to fail it"),
            Shape.Field(
                "scope", .choice(ComplianceScope.allCases.map(\.rawValue)), required: true, "What it is about"),
            Shape.Field("applies", .any, "The condition that picks its subjects; all where absent"),
            Shape.Field("passes", .any, required: true, "The condition that keeps it"),
            Shape.Field(
                "params", .map(of: .any, maxCount: ComplianceLimits.paramsPerRule, keyBytes: 100),
                "Numbers and texts that conditions name as `$name`"),
            Shape.Field(
                "remediation",
                .object([
                    Shape.Field("action", ComplianceShapes.line, required: true, "What to do"),
                    Shape.Field(
                        "owner", .choice(Remediation.Owner.allCases.map(\.rawValue)), required: true, "Who has to"),
                    Shape.Field("due_days", .integer(0...ComplianceLimits.dueDays), required: true, "In how many days"),
                ]), required: true),
            Shape.Field(
                "citations", .array(of: ComplianceShapes.line, count: 1...ComplianceLimits.citationsPerRule),
                required: true, "What it rests on"),
        ]))

    private static func idProblem(_ text: String) -> String? {
        text.wholeMatch(of: /[A-Z]{2,10}-[0-9]{2}/) == nil
            ? "must be capital letters, a hyphen and two digits, e.g. SOD-01" : nil
    }

    /// Reads a rule whose form was checked. Answers what is wrong with it instead where anything is.
    static func parse(
        _ json: JSONValue, pack: String
    ) -> (rule: ComplianceRule?, faults: [ComplianceConditionParser.Fault]) {
        let params: JSONObject = json["params"]?.object ?? JSONObject()
        guard let id = json["id"]?.string, let version = json["version"]?.integer, let title = json["title"]?.string,
            let severity = ComplianceSeverity(rawValue: json["severity"]?.string ?? ""),
            let scope = ComplianceScope(rawValue: json["scope"]?.string ?? ""), let condition = json["passes"],
            let remediation = Remediation(json["remediation"])
        else { return (nil, []) }
        var parser = ComplianceConditionParser(scope: scope, params: params)
        let applies: ComplianceCondition? = json["applies"].flatMap { parser.condition($0, at: "/applies") }
        let passes: ComplianceCondition? = parser.condition(condition, at: "/passes")
        let faults: [ComplianceConditionParser.Fault] = parser.faults + faults(in: params, used: parser.usedParams)
        guard faults.isEmpty, let passes else { return (nil, faults) }
        let rule = ComplianceRule(
            id: id, version: version, title: title, severity: severity, scope: scope, applies: applies, passes: passes,
            params: params, remediation: remediation, citations: (json["citations"]?.array ?? []).compactMap(\.string),
            pack: pack, facts: parser.usedFacts, json: json)
        return (rule, [])
    }

    private static func faults(in params: JSONObject, used: Set<String>) -> [ComplianceConditionParser.Fault] {
        params.members.flatMap { member in
            let pointer: String = JSONPointer.appending(member.name, to: "/params")
            var faults: [ComplianceConditionParser.Fault] = []
            if !ComplianceShapes.isParameter(member.value) {
                faults.append(
                    ComplianceConditionParser.Fault(
                        reason: .malformed, pointer: pointer,
                        detail: "must be a number or a text of at most \(ComplianceLimits.lineBytes) bytes"))
            }
            if !used.contains(member.name) {
                faults.append(
                    ComplianceConditionParser.Fault(
                        reason: .unusedParameter, pointer: pointer, detail: "no condition names it"))
            }
            return faults
        }
    }
}

extension ComplianceRule.Remediation {
    fileprivate init?(_ json: JSONValue?) {
        guard let action = json?["action"]?.string, let owner = Owner(rawValue: json?["owner"]?.string ?? ""),
            let dueDays = json?["due_days"]?.integer
        else { return nil }
        self.init(action: action, owner: owner, dueDays: dueDays)
    }
}

/// Shapes that packs and rules share.
enum ComplianceShapes {
    /// Names, titles, citations.
    static let line: Shape = .text(maxBytes: ComplianceLimits.lineBytes, minBytes: 1)

    static func isParameter(_ value: JSONValue) -> Bool {
        if let text = value.string { return text.utf8.count <= ComplianceLimits.lineBytes }
        return value.number != nil
    }
}
