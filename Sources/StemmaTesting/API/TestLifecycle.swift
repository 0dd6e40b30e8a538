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
}
