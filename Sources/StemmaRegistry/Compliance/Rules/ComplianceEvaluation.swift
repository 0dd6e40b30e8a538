package import StemmaJSON

/// What a rule finds about one subject.
package enum ComplianceOutcome: Sendable, Equatable {
    case pass
    case fail(ComplianceEvidence)
    /// The rule is not about this subject.
    case notApplicable

    package var name: String {
        switch self {
        case .pass: "pass"
        case .fail: "fail"
        case .notApplicable: "not_applicable"
        }
    }
}

/// Which conditions failed, and on what.
package struct ComplianceEvidence: Sendable, Equatable {
    /// The first ones, in the order of the rule.
    package let findings: [ComplianceFinding]
    /// How many there are in all.
    package let count: Int

    package var json: JSONValue {
        ["findings": .array(findings.map(\.json)), "count": .integer(Int64(count))]
    }
}

/// One condition that was not as the rule wants it.
package struct ComplianceFinding: Sendable, Equatable {
    /// The condition: a JSON Pointer within the rule.
    package let pointer: String
    package let condition: ComplianceCondition.Operator
    /// True where the condition is false and must hold; false where it holds and must not.
    package let mustHold: Bool
    /// What was read, in the order in which the condition names it.
    package let readings: [Reading]
    /// What it was compared with, where that is no fact.
    package let limit: JSONValue?
    /// Values that are missing, or in both lists, or in one of them only, or different: what a list fails by.
    package let difference: JSONValue?
    /// The element that it is about: the value of its key.
    package let element: String?

    /// A fact as it was found.
    package struct Reading: Sendable, Equatable {
        /// With the position of the element: `version.gates.2.passed`.
        package let path: String
        /// Nil where it is absent. Long texts are cut; of lists the first elements are shown, of lists of objects none.
        package let value: JSONValue?
        /// How long a list is.
        package let count: Int?

        init(path: String, _ value: JSONValue?) {
            self.path = path
            self.value = value.flatMap { ComplianceFinding.shown($0) }
            count = value?.array?.count
        }

        /// With `value` null where it is absent.
        package var json: JSONValue {
            var object: JSONObject = ["path": .string(path)]
            if let count { object.set("count", .integer(Int64(count))) }
            if value != nil || count == nil { object.set("value", value ?? .null) }
            return .object(object)
        }
    }

    package var json: JSONValue {
        var object: JSONObject = [
            "pointer": .string(pointer), "condition": .string(condition.rawValue), "must_hold": .bool(mustHold),
            "facts": .array(readings.map(\.json)),
        ]
        if let limit { object.set("limit", limit) }
        if let difference { object.set("difference", difference) }
        if let element { object.set("element", .string(element)) }
        return .object(object)
    }

    /// A value as evidence may keep it; nil where there is nothing to show: objects say more than was asked.
    static func shown(_ value: JSONValue) -> JSONValue? {
        switch value {
        case .string(let text): return .string(cut(text))
        case .array(let values):
            let first: ArraySlice<JSONValue> = values.prefix(ComplianceLimits.evidenceValues)
            if first.contains(where: { $0.object != nil }) { return nil }
            return .array(first.compactMap { shown($0) })
        case .object: return nil
        default: return value
        }
    }

    /// At most 200 bytes, an ellipsis where something was left out.
    static func cut(_ text: String) -> String {
        guard text.utf8.count > ComplianceLimits.evidenceTextBytes else { return text }
        let ellipsis: String = "\u{2026}"
        var kept: String = ""
        var room: Int = ComplianceLimits.evidenceTextBytes - ellipsis.utf8.count
        for scalar in text.unicodeScalars {
            room -= UTF8.width(scalar)
            guard room >= 0 else { break }
            kept.unicodeScalars.append(scalar)
        }
        return kept + ellipsis
    }
}

extension ComplianceRule {
    /// What the rule finds of a subject with these facts at that moment. Pure: the same facts give the same outcome.
    ///
    /// `facts` is the document that `ComplianceFacts` describes, for a subject of the rule's scope.
    package func evaluate(_ facts: JSONValue, now: Timestamp) -> ComplianceOutcome {
        var evaluator = ComplianceEvaluator(facts: facts, now: now)
        if let applies, !evaluator.holds(applies) { return .notApplicable }
        guard !evaluator.holds(passes) else { return .pass }
        evaluator.explain(passes)
        return .fail(ComplianceEvidence(findings: evaluator.findings, count: evaluator.count))
    }
}
