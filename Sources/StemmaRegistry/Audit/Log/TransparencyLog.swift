package import StemmaDigest
internal import StemmaJSON
package import StemmaTransparency

/// Keeps the log provable: checks its tree at the start, signs its heads, and answers proofs.
///
/// A head is signed only after the tree was proven to continue the head before. Where anything does not fit, `damage` says
/// what: then nothing is signed any more, and whoever opened the log stops all writes.
package actor TransparencyLog {
    nonisolated let core: RegistryCore
    private(set) var signer: LogSigner
    private let acceptsFormerKeys: Bool
    private let anchors: [any CheckpointAnchor]
    /// What was handed to each anchor last, by position.
    private var anchored: [Int64]
    /// Until when an anchor that failed is left alone, by position.
    private var resting: [Int: ContinuousClock.Instant] = [:]
    private var isEnding: Bool = false
    private let report: @Sendable (Event) -> Void
    private var last: StoredCheckpoint?
    private var signing: Task<StoredCheckpoint, any Error>?
    /// What does not fit; nil while everything does.
    package private(set) var damage: String?
    /// When the whole log was last found intact.
    private var lastVerified: Timestamp?

    /// What the daemon wants to know.
    package enum Event: Sendable {
        /// The log was changed by somebody else.
        case tampered(String)
        /// A head could not be anchored; it is tried again with the next one.
        case anchorFailed(name: String, String)
    }

    /// Events whose every byte is checked before the first request; what is older is checked right after.
    package static let eventsCheckedAtStart: Int64 = 5_000

    private init(
        core: RegistryCore, signer: LogSigner, anchors: [any CheckpointAnchor], acceptsFormerKeys: Bool,
        report: @escaping @Sendable (Event) -> Void
    ) {
        self.acceptsFormerKeys = acceptsFormerKeys
        self.core = core
        self.signer = signer
        self.anchors = anchors
        anchored = Array(repeating: 0, count: anchors.count)
        self.report = report
    }

    /// Opens the log of a registry and checks its tree against the last signed head, the anchors' included. Damage is
    /// reported, and does not throw. The head must be signed by the present key; with `acceptsFormerKeys` one from before will do.
    package static func open(
        core: RegistryCore, signer: LogSigner, anchors: [any CheckpointAnchor] = [], acceptsFormerKeys: Bool = false,
        report: @escaping @Sendable (Event) -> Void = { _ in }
    ) async throws -> TransparencyLog {
        let log = TransparencyLog(
            core: core, signer: signer, anchors: anchors, acceptsFormerKeys: acceptsFormerKeys,
            report: report)
        try await log.start()
        return log
    }

    private func start() async throws {
        do {
            last = try await core.store.read { try $0.lastAuditCheckpoint() }
            if core.store.writesSuspendedReason == nil, last == nil { try await AuditTree.catchUp(core.store) }
            try await checkHead()
            try await checkAnchors()
            let size: Int64 = try await core.store.read { try $0.auditSize() }
            if size <= TransparencyLog.eventsCheckedAtStart { try await verifyAll() }
        } catch let tampering as AuditTampering {
            declare(tampering.description)
        }
        guard damage == nil, core.store.writesSuspendedReason == nil else { return }
        let keys: [VerifierKey] = signer.keys
        guard try await core.store.read({ try LogSigner.kept($0) }) != keys else { return }
        try await core.store.write({ try LogSigner.keep(keys, $0) }, committed: nil)
    }

    private func declare(_ text: String) {
        guard damage == nil else { return }
        damage = text
        report(.tampered(text))
    }

    /// The last head against the tree.
    private func checkHead() async throws {
        guard let last else { return }
        // Former keys stand in the database, where whoever changed the log could have put one.
        try LogVerification.check(last, signer, by: acceptsFormerKeys ? signer.keys : [signer.verifier])
        let root: Digest? = try await root(at: last.size)
        guard let root else {
            throw AuditTampering("the log has fewer events than the \(last.size) that were signed")
        }
        guard root == last.root else {
            throw AuditTampering("the log's first \(last.size) events are not those that were signed")
        }
    }

    private func checkAnchors() async throws {
        for (position, anchor) in anchors.enumerated() {
            guard let text = try await anchor.last() else { continue }
            let note: SignedNote = try LogVerification.note(text, by: signer.keys, at: anchor.name)
            let checkpoint: Checkpoint = try LogVerification.checkpoint(note, signer, at: anchor.name)
            guard let root = try await root(at: checkpoint.size), root == checkpoint.root else {
                throw AuditTampering(
                    "the log does not hold the \(checkpoint.size) events whose head is in \(anchor.name); it may be an older copy"
                )
            }
            anchored[position] = checkpoint.size
        }
    }

    /// The root over the first events; nil where there are fewer.
    private func root(at size: Int64) async throws -> Digest? {
        try await core.store.read { reader in
            guard size <= (try reader.auditSize()) else { return nil }
            do {
                var tree: TileTree = AuditTree.tree(size, reader)
                return try tree.root()
            } catch is TransparencyError {
                throw AuditTampering("hashes of the log's tree are missing")
            }
        }
    }

    /// As below, unless that was done so lately, or damage is known already.
    package func verifyAll(every milliseconds: Int64) async throws {
        let due: Timestamp? = lastVerified?.adding(milliseconds: milliseconds)
        guard damage == nil, due.map({ $0 <= core.environment.now() }) ?? true else { return }
        try await verifyAll()
    }

    /// Reads every event and every hash, and compares them with each other and with every head.
    /// Throws `AuditTampering`, which is reported too.
    package func verifyAll() async throws {
        do {
            try await LogVerification.run(core.store, signer)
            let now: Timestamp = core.environment.now()
            lastVerified = now
            if core.store.writesSuspendedReason == nil {
                try await core.store.write({ try AuditMilestone.verified.write(now, $0) }, committed: nil)
            }
        } catch let tampering as AuditTampering {
            declare(tampering.description)
            throw tampering
        }
    }

    /// A signed head of the log as it is now, made where the last one is of fewer events.
    ///
    /// Throws `auditTampered` where the log does not continue what was signed.
    package func checkpoint() async throws -> StoredCheckpoint {
        if let signing { return try await signing.value }
        let task = Task { try await self.sign() }
        signing = task
        defer { signing = nil }
        return try await task.value
    }

    private func sign() async throws -> StoredCheckpoint {
        if let damage { throw StemmaError.auditTampered(damage) }
        let (last, signer): (StoredCheckpoint?, LogSigner) = (self.last, self.signer)
        let head: (size: Int64, root: Digest, proof: [Digest])? = try await core.store.read { reader in
            let size: Int64 = try reader.auditSize()
            guard size != last?.size else { return nil }
            var tree: TileTree = AuditTree.tree(size, reader)
            guard size >= last?.size ?? 0 else { return (size, MerkleHash.empty, []) }
            return (size, try tree.root(), try tree.consistency(from: last?.size ?? 0))
        }
        guard let head else {
            if let last { return try await anchor(last) }
            throw StemmaError(.internalError, "the log has no head", cause: "no checkpoint and no size")
        }
        if let last {
            guard
                MerkleProof.isConsistent(
                    from: last.size, last.root, to: head.size, head.root, proof: head.proof)
            else {
                let text: String = "the log's first \(last.size) events are not those that were signed"
                declare(text)
                throw StemmaError.auditTampered(text)
            }
        }
        let note: SignedNote = signer.sign(Checkpoint(origin: signer.origin, size: head.size, root: head.root))
        let stored = StoredCheckpoint(size: head.size, root: head.root, note: note.description)
        try await keep(stored, reaching: .signed)
        self.last = stored
        return try await anchor(stored)
    }

    /// From now on remote anchors are not waited for: they get the last head after the next start.
    package func end() {
        isEnding = true
        signing?.cancel()
    }

    /// Makes `key` the signing key, or says that the present one is new, where it is nil: the log gets an event that names the
    /// key, and a head that the old key signs too, where it is there. Answers the new verifier key.
    package func announceKey(_ key: Ed25519PrivateKey?, _ context: RequestContext) async throws -> VerifierKey {
        let old: LogSigner = signer
        let new: LogSigner = try key.map { try LogSigner(origin: old.origin, key: $0, former: old.keys) } ?? old
        let (verifier, keys): (VerifierKey, [VerifierKey]) = (new.verifier, new.keys)
        _ = try await core.gate.mutate("rotate_audit_key", context) { transaction, _ in
            try LogSigner.keep(keys, transaction)
            return MutationGate.Mutation(
                Answer(.updated),
                event: AuditDraft(
                    .registry, detail: ["vkey": .string(verifier.description), "old_key_lost": .bool(key == nil)]))
        }
        signer = new
        let head: StoredCheckpoint = try await checkpoint()
        guard key != nil else { return verifier }
        var note = try SignedNote(head.note)
        note.sign(as: old.verifier, with: old.key)
        let signed = StoredCheckpoint(size: head.size, root: head.root, note: note.description)
        try await keep(signed)
        last = signed
        return verifier
    }

    private func keep(_ checkpoint: StoredCheckpoint, reaching milestone: AuditMilestone? = nil) async throws {
        let now: Timestamp = core.environment.now()
        try await core.store.write(
            { transaction in
                try transaction.putAuditCheckpoint(checkpoint)
                try milestone?.write(now, transaction)
            }, committed: nil)
    }

    /// Hands a head to every anchor that does not have it; answers it with what they added. Throws `auditTampered`.
    private func anchor(_ head: StoredCheckpoint) async throws -> StoredCheckpoint {
        let note = try SignedNote(head.note)
        var cosigned: SignedNote = note
        for (position, anchor) in anchors.enumerated() where anchored[position] < head.size {
            if isEnding && anchor.isRemote { continue }
            if let end = resting[position], ContinuousClock.now < end { continue }
            resting[position] = nil
            do {
                for line in try await anchor.take(head.note, oldSize: anchored[position], log: asked(head.size)) {
                    try cosigned.add(line: Substring(line))
                }
                anchored[position] = head.size
                let now: Timestamp = core.environment.now()
                try await core.store.write({ try AuditMilestone.anchored.write(now, $0) }, committed: nil)
            } catch let tampering as AuditTampering {
                declare(tampering.description)
                throw StemmaError.auditTampered(tampering.description)
            } catch {
                resting[position] = .now + anchor.restAfterFailure
                report(.anchorFailed(name: anchor.name, "\(error)"))
            }
        }
        guard cosigned != note else { return head }
        let stored = StoredCheckpoint(size: head.size, root: head.root, note: cosigned.description)
        try await keep(stored)
        last = stored
        return stored
    }

    /// What anchors may ask about a head of that size.
    private func asked(_ size: Int64) -> AnchoredLog {
        let store: any MetadataStore = core.store
        return AnchoredLog(
            size: { try await store.read { try $0.auditSize() } },
            consistency: { oldSize in
                try await store.read { reader in
                    var tree: TileTree = AuditTree.tree(size, reader)
                    return try tree.consistency(from: oldSize)
                }
            })
    }
}

/// The log was changed by somebody else than the registry.
package struct AuditTampering: Error, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

extension StemmaError {
    static func auditTampered(_ what: String) -> StemmaError {
        StemmaError(
            .auditTampered,
            "the audit log was changed by somebody else than this registry (\(what)); it is only read now")
    }
}
