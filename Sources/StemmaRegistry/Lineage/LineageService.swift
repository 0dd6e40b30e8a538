/// Keeps the lineage graph, and answers what something came from and what it touches.
package struct LineageService: Sendable {
    let core: RegistryCore

    package init(core: RegistryCore) { self.core = core }
}
