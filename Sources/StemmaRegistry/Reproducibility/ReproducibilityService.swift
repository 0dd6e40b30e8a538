/// Says what is needed to make a version again, and records who tried.
package struct ReproducibilityService: Sendable {
    let core: RegistryCore

    package init(core: RegistryCore) { self.core = core }
}
