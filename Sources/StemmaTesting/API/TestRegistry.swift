internal import StemmaConfiguration
internal import StemmaDigest
package import StemmaJSON
package import StemmaRegistry
package import StemmaTransparency
internal import Synchronization

/// A registry's core over a test's stores, with its tokens in memory as the daemon has them.
package struct TestRegistry: Sendable {
    package let core: RegistryCore
    /// The store as it was given; the core's tells of every commit besides.
    package let store: any MetadataStore
    package let tokens: TokenDirectory
    package let clock: ManualEnvironment
    package let refusals: RefusalLog
    /// The audit log, signed with a key that every test registry has.
    package let log: TransparencyLog
    /// The secret of the admin token that first start makes.
    package let adminSecret: String
    /// The admin as services see them.
    package let admin: Principal

    /// Opens the core; `further` read models are told of every change, after the tokens. `lifecycle` is the definition it
    /// starts with, the daemon's own default where nil.
    package init(
        store: any MetadataStore, blobs: any BlobStore, clock: ManualEnvironment = ManualEnvironment(),
        policy: RegistryPolicy = RegistryPolicy(), further: [any ReadModel] = [], lifecycle: JSONValue? = nil
    ) async throws {
        let tokens = TokenDirectory()
        let core: RegistryCore = try await RegistryCore.open(
            store: store, blobs: blobs, environment: clock.environment, policy: policy,
            readModel: CombinedReadModel(members: [tokens] + further),
            initialLifecycle: try lifecycle ?? DefaultLifecycle.json(),
            compliance: try DefaultCompliance.sources())
        let secret = Mutex<String?>(nil)
        _ = try await AccessService(core: core).bootstrapAdmin(keep: { text in secret.withLock { $0 = text } })
        try await tokens.load(from: store)
        adminSecret = try expectSome(secret.withLock { $0 }, "an admin token at first start")
        admin = try expectSome(
            tokens.principal(secretHash: TokenSecret.hash(adminSecret), at: clock.now), "the admin's principal")
        refusals = core.refusals
        log = try await TransparencyLog.open(core: core, signer: try TestRegistry.signer())
        self.core = core
        self.store = store
        self.tokens = tokens
        self.clock = clock
    }

    /// Signs as `stemma.test/audit`.
    package static func signer(_ seed: UInt8 = 7, former: [VerifierKey] = []) throws -> LogSigner {
        let key = try expectSome(Ed25519PrivateKey(seed: Array(repeating: seed, count: 32)), "a key")
        return try LogSigner(origin: "stemma.test/audit", key: key, former: former)
    }

    /// Makes a token and answers its secret.
    package func token(_ subject: String, roles: [String], models: [String] = ["*"]) async throws -> String {
        let body: JSONValue = .object([
            "subject": .string(subject), "roles": .array(roles.map { .string($0) }),
            "models": .array(models.map { .string($0) }),
        ])
        let answer: Answer = try await AccessService(core: core).createToken(body, context(admin))
        return try expectSome(try JSONParser.parse(answer.body)["token"]?.string, "the token's secret")
    }

    /// Makes a token and answers who holds it.
    package func principal(_ subject: String, roles: [String], models: [String] = ["*"]) async throws -> Principal {
        let secret: String = try await token(subject, roles: roles, models: models)
        return try expectSome(
            tokens.principal(secretHash: TokenSecret.hash(secret), at: clock.now), "the principal of a new token")
    }

    /// The circumstances of a request by `principal`, the admin where nil.
    package func context(
        _ principal: Principal? = nil, preconditions: Preconditions = Preconditions(),
        idempotency: IdempotencyRequest? = nil, isDryRun: Bool = false
    ) -> RequestContext {
        RequestContext(
            principal: principal ?? admin, requestID: "req-1", remoteAddress: "127.0.0.1", preconditions: preconditions,
            idempotency: idempotency, isDryRun: isDryRun)
    }

    /// Every event of the log, oldest first.
    package func events() async throws -> [AuditEvent] {
        try await core.store.read { reader in
            try (0..<(try reader.auditSize())).map { sequence in
                try AuditEvent(try expectSome(try reader.auditEvent(sequence: sequence), "event \(sequence)"))
            }
        }
    }
}

/// Several read models as one.
private struct CombinedReadModel: ReadModel {
    let members: [any ReadModel]

    func apply(_ effects: [Effect]) {
        for member in members { member.apply(effects) }
    }
}

/// Bodies for services that pull.
package enum TestBody {
    /// The bytes in pieces of `piece` bytes.
    package static func pull(_ bytes: [UInt8], piece: Int = 65_536) -> BlobService.Pull {
        let rest = Rest(bytes, piece: max(1, piece))
        return { await rest.next() }
    }

    private actor Rest {
        private var bytes: ArraySlice<UInt8>
        private let piece: Int

        init(_ bytes: [UInt8], piece: Int) {
            self.bytes = bytes[...]
            self.piece = piece
        }

        func next() -> [UInt8]? {
            guard !bytes.isEmpty else { return nil }
            let taken = Array(bytes.prefix(piece))
            bytes = bytes.dropFirst(piece)
            return taken
        }
    }
}
