internal import StemmaConfiguration
package import StemmaJSON
internal import StemmaRegistry

/// Lifecycles for tests.
package enum TestLifecycle {
    /// The default, with further protected aliases that may point at versions in any state.
    package static func protecting(_ aliases: [String]) throws -> JSONValue {
        let states: [JSONValue] = LifecycleState.allCases.map { .string($0.rawValue) }
        return try replacing(
            "protected_aliases", by: .array(aliases.map { ["alias": .string($0), "states": .array(states)] }))
    }

    /// The default without any guard: whoever has the role may move.
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

    /// The default with one of its members replaced.
    package static func replacing(_ member: String, by value: JSONValue) throws -> JSONValue {
        var definition: JSONObject = try DefaultLifecycle.json().object ?? JSONObject()
        definition.set(member, value)
        return .object(definition)
    }
}
