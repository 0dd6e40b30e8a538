internal import StemmaDigest
internal import StemmaJSON
internal import StemmaTransparency

/// Holds everything that is stored of the log against everything else: leaves against their hashes, columns and private
/// values against leaves, hashes against the tree, and the tree against every signed head.
enum LogVerification {
    /// Events that are read at once.
    private static let batch: Int = 1_000

    /// Throws `AuditTampering` at the first thing that does not fit.
    static func run(_ store: any MetadataStore, _ signer: LogSigner) async throws {
        var state = State(signer: signer, pruned: RangeSet(try await store.read { try $0.prunedRanges() }))
        var isAtEnd: Bool = false
        while !isAtEnd {
            let start: State = state
            (state, isAtEnd) = try await store.read { reader in
                var state: State = start
                try state.passHeads(reader)
                let leaves: [StoredLeaf] = try reader.auditLeaves(from: state.range.size, limit: batch)
                for leaf in leaves { try state.pass(leaf, reader) }
                if leaves.isEmpty {
                    // All the heads that are left speak of events that are not there.
                    guard state.heads.isEmpty, try reader.auditCheckpoints(from: state.nextHead, limit: 1).isEmpty
                    else {
                        throw AuditTampering("the log has fewer events than were signed")
                    }
                    try state.finish(reader)
                }
                return (state, leaves.isEmpty)
            }
        }
    }

    /// How far a verification has come.
    private struct State: Sendable {
        let signer: LogSigner
        /// What the log itself says was pruned, by events that are checked like all others.
        let pruned: RangeSet<Int64>
        var range = CompactRange()
        /// The tile of each level that is not complete yet.
        var tiles: [CompactRange] = [CompactRange()]
        var lastTime: Timestamp?
        /// Heads that are still to be compared.
        var heads: [StoredCheckpoint] = []
        var nextHead: Int64 = 0

        /// Compares the heads of the present size.
        mutating func passHeads(_ reader: any MetadataReader) throws {
            if heads.isEmpty {
                heads = try reader.auditCheckpoints(from: nextHead, limit: LogVerification.batch)
                nextHead = (heads.last?.size ?? Int64.max - 1) + 1
            }
            while let head = heads.first, head.size == range.size {
                try LogVerification.check(head, signer, by: signer.keys)
                guard head.root == range.root else {
                    throw AuditTampering("the log's first \(head.size) events are not those that were signed")
                }
                heads.removeFirst()
            }
        }

        mutating func pass(_ leaf: StoredLeaf, _ reader: any MetadataReader) throws {
            let record: AuditRecord = leaf.record
            guard record.sequence == range.size else { throw AuditTampering("event \(range.size) is missing") }
            if let lastTime, record.timestamp < lastTime {
                throw AuditTampering("event \(record.sequence) is older than the one before it")
            }
            lastTime = record.timestamp
            if record.leaf == nil {
                guard pruned.contains(record.sequence) else {
                    throw AuditTampering(
                        "event \(record.sequence): its text is missing, and nothing says that it was pruned")
                }
                try LeafCheck.checkPruned(leaf)
            } else {
                try LeafCheck.check(leaf)
            }
            range.append(record.leafHash)
            try compareTiles(record.leafHash, reader)
            try passHeads(reader)
        }

        /// Hashes of tiles that the last event completed.
        private mutating func compareTiles(_ leaf: Digest, _ reader: any MetadataReader) throws {
            tiles[0].append(leaf)
            var (level, count): (Int, Int64) = (1, range.size)
            while tiles[level - 1].size == TileTree.width {
                count /= TileTree.width
                let root: Digest = tiles[level - 1].root
                guard try reader.auditTileHashes(level: level, from: count - 1, count: 1).first == root else {
                    throw AuditTampering("a hash of the log's tree is wrong (level \(level), position \(count - 1))")
                }
                tiles[level - 1] = CompactRange()
                if tiles.count == level { tiles.append(CompactRange()) }
                tiles[level].append(root)
                level += 1
            }
        }

        /// No level may have more hashes than events account for.
        func finish(_ reader: any MetadataReader) throws {
            var count: Int64 = range.size
            for level in 1...TilePath.levelMax {
                count /= TileTree.width
                guard try reader.auditTileCount(level: level) == count else {
                    throw AuditTampering("level \(level) of the log's tree has more hashes than events")
                }
            }
        }
    }

