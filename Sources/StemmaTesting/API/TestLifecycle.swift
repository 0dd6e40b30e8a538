internal import StemmaConfiguration
package import StemmaJSON
package import StemmaRegistry

/// Lifecycles for tests.
package enum TestLifecycle {
    /// The definition that a new registry starts with, as JSON.
    package static func standardJSON() throws -> JSONValue { try DefaultLifecycle.json() }

    /// The same, read.
    package static func standard() throws -> LifecycleDefinition { try LifecycleDefinition(standardJSON()) }

    /// The standard definition with a merge patch applied.
    package static func standard(patchedBy patch: JSONValue) throws -> LifecycleDefinition {
        try LifecycleDefinition(try standardJSON().mergePatch(patch))
    }

    /// The standard, with further protected aliases that may point at versions in any state.
    package static func protecting(_ aliases: [String]) throws -> JSONValue {
        let states: [JSONValue] = LifecycleState.allCases.map { .string($0.rawValue) }
        return try replacing(
            "protected_aliases", by: .array(aliases.map { ["alias": .string($0), "states": .array(states)] }))
    }

    /// The standard without any guard: whoever has the role may move.
    package static func unguarded() throws -> JSONValue {
        var transitions: [JSONValue] = []
        for from in LifecycleState.allCases {
            for to in LifecycleState.allCases where from != to {
                transitions.append([
                    "from": .string(from.rawValue), "to": .string(to.rawValue),
                    "requested_by": ["publisher", "deployer", "admin"], "guards": [],
                ])
            }
        }
        return try replacing("transitions", by: .array(transitions))
    }

    /// The standard with one of its members replaced.
    package static func replacing(_ member: String, by value: JSONValue) throws -> JSONValue {
        var definition: JSONObject = try standardJSON().object ?? JSONObject()
        definition.set(member, value)
        return .object(definition)
    }
}
