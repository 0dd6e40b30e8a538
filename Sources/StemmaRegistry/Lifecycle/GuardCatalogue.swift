package import StemmaJSON

/// A kind of guard: its parameters, and the function from facts to a finding.
package struct GuardKind: Sendable {
    package let name: String
    /// What it demands, in one sentence.
    package let summary: String
    package let parameters: [Shape.Field]
    /// Parameters that apply where a rule leaves them out.
    package let defaults: JSONObject
    /// Pure: the same facts give the same finding.
    let evaluate: @Sendable (JSONObject, VersionFacts, LifecycleDefinition) -> GuardFinding
}

/// Every guard there is. Transitions, gate items, environments, rollouts and rollbacks choose from it by name.
package enum GuardCatalogue {
    /// The guard that a gate's own items may not use.
    static let approvalGates: String = "approval_gates"

    /// By name.
    package static let guards: [String: GuardKind] = Dictionary(
        uniqueKeysWithValues: (completenessGuards + documentGuards + metricGuards + comparisonGuards
            + reproductionGuards + standingGuards + requestGuards).map { ($0.name, $0) })

    /// The findings of all rules, in their order, passed or not.
    package static func evaluate(
        _ rules: [LifecycleDefinition.GuardRule], _ facts: VersionFacts, _ definition: LifecycleDefinition
    ) -> [GuardFinding] {
        rules.compactMap { rule in guards[rule.name]?.evaluate(rule.parameters, facts, definition) }
    }
}
