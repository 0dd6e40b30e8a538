/// Everything that the registry does by itself from time to time, apart from tidying up: moves versions, advances
/// rollouts, runs policies.
package struct Automation: Sendable {
    private let lifecycle: LifecycleAutomation

    package init(core: RegistryCore) { lifecycle = LifecycleAutomation(core: core) }

    /// One round of each. A failure of one does not keep the others from their turn; the first failure is thrown at the
    /// end.
    package func run() async throws {
        var failure: (any Error)?
        do {
            _ = try await lifecycle.run()
        } catch {
            failure = failure ?? error
        }
        if let failure { throw failure }
    }
}
