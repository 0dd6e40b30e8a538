/// Everything that is wrong with a library of rule packs, all at once.
package struct ComplianceRuleError: Error, Equatable, Sendable, CustomStringConvertible {
    /// In the order of the packs, at least one and at most 100.
    package let faults: [ComplianceRuleFault]

    /// One line for each fault.
    package var description: String { faults.map(\.description).joined(separator: "\n") }
}

/// One fault.
package struct ComplianceRuleFault: Equatable, Sendable, CustomStringConvertible {
    /// What kind of fault it is.
    package enum Reason: String, Sendable {
        /// Not of the form of a pack, rule or condition.
        case malformed
        case unknownOperator = "unknown_operator"
        /// A path that the vocabulary of facts does not have.
        case unknownFact = "unknown_fact"
        /// A fact that subjects of the rule's scope do not have.
        case factOutOfScope = "fact_out_of_scope"
        /// A fact of a type that the condition cannot compare, or not with that value.
        case typeMismatch = "type_mismatch"
        case unknownParameter = "unknown_parameter"
        case unusedParameter = "unused_parameter"
        case tooComplex = "too_complex"
        /// The same id twice: in one pack, or written in two.
        case duplicateRule = "duplicate_rule"
        case duplicatePack = "duplicate_pack"
        case unknownPack = "unknown_pack"
        /// An included rule that the other pack does not have.
        case unknownRule = "unknown_rule"
        /// Packs that include each other.
        case cycle
    }

    package let reason: Reason
    /// The pack's name.
    package let pack: String
    /// The rule's id; nil where the fault is none of a rule.
    package let rule: String?
    /// JSON Pointer (RFC 6901) within the pack.
    package let pointer: String
    package let detail: String

    package init(reason: Reason, pack: String, rule: String? = nil, pointer: String, detail: String) {
        self.reason = reason
        self.pack = pack
        self.rule = rule
        self.pointer = pointer
        self.detail = detail
    }

    package var description: String {
        let place: String = ([pack] + (rule.map { [$0] } ?? [])).joined(separator: " ")
        return "\(place) at \(pointer.isEmpty ? "/" : pointer): \(detail)"
    }
}
