internal import StemmaDigest
internal import StemmaJSON
internal import StemmaTransparency

/// Answers what proves the log. Only tokens for all models may ask: a proof is over everything.
package struct AuditLogService: Sendable {
    let log: TransparencyLog
    let refusals: RefusalLog
    var core: RegistryCore { log.core }

    package init(log: TransparencyLog, refusals: RefusalLog) {
        self.log = log
        self.refusals = refusals
    }

    func authorize(_ principal: Principal) throws {
        try principal.require(.readAudit)
        guard principal.scope.isUnlimited else {
            throw StemmaError(
                .permissionDenied, "proofs and exports cover the whole log; this token reaches only some models")
        }
    }

    /// The signed head of the log as it is now. Throws `auditTampered`.
    package func readCheckpoint(_ principal: Principal) async throws -> String {
        try authorize(principal)
        await refusals.flush()
        return try await log.checkpoint().note
    }

    /// The keys that sign the log's heads, a line each, the present one last.
    package func readKey(_ principal: Principal) async throws -> String {
        try authorize(principal)
        return await log.signer.keys.map { $0.description + "\n" }.joined()
    }

    /// A body of `AuditLogShapes.inclusion`. `size` nil is that of a head signed now. Throws `invalidRequest` for a size that
    /// the log does not have, `auditEventNotFound` for an event that is not in it.
    package func proveInclusion(
        sequence: Int64, size: Int64?, _ principal: Principal
    ) async throws -> [UInt8] {
        try authorize(principal)
        let head: StoredCheckpoint? = size == nil ? try await log.checkpoint() : nil
        return try await core.store.read { reader in
            let wanted: Int64 = size ?? head?.size ?? 0
            try AuditLogService.requireSize(wanted, reader)
            guard sequence >= 0, sequence < wanted,
                let leafHash = try reader.auditLeafHashes(from: sequence, count: 1).first
            else {
                throw StemmaError(
                    .auditEventNotFound, "there is no event \(sequence) among the first \(wanted) of the log")
            }
            var tree: TileTree = AuditTree.tree(wanted, reader)
            let proof: [Digest] = try tree.inclusion(of: sequence)
            var writer = JSONWriter()
            writer.beginObject()
            writer.field("sequence", sequence)
            writer.field("size", wanted)
            writer.field("leaf_hash", Base64.encode(leafHash.bytes))
            writer.field("root_hash", Base64.encode(try tree.root().bytes))
            writer.key("proof")
            writer.value(proof.map { Base64.encode($0.bytes) })
            let signed: StoredCheckpoint? = try head ?? reader.auditCheckpoints(from: wanted, limit: 1).first
            writer.field("checkpoint", signed?.size == wanted ? signed?.note : nil)
            writer.endObject()
            return writer.finish()
        }
    }

    /// A body of `AuditLogShapes.consistency`. `to` nil is the size of a head signed now. Throws `invalidRequest`.
    package func proveConsistency(from: Int64, to: Int64?, _ principal: Principal) async throws -> [UInt8] {
        try authorize(principal)
        let head: StoredCheckpoint? = to == nil ? try await log.checkpoint() : nil
        return try await core.store.read { reader in
            let size: Int64 = to ?? head?.size ?? 0
            try AuditLogService.requireSize(size, reader)
            guard from >= 0, from <= size else {
                throw StemmaError(.invalidRequest, "from must be 0 to \(size)")
            }
            var tree: TileTree = AuditTree.tree(size, reader)
            var older: TileTree = AuditTree.tree(from, reader)
            var writer = JSONWriter()
            writer.beginObject()
            writer.field("from", from)
            writer.field("to", size)
            writer.field("from_root_hash", Base64.encode(try older.root().bytes))
            writer.field("to_root_hash", Base64.encode(try tree.root().bytes))
            writer.key("proof")
            writer.value(try tree.consistency(from: from).map { Base64.encode($0.bytes) })
            writer.endObject()
            return writer.finish()
        }
    }

    /// The bytes of a tile: 32 for each hash, or each event's text after its length in two bytes, big-endian (C2SP
    /// tlog-tiles). Throws `tileNotFound`, also for a part of a tile that is longer than what there is.
    package func readTile(_ text: String, _ principal: Principal) async throws -> [UInt8] {
        try authorize(principal)
        let absent = StemmaError(.tileNotFound, "there is no such tile of the log")
        guard let path = TilePath(text) else { throw absent }
        return try await core.store.read { reader in
            switch path.kind {
            case .hashes(let level):
                let hashes: [Digest] = try AuditTree.hashes(
                    level: level, from: path.index * TileTree.width, count: path.count, reader)
                guard hashes.count == path.count else { throw absent }
                return hashes.flatMap(\.bytes)
            case .entries:
                let leaves: [StoredLeaf] = try reader.auditLeaves(
                    from: path.index * TileTree.width, limit: path.count)
                guard leaves.count == path.count else { throw absent }
                var bytes: [UInt8] = []
                for stored in leaves {
                    guard let leaf = stored.record.leaf else {
                        throw StemmaError(.tileNotFound, "event \(stored.record.sequence) was pruned from this tile")
                    }
                    bytes.append(UInt8(truncatingIfNeeded: leaf.count >> 8))
                    bytes.append(UInt8(truncatingIfNeeded: leaf.count))
                    bytes.append(contentsOf: leaf)
                }
                return bytes
            }
        }
    }

    /// An export of the events `from` to before `to`, with the log's head as it is now; nil: all of them. `since` is the size
    /// of an older head that the log is proven to continue. The export is an event of the log itself, and part of it.
    ///
    /// Throws `invalidRequest` for a range that the log does not have.
    package func export(
        from: Int64?, to: Int64?, since: Int64?, includesPrivate: Bool, _ context: RequestContext
    ) async throws -> AuditExporter {
        try authorize(context.principal)
        await refusals.flush()
        var event = AuditDraft(.registry, detail: ["private": .bool(includesPrivate)])
        if let from { event.detail["from"] = .integer(from) }
        if let to { event.detail["to"] = .integer(to) }
        let draft: AuditDraft = event
        _ = try await core.gate.mutate("export_audit", context) { _, _ in
            MutationGate.Mutation(Answer(.updated), event: draft)
        }
        let head: StoredCheckpoint = try await log.checkpoint()
        let (first, end): (Int64, Int64) = (from ?? 0, to ?? head.size)
        guard 0 <= first, first <= end, end <= head.size, (0...head.size).contains(since ?? 0) else {
            throw StemmaError(
                .invalidRequest, "from, to and since must lie within the log's \(head.size) events, from not after to")
        }
        return AuditExporter(
            core: core, signer: await log.signer, head: head, range: first..<end, since: since,
            includesPrivate: includesPrivate)
    }

    private static func requireSize(_ size: Int64, _ reader: any MetadataReader) throws {
        let present: Int64 = try reader.auditSize()
        guard size >= 0, size <= present else {
            throw StemmaError(.invalidRequest, "the log has \(present) events; a size must be 0 to that")
        }
    }
}

