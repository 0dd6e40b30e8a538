internal import Dispatch

/// Takes per-example outcomes of versions in, and compares versions.
package struct ComparisonService: Sendable {
    let core: RegistryCore
    /// Where comparisons are computed, one after another: they may take a second, for which Swift's own threads, one for each
    /// core, must not be held.
    private let lane = DispatchQueue(label: "stemma.comparison")

    package init(core: RegistryCore) { self.core = core }

    /// Runs long work and waits for it without holding a thread.
    func compute<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            lane.async { continuation.resume(returning: body()) }
        }
    }
}
