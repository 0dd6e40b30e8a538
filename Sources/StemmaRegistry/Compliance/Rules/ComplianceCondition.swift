package import StemmaJSON

/// What a rule asks of the facts about its subject.
///
/// Logic has two values. A comparison of which one side is absent is false, and so is a quantifier whose list is absent;
/// only an empty list, which says that somebody looked and found none, satisfies `every`. `not` of a comparison with
/// something absent is therefore true.
package struct ComplianceCondition: Sendable {
    /// Where it stands: a JSON Pointer within the rule, e.g. `/passes/all/1`.
    package let pointer: String
    package let kind: Kind

    package indirect enum Kind: Sendable {
        case all([ComplianceCondition])
        case any([ComplianceCondition])
        case not(ComplianceCondition)
        /// Of every element the condition is true.
        case everyElement(Quantified)
        /// Of one element at least the condition is true.
        case someElement(Quantified)
        /// Among the elements of which the condition is true (nil: all) a member has so many different values.
        case distinctAtLeast(Counted)

        /// There is something that says anything: no blank text, no empty list.
        case present(ComplianceFactPath)
        /// The fact has the value.
        case equals(ComplianceFactPath, JSONValue)
        /// The fact is among the values; of a list, at least one element is.
        case among(ComplianceFactPath, [JSONValue])
        /// The list has all the values.
        case includes(ComplianceFactPath, [JSONValue])
        case atLeast(ComplianceFactPath, NumberOperand)
        case atMost(ComplianceFactPath, NumberOperand)
        /// The second moment is not before the first, and at most so many days after it.
        case withinDays(TimeOperand, TimeOperand, Double)
        /// The first moment is not after the second.
        case timeOrder(TimeOperand, TimeOperand)
        /// Both facts are equal; lists as sets.
        case same(ComplianceFactPath, ComplianceFactPath)
        /// The facts have no value in common; one value counts as a list of one.
        case disjoint(ComplianceFactPath, ComplianceFactPath)
    }

    package struct Quantified: Sendable {
        package let list: ComplianceFactPath
        /// The member that tells elements apart; nil for lists of scalars.
        package let key: String?
        package let that: ComplianceCondition
    }

    package struct Counted: Sendable {
        package let list: ComplianceFactPath
        package let by: ComplianceFactPath
        package let count: Int64
        package let that: ComplianceCondition?
    }

    package enum NumberOperand: Sendable {
        case number(Double)
        case fact(ComplianceFactPath)
    }

    package enum TimeOperand: Sendable {
        case now
        case fact(ComplianceFactPath)
    }

    /// How packs write the operators.
    package enum Operator: String, Sendable, CaseIterable {
        case all, any, not
        case everyElement = "every"
        case someElement = "some"
        case distinctAtLeast = "distinct_at_least"
        case present, equals
        case among = "in"
        case includes
        case atLeast = "at_least"
        case atMost = "at_most"
        case withinDays = "within_days"
        case timeOrder = "time_order"
        case same, disjoint
    }

    package var name: Operator {
        switch kind {
        case .all: .all
        case .any: .any
        case .not: .not
        case .everyElement: .everyElement
        case .someElement: .someElement
        case .distinctAtLeast: .distinctAtLeast
        case .present: .present
        case .equals: .equals
        case .among: .among
        case .includes: .includes
        case .atLeast: .atLeast
        case .atMost: .atMost
        case .withinDays: .withinDays
        case .timeOrder: .timeOrder
        case .same: .same
        case .disjoint: .disjoint
        }
    }

    /// The conditions directly inside it.
    package var parts: [ComplianceCondition] {
        switch kind {
        case .all(let parts), .any(let parts): parts
        case .not(let part): [part]
        case .everyElement(let quantified), .someElement(let quantified): [quantified.that]
        case .distinctAtLeast(let counted): counted.that.map { [$0] } ?? []
        default: []
        }
    }
}
