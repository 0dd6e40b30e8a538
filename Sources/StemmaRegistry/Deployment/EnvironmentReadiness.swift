package import StemmaJSON

/// Whether a version may run in an environment, and everything that was asked to find out.
package struct EnvironmentReadiness: Sendable {
    package let record: VersionRecord
    package let environment: String
    package let lifecycleRevision: Int64
    /// The check of the state, then every guard of the environment's rule, passed or not.
    package let checks: [GuardFinding]

    /// Evaluates the environment's rule in the lifecycle in force. Throws `environmentNotFound` naming those there are.
    static func evaluate(
        _ record: VersionRecord, environment name: String, _ core: RegistryCore, at now: Timestamp,
        _ reader: any MetadataReader
    ) throws -> EnvironmentReadiness {
        let lifecycle: LifecycleRevision = try core.lifecycle.inForce(reader)
        guard let rule = lifecycle.definition.environment(name) else {
            throw unknown(name, lifecycle.definition)
        }
        let facts: VersionFacts = try FactsReader.facts(of: record, at: now, reader)
        return EnvironmentReadiness(
            record: record, environment: rule.name, lifecycleRevision: lifecycle.revision,
            checks: [stateAllowed(rule, facts)] + GuardCatalogue.evaluate(rule.guards, facts, lifecycle.definition))
    }

    package var isReady: Bool { checks.allSatisfy(\.hasPassed) }

    /// Throws `notReady` with every check unless the version is ready.
    func require() throws(StemmaError) {
        guard !isReady else { return }
        let reasons: String = checks.filter { !$0.hasPassed }.map { "\($0.name): \($0.detail)" }
            .joined(separator: "; ")
        throw StemmaError(
            .notReady, "\(record.model) \(record.version) is not ready for \(environment). \(reasons)",
            members: [
                "model_id": .string("\(record.model)_v\(record.version)"), "environment": .string(environment),
                "ready": false, "lifecycle_revision": .integer(lifecycleRevision),
                "checks": .array(checks.map(\.json)),
            ])
    }

    /// As JSON text.
    package var body: [UInt8] {
        var writer = JSONWriter(capacity: 2_048)
        writer.beginObject()
        writer.field("model_id", "\(record.model)_v\(record.version)")
        writer.field("environment", environment)
        writer.field("ready", isReady)
        writer.field("lifecycle_revision", lifecycleRevision)
        writer.field("checks", .array(checks.map(\.json)))
        writer.endObject()
        return writer.finish()
    }

    /// What `body` looks like.
    package static let shape: Shape = .named(
        "Readiness",
        .object([
            Shape.Field("model_id", .text(maxBytes: 1_000), required: true),
            Shape.Field("environment", .text(maxBytes: 63), required: true),
            Shape.Field("ready", .boolean, required: true, "Whether every check passed"),
            Shape.Field("lifecycle_revision", .count, required: true, "The lifecycle whose rule was asked"),
            Shape.Field(
                "checks", .array(of: GuardFinding.shape, count: 1...1_000), required: true,
                "`state_allowed`, then the guards of the environment"),
        ]))

    private static func stateAllowed(
        _ rule: LifecycleDefinition.EnvironmentRule, _ facts: VersionFacts
    ) -> GuardFinding {
        let states: [String] = LifecycleState.allCases.filter { rule.states.contains($0) }.map(\.rawValue)
        let isAllowed: Bool = rule.states.contains(facts.state)
        let detail: String
        if !facts.isReady {
            detail = "the version is a draft; publish it first"
        } else if isAllowed {
            detail = "versions in \(facts.state.rawValue) may run in \(rule.name)"
        } else {
            detail =
                "the version is in \(facts.state.rawValue); \(rule.name) takes versions in "
                + states.joined(separator: ", ")
        }
        return GuardFinding(
            name: "state_allowed", hasPassed: isAllowed && facts.isReady,
            read: .object([
                "state": .string(facts.state.rawValue), "status": .string(facts.isReady ? "ready" : "draft"),
            ]),
            limit: .object(["states": .array(states.map { .string($0) }), "status": "ready"]), detail: detail,
            missing: facts.isReady ? ["a transition to \(states.joined(separator: " or "))"] : ["publication"],
            suppliedBy: ["publisher", "deployer", "admin"])
    }

    private static func unknown(_ name: String, _ definition: LifecycleDefinition) -> StemmaError {
        let known: [String] = definition.environments.map(\.name)
        return StemmaError(
            .environmentNotFound,
            known.isEmpty
                ? "the lifecycle in force defines no environments"
                : "the lifecycle in force knows no environment \(name); it knows \(known.joined(separator: ", "))",
            members: ["environments": .array(known.map { .string($0) })])
    }
}
