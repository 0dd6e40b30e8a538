/// Everything that the registry does by itself from time to time, apart from tidying up.
package struct Automation: Sendable {
    /// One kind of work, in rounds of its own, so that a long one of one kind does not keep another waiting.
    package struct Work: Sendable {
        /// For the log.
        package let name: String
        /// One round.
        package let run: @Sendable () async throws -> Void
    }

    /// Moves versions, advances and aborts rollouts, runs policies, scans for compliance.
    package let kinds: [Work]

    package init(core: RegistryCore) {
        let lifecycle = LifecycleAutomation(core: core)
        let rollouts = RolloutAutomation(core: core)
        let policies = PolicyAutomation(core: core)
        let compliance = ComplianceAutomation(core: core)
        kinds = [
            Work(name: "lifecycle", run: { _ = try await lifecycle.run() }),
            Work(name: "rollouts", run: { try await rollouts.run() }),
            Work(name: "policies", run: { try await policies.run() }),
            Work(name: "compliance", run: { try await compliance.run() }),
        ]
    }
}
