package import StemmaJSON

/// The state machine as data: which states there are, who may move versions between them, and what has to hold.
///
/// One catalogue of guards (`GuardCatalogue`) serves transitions, gate items, environments and rollouts: each is a pure
/// function of a version's facts, so that a definition can be tried on the past as well as on the present.
package struct LifecycleDefinition: Sendable {
    package let states: [StateRule]
    package let transitions: [TransitionRule]
    /// In the order of `Role.gates`.
    package let gates: [GateRule]
    package let environments: [EnvironmentRule]
    /// What has to hold before a version gets its first share of production traffic.
    package let rolloutGuards: [GuardRule]
    /// Aliases bound to no state that point only at versions in certain states.
    package let protectedAliases: [ProtectedAlias]

    /// The definition as it was sent.
    package let json: JSONValue

    package struct StateRule: Sendable {
        package let state: LifecycleState
        /// Moves here when a version enters the state, and goes when it leaves; nil: the state has no alias.
        package let alias: String?
        /// At most one version of a model is in the state.
        package let isExclusive: Bool
        /// Where the version goes that another one displaces; only for exclusive states.
        package let displacedTo: LifecycleState?
        /// Where the version goes that is rolled back; only for exclusive states.
        package let withdrawnTo: LifecycleState?
        /// Who may roll back.
        package let rollbackBy: Set<Role>
        /// What has to hold for the version that a rollback restores.
        package let rollbackGuards: [GuardRule]
    }

    package struct TransitionRule: Sendable {
        package let from: LifecycleState
        package let to: LifecycleState
        /// Who may ask for it.
        package let requestedBy: Set<Role>
        /// The registry asks for it itself once the guards pass and the version was left alone that long; nil: never.
        package let automaticAfterMinutes: Int64?
        package let guards: [GuardRule]
    }

    /// A guard of the catalogue with its parameters.
    package struct GuardRule: Sendable {
        package let name: String
        /// Checked against the guard's own shape, what was left out filled in.
        package let parameters: JSONObject

        package init(name: String, parameters: JSONObject) {
            self.name = name
            self.parameters = parameters
        }
    }

    package struct GateRule: Sendable {
        package let gate: String
        /// How many different people have to approve.
        package let quorum: Int
        /// An approval counts that long; nil: for ever.
        package let expiresAfterDays: Int64?
        package let reviewers: Set<Role>
        package let items: [GateItem]
    }

    /// One line of a gate's checklist.
    package struct GateItem: Sendable {
        package let name: String
        package let title: String
        /// How the registry evaluates it; nil: a reviewer attests it.
        package let guardRule: GuardRule?
    }

    package struct EnvironmentRule: Sendable {
        package let name: String
        /// States from which versions may be deployed there.
        package let states: Set<LifecycleState>
        package let guards: [GuardRule]
    }

    package struct ProtectedAlias: Sendable {
        package let alias: String
        package let states: Set<LifecycleState>
    }

    package func rule(_ state: LifecycleState) -> StateRule? { states.first { $0.state == state } }

    package func transition(from: LifecycleState, to: LifecycleState) -> TransitionRule? {
        transitions.first { $0.from == from && $0.to == to }
    }

    package func gate(_ name: String) -> GateRule? { gates.first { $0.gate == name } }

    package func environment(_ name: String) -> EnvironmentRule? { environments.first { $0.name == name } }

    /// The state that an alias is bound to.
    package func state(boundTo alias: String) -> StateRule? { states.first { $0.alias == alias } }
}

extension LifecycleDefinition.StateRule {
    /// The shortest time for which versions stay in `deprecated`, which `Sunset` announces.
    static func retentionDays(in definition: LifecycleDefinition) -> Int64? {
        definition.transition(from: .deprecated, to: .archived)?.retentionDays
    }
}

extension LifecycleDefinition.TransitionRule {
    /// The shortest time for which versions stay in the state that they come from; nil: none.
    var retentionDays: Int64? { guards.first { $0.isRetention }?.parameters["days"]?.integer }
}

extension LifecycleDefinition.GuardRule {
    /// Whether it waits for nothing but time.
    var isRetention: Bool { name == "retention_elapsed" }
}

/// A definition that was in force, or is.
package struct LifecycleRevision: Sendable {
    package let revision: Int64
    package let definition: LifecycleDefinition
    package let created: Timestamp
    /// The subject; nil for the one that a new registry starts with.
    package let createdBy: String?

    package init(revision: Int64, definition: LifecycleDefinition, created: Timestamp, createdBy: String?) {
        self.revision = revision
        self.definition = definition
        self.created = created
        self.createdBy = createdBy
    }
}
