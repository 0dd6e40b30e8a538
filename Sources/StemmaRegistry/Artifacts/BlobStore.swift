package import StemmaDigest

/// Where artifact bytes live, addressed by their SHA-256 digest and by nothing else.
///
/// What every implementation promises (and the contract suite in `StemmaTesting` checks):
/// - A blob is durable, and visible to `open`, `stat` and `list`, when `StagedBlob.commit` returns, not before.
/// - Committing bytes that are already stored succeeds and keeps one copy.
/// - A staged blob outlives the process: `resume` finds every byte that `StagedBlob.sync` acknowledged.
/// - A cancelled or never committed upload leaves no blob; deleting what is absent succeeds.
/// - Bytes whose digest no longer fits (planted, corrupted, replaced by a link) are never handed out.
///
/// All calls may be made from any task; none blocks a thread of Swift's cooperative pool.
package protocol BlobStore: Sendable {
    /// Opens an empty staging area. Throws `insufficientStorage` when the disk is below its floor.
    func begin(_ id: StagingID) async throws -> any StagedBlob

    /// Opens the staging area again after an interruption or restart, or answers nil where none is kept under that id.
    func resume(_ id: StagingID) async throws -> (any StagedBlob)?

    /// The blob's bytes for reading, verified against the digest; nil where it is not stored.
    /// Throws `blobCorrupt` when the stored bytes do not have that digest.
    func open(_ digest: Digest) async throws -> (any BlobReader)?

    /// The size of a stored blob in bytes, or nil. Does not verify the content.
    func size(of digest: Digest) async throws -> Int64?

    /// Removes a blob's bytes. Deleting what is absent succeeds.
    func delete(_ digest: Digest) async throws

    /// Stored digests in ascending order after `digest` (nil: from the first), at most `limit`.
    func list(after digest: Digest?, limit: Int) async throws -> [Digest]

    /// The ids of all staging areas that are kept, in no particular order.
    func stagedIDs() async throws -> [StagingID]

    /// Drops a staging area that nobody holds open. Dropping what is absent succeeds.
    func discard(_ id: StagingID) async throws

    /// Bytes that may still be written before `begin` and `append` are refused; nil where the store cannot tell.
    func freeBytes() async throws -> Int64?
}

/// Bytes on their way in: append, then commit or cancel. Used by one task at a time.
package protocol StagedBlob: Sendable {
    /// Bytes taken so far.
    var offset: Int64 { get async }

    /// Adds bytes at `offset`. Throws `insufficientStorage` when they do not fit, in which case none of them counts.
    func append(_ bytes: [UInt8]) async throws

    /// Makes every byte appended so far survive a crash.
    func sync() async throws

    /// Ends the bytes and answers their digest, so that it can be written down before `commit` takes the staging area away.
    /// After that the value takes no more bytes; asking again answers the same.
    func seal() async throws -> Digest

    /// Makes the bytes a durable blob. A failure keeps what was synced for a later `resume`. Throws `digestMismatch` when `expected` is given and differs; nothing is kept then.
    func commit(expected: Digest?) async throws -> CommittedBlob

    /// Drops the bytes. Never fails: what cannot be removed now is swept later.
    func cancel() async

    /// Closes the area and keeps its bytes for a later `resume`.
    func suspend() async
}

/// What a commit stored.
package struct CommittedBlob: Sendable, Equatable {
    package let digest: Digest
    /// In bytes.
    package let size: Int64
    /// True where the same bytes were stored before.
    package let alreadyStored: Bool

    package init(digest: Digest, size: Int64, alreadyStored: Bool) {
        self.digest = digest
        self.size = size
        self.alreadyStored = alreadyStored
    }
}

/// An open blob. Its bytes stay readable while the value lives, also when the blob is deleted meanwhile.
package protocol BlobReader: Sendable {
    /// In bytes.
    var size: Int64 { get }

    /// A regular file's descriptor, positioned nowhere in particular, owned by the reader; nil where the store has none.
    /// For `sendfile`: the caller keeps the reader alive for as long as it uses the descriptor.
    var descriptor: Int32? { get }

    /// Up to `count` bytes from `offset`; fewer only at the end of the blob.
    func read(at offset: Int64, count: Int) async throws -> [UInt8]

    /// False once the underlying bytes were touched after verification; asked before the last bytes of an answer leave.
    func isStillIntact() -> Bool
}

/// Names one staging area: 1 to 64 characters of `[A-Za-z0-9_-]`, so that it can safely be a file name.
package struct StagingID: Hashable, Sendable, CustomStringConvertible {
    package let text: String

    /// Nil where the text is not of that form.
    package init?(_ text: String) {
        let isAllowed: (UInt8) -> Bool = { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        guard (1...64).contains(text.utf8.count), text.utf8.allSatisfy(isAllowed) else { return nil }
        self.text = text
    }

    package var description: String { text }
}
