internal import StemmaDigest
internal import StemmaRegistry
internal import Synchronization

/// Publishes, verifies and deletes blobs: what must not happen twice at once for one digest.
final class BlobVault: Sendable {
    /// A stored file that may be handed out.
    struct Verified: Sendable {
        let file: Descriptor
        let size: Int64
        let seal: Seal
    }

    private let tree: BlobTree
    private let seals: SealBook
    private let gate: DigestGate = DigestGate()
    private let fileLanes: WorkerLanes
    /// For what waits on the disk to write, so that it holds up no reading.
    private let writeLanes: WorkerLanes
    private let hashLanes: WorkerLanes
    /// Digests whose file may have its name already, but not for sure after a crash.
    private let publishing: Mutex<Set<Digest>> = Mutex([])

    init(
        tree: BlobTree, rememberedFiles: Int, fileLanes: WorkerLanes, writeLanes: WorkerLanes, hashLanes: WorkerLanes
    ) {
        self.tree = tree
        seals = SealBook(limit: rememberedFiles)
        self.fileLanes = fileLanes
        self.writeLanes = writeLanes
        self.hashLanes = hashLanes
    }

    /// Opens a blob for handing out: at once where nobody has touched the file since it was verified, else after hashing
    /// it. Many callers at once share one hashing. Nil where there is none; throws `blobCorrupt`.
    func open(_ digest: Digest) async throws -> Verified? {
        let tree: BlobTree = tree
        guard let found = try await fileLanes.run({ try tree.open(digest) }) else { return nil }
        if let known = known(digest, found) { return known }
        return try await gate.pass(digest) { try await verified(digest) }
    }

    /// The size of a blob's file; nil where there is none. Throws `blobCorrupt` for what is no plain file.
    func size(of digest: Digest) async throws -> Int64? {
        let tree: BlobTree = tree
        let size: Int64? = try await fileLanes.run { try tree.size(of: digest) }
        // Asked in this order a file that was seen is either marked still, or durable.
        return publishing.withLock { $0.contains(digest) } ? nil : size
    }

    /// Stored digests in ascending order.
    func list(after digest: Digest?, limit: Int) async throws -> [Digest] {
        var after: Digest? = digest
        var result: [Digest] = []
        while result.count < limit {
            let (start, wanted): (Digest?, Int) = (after, limit - result.count)
            let found: [Digest] = try await fileLanes.run { [tree] in try tree.list(after: start, limit: wanted) }
            let unsettled: Set<Digest> = publishing.withLock { $0 }
            result += found.filter { !unsettled.contains($0) }
            guard found.count == wanted else { break }
            after = found.last
        }
        return result
    }

    /// Makes a staged file of `size` bytes the blob of its digest, unless the same bytes are stored and intact. The answer
    /// tells whether they were; then the staged file is still where it was.
    func publish(
        _ staged: Descriptor, size: Int64, named name: String, from staging: Directory, as digest: Digest
    ) async throws -> Bool {
        try await gate.pass(digest) {
            if try await isStoredIntact(digest) {
                try await writeLanes.run { [tree] in try tree.makeDurable(digest) }
                return true
            }
            publishing.withLock { _ = $0.insert(digest) }
            defer { publishing.withLock { _ = $0.remove(digest) } }
            seals.forget(digest)
            let stamp: FileStamp = try await writeLanes.run { [tree] in
                try Self.requireUntouched(staged, size: size)
                try staged.sync()
                return try tree.adopt(staged, named: name, from: staging, as: digest)
            }
            seals.put(digest, stamp)
            return false
        }
    }

    /// Removes a blob. Readers that are under way keep their bytes.
    func delete(_ digest: Digest) async throws {
        try await gate.pass(digest) {
            let seal: Seal? = seals.seal(of: digest)
            try await writeLanes.run { [tree] in try tree.remove(digest, seal: seal) }
            seals.forget(digest)
        }
    }

    /// The digest was taken of the bytes on their way in, so the file must be what they made.
    private static func requireUntouched(_ staged: Descriptor, size: Int64) throws {
        let status: FileStatus = try staged.status()
        guard status.isPlainFile, status.size == size else {
            throw StemmaError(
                .internalError, "The upload's bytes are damaged. Upload them again.",
                cause: "staged file \(staged.name) was touched by someone else")
        }
    }

    /// Bytes whose damage shows may be replaced by those that came in, so damage counts as absence here.
    private func isStoredIntact(_ digest: Digest) async throws -> Bool {
        do {
            return try await verified(digest) != nil
        } catch let error as StemmaError where error.code == .blobCorrupt {
            return false
        }
    }

    /// The caller has passed the gate.
    private func verified(_ digest: Digest) async throws -> Verified? {
        let tree: BlobTree = tree
        guard let found = try await fileLanes.run({ try tree.open(digest) }) else { return nil }
        if let known = known(digest, found) { return known }
        let hasher = StreamHasher(on: hashLanes.makeQueue())
        var position: Int64 = 0
        while position < found.status.size {
            let count: Int64 = try await hasher.addTurn(of: found.file, in: position..<found.status.size)
            guard count > 0 else { throw corruptBlob(digest, "its file ended while it was read") }
            position += count
        }
        let actual: Digest = await hasher.finish()
        guard actual == digest else { throw corruptBlob(digest, "its file has the digest \(actual)") }
        let now: FileStatus = try await fileLanes.run { try found.file.status() }
        guard now.stamp == found.status.stamp, now.isPlainFile else {
            throw corruptBlob(digest, "its file was touched while it was read")
        }
        return Verified(file: found.file, size: now.size, seal: seals.put(digest, now.stamp))
    }

    private func known(_ digest: Digest, _ found: BlobTree.OpenFile) -> Verified? {
        guard let seal = seals.seal(of: digest, fitting: found.status.stamp) else { return nil }
        return Verified(file: found.file, size: found.status.size, seal: seal)
    }
}
