/// Lists that auditors draw samples from: every model that existed, and every change of what was in service. Both are made by
/// the registry from its own records, so that nobody has to be believed for their completeness.
package struct PopulationService: Sendable {
    let core: RegistryCore

    package init(core: RegistryCore) { self.core = core }
}