    /// A stored head: its columns against its note, and the note against `keys`.
    static func check(_ stored: StoredCheckpoint, _ signer: LogSigner, by keys: [VerifierKey]) throws {
        let place: String = "the database"
        let note: SignedNote = try self.note(stored.note, by: keys, at: place)
        let checkpoint: Checkpoint = try self.checkpoint(note, signer, at: place)
        guard checkpoint.size == stored.size, checkpoint.root == stored.root, note.description == stored.note else {
            throw AuditTampering("the signed head of \(stored.size) events does not say what it is kept as")
        }
    }

    /// A note that one of `keys` signed.
    static func note(_ text: String, by keys: [VerifierKey], at place: String) throws -> SignedNote {
        do {
            let note = try SignedNote(text)
            guard !(try note.verified(by: keys)).isEmpty else {
                throw AuditTampering("a head in \(place) is not signed by this log's key")
            }
            return note
        } catch let error as TransparencyError {
            throw AuditTampering("a head in \(place) cannot be believed: \(error)")
        }
    }

    static func checkpoint(_ note: SignedNote, _ signer: LogSigner, at place: String) throws -> Checkpoint {
        do {
            let checkpoint = try Checkpoint(note.text)
            guard checkpoint.origin == signer.origin else {
                throw AuditTampering("a head in \(place) is of another log, \(checkpoint.origin)")
            }
            return checkpoint
        } catch let error as TransparencyError {
            throw AuditTampering("a head in \(place) cannot be believed: \(error)")
        }
    }
}

/// One event: its bytes, and what is kept beside them.
private enum LeafCheck {
    static func check(_ stored: StoredLeaf) throws {
        let record: AuditRecord = stored.record
        func fail(_ what: String) -> AuditTampering { AuditTampering("event \(record.sequence): \(what)") }
        guard let leaf = record.leaf else { throw fail("its text is missing") }
        guard MerkleHash.leaf(leaf) == record.leafHash else { throw fail("its text is not what was hashed") }
        guard let value = try? JSONParser.parse(leaf, limits: JSONLimits(depth: 512)),
            (try? CanonicalJSON.encodeLeaf(value)) == leaf
        else {
            throw fail("its text is not canonical")
        }
        guard value["seq"]?.integer == record.sequence, value["ts"]?.string == record.timestamp.description else {
            throw fail("its place or its time is another")
        }
        guard value["action"]?.string == record.action, value["outcome"]?.string == record.outcome,
            value["actor"]?["id"]?.string == stored.pseudonym, value["object"]?["type"]?.string == record.resource.type,
            value["object"]?["id"]?.string == record.resource.id
        else { throw fail("what it is found by is not what it says") }
        try check(record, value["object"], fail)
        if let until = value["retain_until"]?.string, until != stored.retainUntil.description {
            throw fail("it is kept for another time than it says")
        }
        for kept in record.privateValues {
            let commitment: String = Commitment.hex(
                salt: kept.salt, field: Array(kept.field.utf8), value: kept.value)
            guard value["priv"]?[kept.field]?.string == commitment else {
                throw fail("the private value \(kept.field) is not what was committed to")
            }
        }
    }

    /// Nothing of a pruned event is left but its place, its time and its hash.
    static func checkPruned(_ stored: StoredLeaf) throws {
        let record: AuditRecord = stored.record
        guard record.privateValues.isEmpty, record.action.isEmpty, record.resource.id.isEmpty,
            record.resource.model == nil
        else { throw AuditTampering("event \(record.sequence): it was pruned, but something of it is left") }
    }

    /// The model and the version that the event is found by are those of its object.
    private static func check(
        _ record: AuditRecord, _ object: JSONValue?, _ fail: (String) -> AuditTampering
    ) throws {
        let (id, model, version): (String, String?, String?) = (
            record.resource.id, record.resource.model, record.resource.version
        )
        let fits: Bool =
            switch record.resource.type {
            case "model": model == id && version == nil
            case "model_version": ExactText.areSame(id, "\(model ?? "")_v\(version ?? "")")
            case "alias": version == nil && id.hasPrefix("\(model ?? "")@")
            case "artifact": id.hasPrefix("\(model ?? "")_v\(version ?? "")/")
            case "rollout":
                object?["model"] == nil
                    || object?["model"]?.string == model && object?["version"]?.string == version
            default: model == nil && version == nil
            }
        guard fits else { throw fail("the model or version that it is found by is not its own") }
    }
}
