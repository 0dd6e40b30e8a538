package import StemmaDigest
package import StemmaRegistry
internal import Synchronization

/// Blobs in memory, with the same promises as on disk. Its readers have no descriptor.
package final class MemoryBlobStore: BlobStore {
    struct Staged {
        var bytes: [UInt8] = []
        /// Bytes that a crash leaves.
        var syncedCount: Int = 0
        /// Who may work on it; nil while nobody does.
        var holder: ObjectIdentifier?
        /// Whether a crash leaves the area itself.
        var isDurable: Bool = false
    }

    struct State {
        var blobs: [Digest: [UInt8]] = [:]
        var staged: [StagingID: Staged] = [:]

        var usedBytes: Int64 {
            let stored: Int = blobs.values.reduce(0) { $0 + $1.count }
            return Int64(staged.values.reduce(stored) { $0 + $1.bytes.count })
        }
    }

    let state: Mutex<State> = Mutex(State())
    private let capacity: Int64?

    /// An empty store that takes `capacity` bytes, or any number of them.
    package init(capacity: Int64? = nil) {
        self.capacity = capacity
    }

    package func begin(_ id: StagingID) async throws -> any StagedBlob {
        let staged = MemoryStagedBlob(id, in: self)
        try state.withLock { state in
            try requireRoom(for: 0, in: state)
            guard state.staged[id] == nil else { throw Self.busy }
            state.staged[id] = Staged(holder: ObjectIdentifier(staged))
        }
        return staged
    }

    package func resume(_ id: StagingID) async throws -> (any StagedBlob)? {
        let staged = MemoryStagedBlob(id, in: self)
        return try state.withLock { state in
            guard let kept = state.staged[id] else { return nil }
            guard kept.holder == nil else { throw Self.busy }
            state.staged[id]?.holder = ObjectIdentifier(staged)
            return staged
        }
    }

    package func open(_ digest: Digest) async throws -> (any BlobReader)? {
        guard let bytes = state.withLock({ $0.blobs[digest] }) else { return nil }
        guard SHA256Hasher.digest(bytes) == digest else {
            throw StemmaError(.blobCorrupt, "The stored bytes of \(digest) are damaged.")
        }
        return MemoryBlobReader(bytes)
    }

    package func size(of digest: Digest) async throws -> Int64? {
        state.withLock { $0.blobs[digest].map { Int64($0.count) } }
    }

    package func delete(_ digest: Digest) async throws {
        state.withLock { $0.blobs[digest] = nil }
    }

    package func list(after digest: Digest?, limit: Int) async throws -> [Digest] {
        let all: [Digest] = state.withLock { Array($0.blobs.keys) }
        let following: [Digest] = all.filter { candidate in digest.map { $0 < candidate } ?? true }
        return Array(following.sorted().prefix(limit))
    }

    package func stagedIDs() async throws -> [StagingID] {
        state.withLock { Array($0.staged.keys) }
    }

    package func discard(_ id: StagingID) async throws {
        try state.withLock { state in
            guard state.staged[id]?.holder == nil else { throw Self.busy }
            state.staged[id] = nil
        }
    }

    package func freeBytes() async throws -> Int64? {
        state.withLock { state in capacity.map { max(0, $0 - state.usedBytes) } }
    }

    /// Loses what a crash would lose: holders, and staged bytes that were not synced.
    package func crash() {
        state.withLock { state in
            state.staged = state.staged.filter { $0.value.isDurable }
            for id in state.staged.keys { Self.release(id, cutToSynced: true, in: &state) }
        }
    }

    /// Replaces a stored blob's bytes behind the store's back.
    package func damage(_ digest: Digest, with bytes: [UInt8]) {
        state.withLock { $0.blobs[digest] = bytes }
    }

    func requireRoom(for count: Int, in state: State) throws {
        guard let capacity, state.usedBytes + Int64(count) > capacity else { return }
        throw StemmaError(.insufficientStorage, "The store has no room left for these bytes.")
    }

    static func release(_ id: StagingID, cutToSynced: Bool, in state: inout State) {
        state.staged[id]?.holder = nil
        guard cutToSynced, let kept = state.staged[id] else { return }
        state.staged[id]?.bytes = Array(kept.bytes.prefix(kept.syncedCount))
    }

    private static let busy: StemmaError = StemmaError(.uploadBusy, "This upload is kept already or in use.")
}
