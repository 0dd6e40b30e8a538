/// Takes per-example outcomes of versions in, and compares versions.
package struct ComparisonService: Sendable {
    let core: RegistryCore

    package init(core: RegistryCore) { self.core = core }
}
