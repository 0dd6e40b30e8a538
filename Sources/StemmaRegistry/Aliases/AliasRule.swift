internal import StemmaJSON

/// What the lifecycle and the configuration say of one alias.
struct AliasRule {
    let alias: String
    /// The state whose version the alias follows; nil for one that is bound to none.
    let boundState: LifecycleState?
    /// States that it may point at; nil for an alias that is not protected.
    private let allowed: Set<LifecycleState>?

    /// Bound to a state, ruled by the lifecycle, or named by the configuration.
    var isProtected: Bool { boundState != nil || allowed != nil }

    /// Throws `permissionDenied` where the alias is protected and the caller may not move such ones.
    init(
        of alias: String, _ core: RegistryCore, _ principal: Principal, _ reader: any MetadataReader
    ) throws {
        try self.init(of: alias, core, reader)
        if isProtected { try principal.require(.moveProtectedAliases) }
    }

    init(of alias: String, _ core: RegistryCore, _ reader: any MetadataReader) throws {
        let definition: LifecycleDefinition = try core.lifecycle.inForce(reader).definition
        self.alias = alias
        boundState = definition.state(boundTo: alias)?.state
        let ruled: LifecycleDefinition.ProtectedAlias? = definition.protectedAliases.first { $0.alias == alias }
        if let ruled {
            allowed = ruled.states
        } else if boundState == nil, core.policy.protectedAliases.contains(alias) {
            allowed = Set(LifecycleState.inService)
        } else {
            allowed = nil
        }
    }

    /// Throws `aliasStateRefused` where the alias may not point at a version in that state.
    func check(_ target: VersionRecord) throws(StemmaError) {
        guard let allowed, !allowed.contains(target.state) else { return }
        let states: [String] = allowed.map(\.rawValue).sorted()
        throw StemmaError(
            .aliasStateRefused,
            "\(alias) is protected and points only at versions in \(states.joined(separator: ", ")); "
                + "\(target.version) is in \(target.state.rawValue)",
            members: [
                "state": .string(target.state.rawValue), "allowed_states": .array(states.map { .string($0) }),
            ])
    }
}
