package import StemmaDigest

/// Reading the log's tree and its signed heads.
package protocol AuditLogReader {
    /// Hashes of the events from `sequence` on, at most `count`.
    func auditLeafHashes(from sequence: Int64, count: Int) throws -> [Digest]

    /// Kept hashes of a level of tiles, 1 or above, from `index` on, at most `count`.
    func auditTileHashes(level: Int, from index: Int64, count: Int) throws -> [Digest]

    /// How many hashes a level of tiles has.
    func auditTileCount(level: Int) throws -> Int64

    /// Events as they are stored, in order, at most `limit`.
    func auditLeaves(from sequence: Int64, limit: Int) throws -> [StoredLeaf]

    /// The signed head of the greatest size.
    func lastAuditCheckpoint() throws -> StoredCheckpoint?

    /// Signed heads in the order of their sizes, from `size` on, at most `limit`.
    func auditCheckpoints(from size: Int64, limit: Int) throws -> [StoredCheckpoint]
}

package protocol AuditLogWriter {
    /// Keeps the hash of a complete subtree.
    func insertAuditTileHash(level: Int, index: Int64, _ hash: Digest) throws

    /// Keeps a signed head, or the same with more signatures.
    func putAuditCheckpoint(_ checkpoint: StoredCheckpoint) throws
}

/// A signed head as stored.
package struct StoredCheckpoint: Sendable, Equatable {
    package let size: Int64
    package let root: Digest
    /// The signed note.
    package let note: String

    package init(size: Int64, root: Digest, note: String) {
        self.size = size
        self.root = root
        self.note = note
    }
}

/// An event as stored: what is hashed, and the columns by which it is found.
package struct StoredLeaf: Sendable {
    package let record: AuditRecord
    /// The pseudonym of its principal; nil where it has none.
    package let pseudonym: String?
    package let retainUntil: Timestamp

    package init(record: AuditRecord, pseudonym: String?, retainUntil: Timestamp) {
        self.record = record
        self.pseudonym = pseudonym
        self.retainUntil = retainUntil
    }
}
