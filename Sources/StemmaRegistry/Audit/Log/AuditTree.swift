internal import StemmaDigest
internal import StemmaTransparency

/// The log's Merkle tree in the store: the events' hashes, and above them one for every 256.
enum AuditTree {
    /// Keeps the hashes of the subtrees that end with the log's size, once an event made it so.
    static func complete(at size: Int64, _ transaction: any MetadataTransaction) throws {
        var level: Int = 1
        var count: Int64 = size
        while count % TileTree.width == 0 {
            count /= TileTree.width
            try keep(level: level, index: count - 1, transaction)
            level += 1
        }
    }

    private static func keep(level: Int, index: Int64, _ transaction: any MetadataTransaction) throws {
        let below: [Digest] = try hashes(
            level: level - 1, from: index * TileTree.width, count: Int(TileTree.width), transaction)
        guard below.count == Int(TileTree.width) else {
            throw StemmaError(
                .internalError, "the audit log's tree is incomplete", cause: "level \(level - 1) of tiles has a gap")
        }
        try transaction.insertAuditTileHash(level: level, index: index, MerkleHash.root(ofComplete: below[...]))
    }

    /// Makes what is missing of the tree over events that are there: those of a log that is older than its tree.
    static func catchUp(_ store: any MetadataStore) async throws {
        for level in 1...TilePath.levelMax {
            var isBehind: Bool = true
            while isBehind {
                isBehind = try await store.write(
                    { transaction in
                        let below: Int64 =
                            level == 1 ? try transaction.auditSize() : try transaction.auditTileCount(level: level - 1)
                        let present: Int64 = try transaction.auditTileCount(level: level)
                        let end: Int64 = min(below / TileTree.width, present + catchUpBatch)
                        for index in present..<max(present, end) { try keep(level: level, index: index, transaction) }
                        return end < below / TileTree.width
                    }, committed: nil)
            }
        }
    }

    /// Hashes that are made in one transaction.
    private static let catchUpBatch: Int64 = 64

    static func hashes(
        level: Int, from index: Int64, count: Int, _ reader: any MetadataReader
    ) throws -> [Digest] {
        level == 0
            ? try reader.auditLeafHashes(from: index, count: count)
            : try reader.auditTileHashes(level: level, from: index, count: count)
    }

    /// The tree of the first `size` events.
    static func tree(_ size: Int64, _ reader: any MetadataReader) -> TileTree {
        TileTree(size: size) { level, index, count in
            try hashes(level: level, from: index * TileTree.width, count: count, reader)
        }
    }
}
