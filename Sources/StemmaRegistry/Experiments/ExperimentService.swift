/// Keeps A/B experiments, and concludes from their results.
package struct ExperimentService: Sendable {
    let core: RegistryCore

    package init(core: RegistryCore) { self.core = core }
}
