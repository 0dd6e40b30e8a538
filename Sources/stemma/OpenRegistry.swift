internal import Glibc
internal import Logging
internal import StemmaConfiguration
internal import StemmaDigest
internal import StemmaFiles
internal import StemmaRegistry
internal import StemmaSQLite
internal import StemmaTransparency

/// The stores of a data directory, opened and connected to the registry's core.
struct OpenRegistry: Sendable {
    let store: SQLiteMetadataStore
    let blobs: FileBlobStore
    let core: RegistryCore
    let tokens: TokenDirectory
    let log: TransparencyLog
    let outgoing: OutgoingDelivery

    /// Opens (or makes) `DIR/blobs` and `DIR/registry.sqlite`. The blob store's lock keeps a second daemon out.
    /// `further` read models are told of every change, after the tokens.
    /// `acceptsFormerKeys` where the audit log's key was lost and a new one takes over.
    init(
        settings: StemmaSettings, logger: Logger, further: [any ReadModel], acceptsFormerKeys: Bool = false
    ) async throws {
        let directory: String = settings.dataDirectory
        outgoing = try OutgoingDelivery(settings.webhooks)
        try DataDirectory.prepare(directory)
        var blobOptions = FileBlobStoreOptions()
        blobOptions.minimumFreeBytes = settings.storageMinimumFreeBytes
        blobs = try FileBlobStore(directory: directory + "/blobs", options: blobOptions)
        var options = SQLiteOptions()
        options.readerCountMax = settings.database.readers
        options.batchCountMax = settings.database.groupCommitMax
        store = try SQLiteMetadataStore(
            path: DataDirectory.databasePath(directory), options: options, environment: .system)
        blobs.onSyncFailure { [database = store.database] reason in
            logger.critical("a sync failed; no more writes are taken until a restart", metadata: ["cause": "\(reason)"])
            database.suspendWrites(reason)
        }
        if !store.migration.applied.isEmpty {
            logger.notice(
                "schema brought up to date",
                metadata: [
                    "applied": "\(store.migration.applied.joined(separator: ","))",
                    "backup": "\(store.migration.backupPath ?? "none")",
                ])
        }
        tokens = TokenDirectory()
        core = try await RegistryCore.open(
            store: store, blobs: blobs, environment: .system, policy: settings.registryPolicy,
            readModel: ReadModels(members: [tokens] + further),
            initialLifecycle: try DefaultLifecycle.json(), compliance: try DefaultCompliance.sources())
        try await tokens.load(from: store)
        log = try await OpenRegistry.openLog(core, store, outgoing, settings, logger, acceptsFormerKeys)
    }

    /// The audit log with its key. Where it was tampered with, writes are suspended for good.
    private static func openLog(
        _ core: RegistryCore, _ store: SQLiteMetadataStore, _ outgoing: OutgoingDelivery, _ settings: StemmaSettings,
        _ logger: Logger, _ acceptsFormerKeys: Bool
    ) async throws -> TransparencyLog {
        let identity = try await LogSigner.identity(store, .system)
        let isSigned: Bool = try await store.read { try $0.lastAuditCheckpoint() != nil }
        let key: Ed25519PrivateKey = try AuditKeyFile.open(settings.auditKeyPath, mayMake: !isSigned, logger: logger)
        let anchors: [any CheckpointAnchor] =
            (settings.auditLog.anchorFile.isEmpty ? [] : [CheckpointFile(path: settings.auditLog.anchorFile)])
            + (settings.auditLog.witnessURL.isEmpty ? [] : [try outgoing.witness(settings.auditLog)])
        return try await TransparencyLog.open(
            core: core, signer: try LogSigner(origin: identity.origin, key: key, former: identity.keys),
            anchors: anchors, acceptsFormerKeys: acceptsFormerKeys,
            report: { event in
                switch event {
                case .tampered(let what):
                    logger.critical("audit_tampered: the daemon only reads from now on", metadata: ["cause": "\(what)"])
                    store.database.suspendWrites(tampered: "\(what)")
                case .anchorFailed(let name, let why):
                    logger.error("a signed head was not anchored", metadata: ["anchor": "\(name)", "cause": "\(why)"])
                }
            })
    }

    func close() async {
        await store.close()
    }
}

/// Several read models as one.
struct ReadModels: ReadModel {
    let members: [any ReadModel]

    func apply(_ effects: [Effect]) {
        for member in members { member.apply(effects) }
    }
}

extension DataDirectory {
    /// Makes it with mode 0700 where it is absent, its parents included, so that it survives a failure of power as its
    /// content does.
    static func prepare(_ path: String) throws {
        var made: String = path.hasPrefix("/") ? "/" : ""
        for segment in path.split(separator: "/") {
            made += made.isEmpty || made.hasSuffix("/") ? String(segment) : "/" + segment
            let isMade: Bool = mkdir(made, 0o700) == 0
            if isMade ? FolderSync.syncFolder(of: made) : errno == EEXIST { continue }
            throw CommandFailure("the data directory \(path) cannot be made: \(String(cString: strerror(errno)))")
        }
        // A process that was killed may have made it without syncing. Not everybody may open what is above it.
        _ = FolderSync.syncFolder(of: made)
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw CommandFailure("\(path) is not a directory")
        }
    }
}
