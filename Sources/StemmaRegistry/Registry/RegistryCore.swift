package import StemmaJSON

/// What every service works with. One object that all of them share: as a value it would be copied, some kilobytes of it, into
/// every service and into what each request under way remembers.
package final class RegistryCore: Sendable {
    package let store: any MetadataStore
    package let blobs: any BlobStore
    package let environment: Environment
    package let policy: RegistryPolicy
    package let gate: MutationGate
    /// The lifecycle in force.
    package let lifecycle: LifecycleBook
    /// The registry itself, where it acts without being asked.
    package let system: Principal
    /// Who reads what. Whatever depends on live consumers writes what it holds first: see `ConsumerLog.flush`.
    package let consumerLog: ConsumerLog
    /// Attempts that were refused, on their way into the log.
    package let refusals: RefusalLog
    /// Reads, on their way into the log.
    package let reads: ReadLog
    /// The ordered feed of changes.
    package let changes: ChangeFeed
    /// Wakes the dispatcher of webhooks.
    let webhookBell = WebhookBell()
    /// Policies that are running now.
    let policyRuns = PolicyRunsInFlight()
    /// The rules of compliance.
    package let compliance: ComplianceBook
    /// The compliance scan that is running now.
    let complianceScans = ComplianceScansInFlight()

    /// Authenticates list cursors.
    let cursorKey: [UInt8]

    /// The subject under which the registry itself acts; no token is given to it.
    package static let systemSubject: String = "stemma"

    private init(
        store: any MetadataStore, blobs: any BlobStore, environment: Environment, policy: RegistryPolicy,
        gate: MutationGate, lifecycle: LifecycleBook, system: Principal, changes: ChangeFeed,
        compliance: ComplianceBook, cursorKey: [UInt8]
    ) {
        self.store = store
        self.blobs = blobs
        self.environment = environment
        self.policy = policy
        self.gate = gate
        self.lifecycle = lifecycle
        self.system = system
        self.changes = changes
        self.compliance = compliance
        self.cursorKey = cursorKey
        consumerLog = ConsumerLog(store: store, environment: environment, policy: policy, system: system.id)
        refusals = RefusalLog(store: store, environment: environment, policy: policy)
        reads = ReadLog(store: store, environment: environment, policy: policy)
    }

    /// Reads (or, in a new database, makes) what the services need to know of the database before the first request.
    /// `initialLifecycle` is the definition that a registry without one starts with, `compliance` the rule packs.
    package static func open(
        store: any MetadataStore, blobs: any BlobStore, environment: Environment, policy: RegistryPolicy,
        readModel: any ReadModel, initialLifecycle: JSONValue, compliance: [ComplianceLibrary.Source]
    ) async throws -> RegistryCore {
        let compliance = try ComplianceBook(compliance, frameworks: policy.complianceFrameworks)
        let changes = ChangeFeed(store: store)
        let store: any MetadataStore = SignallingStore(store: store, signal: { changes.signal() })
        let gate = MutationGate(store: store, environment: environment, policy: policy, readModel: readModel)
        let lifecycle: LifecycleBook = try await LifecycleBook.open(store, environment, initial: initialLifecycle)
        let system: Principal = try await systemPrincipal(store, environment)
        let core = RegistryCore(
            store: store, blobs: blobs, environment: environment, policy: policy, gate: gate, lifecycle: lifecycle,
            system: system, changes: changes, compliance: compliance,
            cursorKey: try await CursorKey.load(store, environment))
        try await PolicyRuns(core: core).markInterrupted()
        try await ComplianceScans(core: core).markInterrupted()
        return core
    }

    private static func systemPrincipal(
        _ store: any MetadataStore, _ environment: Environment
    ) async throws -> Principal {
        let row: (id: Int64, pseudonym: String) = try await store.write(
            { transaction in
                try transaction.ensurePrincipal(
                    subject: systemSubject, pseudonym: environment.identifier("p_"), at: environment.now())
            }, committed: nil)
        return Principal(
            id: row.id, pseudonym: row.pseudonym, subject: systemSubject, tokenID: "", roles: [.admin],
            scope: .everything, expires: nil)
    }

    /// The circumstances of something that the registry does by itself; `occasion` says in the log what it was.
    package func systemContext(_ occasion: String) -> RequestContext {
        RequestContext(principal: system, requestID: environment.identifier(occasion + "-"), remoteAddress: "")
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
    /// How a model's traffic is split changed.
    case trafficSet(TrafficRecord)
    /// A model is gone with all its aliases.
    case modelRemoved(name: String)
    case tokenAdded(TokenRecord)
    case tokenRevoked(id: String)
}
