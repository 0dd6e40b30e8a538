/// What every service works with.
package struct RegistryCore: Sendable {
    package let store: any MetadataStore
    package let blobs: any BlobStore
    package let environment: Environment
    package let policy: RegistryPolicy
    package let gate: MutationGate
    /// Who reads what. Whatever depends on live consumers writes what it holds first: see `ConsumerLog.flush`.
    package let consumerLog: ConsumerLog

    /// Authenticates list cursors.
    let cursorKey: [UInt8]

    /// Reads (or, in a new database, makes) what the services need to know of the database before the first request.
    package static func open(
        store: any MetadataStore, blobs: any BlobStore, environment: Environment, policy: RegistryPolicy,
        readModel: any ReadModel
    ) async throws -> RegistryCore {
        let gate = MutationGate(store: store, environment: environment, policy: policy, readModel: readModel)
        return RegistryCore(
            store: store, blobs: blobs, environment: environment, policy: policy, gate: gate,
            consumerLog: ConsumerLog(store: store, environment: environment, policy: policy),
            cursorKey: try await CursorKey.load(store, environment))
    }
}

/// Memory that answers the hottest reads; told of every change after its commit and before anybody is answered.
package protocol ReadModel: Sendable {
    /// Applies changes in commit order.
    func apply(_ effects: [Effect])
}

/// What a committed mutation changes in memory.
package enum Effect: Sendable {
    /// An alias was set or moved, or what it answers changed.
    case aliasSet(AliasRecord)
    case aliasRemoved(model: String, alias: String)
    /// A model is gone with all its aliases.
    case modelRemoved(name: String)
    case tokenAdded(TokenRecord)
    case tokenRevoked(id: String)
}
