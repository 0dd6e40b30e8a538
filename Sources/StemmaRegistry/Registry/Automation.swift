/// Everything that the registry does by itself from time to time, apart from tidying up: moves versions, advances
/// rollouts, runs policies.
package struct Automation: Sendable {
    private let lifecycle: LifecycleAutomation
    private let rollouts: RolloutAutomation
    private let policies: PolicyAutomation

    package init(core: RegistryCore) {
        lifecycle = LifecycleAutomation(core: core)
        rollouts = RolloutAutomation(core: core)
        policies = PolicyAutomation(core: core)
    }

    /// One round of each. A failure of one does not keep the others from their turn; the first failure is thrown at the
    /// end.
    package func run() async throws {
        var failure: (any Error)?
        for step in [runLifecycle, runRollouts, runPolicies] {
            do {
                try await step()
            } catch {
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
    }

    private func runLifecycle() async throws { _ = try await lifecycle.run() }

    private func runRollouts() async throws { try await rollouts.run() }

    private func runPolicies() async throws { try await policies.run() }
}