/// The lines of one export, some events in memory at a time.
package actor AuditExporter {
    private static let pageEvents: Int = 500

    private let core: RegistryCore
    private let signer: LogSigner
    private let head: StoredCheckpoint
    private let range: Range<Int64>
    private let since: Int64?
    private let includesPrivate: Bool
    private var position: Int64
    private var isBegun: Bool = false
    private var isDone: Bool = false

    init(
        core: RegistryCore, signer: LogSigner, head: StoredCheckpoint, range: Range<Int64>, since: Int64?,
        includesPrivate: Bool
    ) {
        self.core = core
        self.signer = signer
        self.head = head
        self.range = range
        self.since = since
        self.includesPrivate = includesPrivate
        position = range.lowerBound
    }

    /// The next lines; nil at the end.
    package func next() async throws -> [UInt8]? {
        guard !isDone else { return nil }
        if !isBegun {
            isBegun = true
            return try await header()
        }
        guard position < range.upperBound else {
            isDone = true
            return try await footer()
        }
        let (start, isPrivate): (Int64, Bool) = (position, includesPrivate)
        let count = Int(min(Int64(AuditExporter.pageEvents), range.upperBound - start))
        position += Int64(count)
        return try await core.store.read { reader in
            let leaves: [StoredLeaf] = try reader.auditLeaves(from: start, limit: count)
            guard leaves.count == count else {
                throw StemmaError(.internalError, "events of the log are missing", cause: "the log has a gap")
            }
            return leaves.flatMap { stored in
                ExportText.event(
                    sequence: stored.record.sequence, leaf: stored.record.leaf, leafHash: stored.record.leafHash,
                    revealed: isPrivate
                        ? stored.record.privateValues.map {
                            ExportText.Revealed(field: $0.field, salt: $0.salt, value: $0.value)
                        } : [])
            }
        }
    }

    private func header() async throws -> [UInt8] {
        let (signer, range, size): (LogSigner, Range<Int64>, Int64) = (self.signer, self.range, head.size)
        return try await core.store.read { reader in
            var tree: TileTree = AuditTree.tree(size, reader)
            let left: [Digest] = try Subtree.covering(0..<range.lowerBound).map { try tree.node($0) }
            return ExportText.header(
                origin: signer.origin, keys: signer.keys, from: range.lowerBound, to: range.upperBound, left: left)
        }
    }

    private func footer() async throws -> [UInt8] {
        let (range, head, since): (Range<Int64>, StoredCheckpoint, Int64?) = (self.range, self.head, self.since)
        return try await core.store.read { reader in
            var tree: TileTree = AuditTree.tree(head.size, reader)
            let right: [Digest] = try Subtree.covering(range.upperBound..<head.size).map { try tree.node($0) }
            let consistency: (from: Int64, root: Digest, proof: [Digest])? = try since.map { size in
                var older: TileTree = AuditTree.tree(size, reader)
                return (size, try older.root(), try tree.consistency(from: size))
            }
            return ExportText.footer(checkpoint: head.note, right: right, consistency: consistency)
        }
    }
}
