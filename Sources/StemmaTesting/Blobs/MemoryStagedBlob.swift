internal import StemmaDigest
internal import StemmaRegistry
internal import Synchronization

/// An upload to a `MemoryBlobStore`; its bytes live in the store.
final class MemoryStagedBlob: StagedBlob {
    private let id: StagingID
    private let store: MemoryBlobStore
    private let sealed = Mutex<Digest?>(nil)

    init(_ id: StagingID, in store: MemoryBlobStore) {
        self.id = id
        self.store = store
    }

    /// Walking away from an upload is what a crash does to it.
    deinit {
        store.state.withLock { state in
            guard state.staged[id]?.holder == ObjectIdentifier(self) else { return }
            MemoryBlobStore.release(id, cutToSynced: true, in: &state)
        }
    }

    var offset: Int64 {
        get async { store.state.withLock { Int64($0.staged[id]?.bytes.count ?? 0) } }
    }

    func append(_ bytes: [UInt8]) async throws {
        guard sealed.withLock({ $0 == nil }) else {
            throw StemmaError(.internalError, "This upload is sealed.", cause: "staged blob \(id)")
        }
        try store.state.withLock { state in
            _ = try held(in: state)
            try store.requireRoom(for: bytes.count, in: state)
            state.staged[id]?.bytes += bytes
        }
    }

    func sync() async throws {
        try store.state.withLock { state in
            let count: Int = try held(in: state).bytes.count
            state.staged[id]?.syncedCount = count
            state.staged[id]?.isDurable = true
        }
    }

    func seal() async throws -> Digest {
        let bytes: [UInt8] = try store.state.withLock { try held(in: $0).bytes }
        let digest: Digest = SHA256Hasher.digest(bytes)
        sealed.withLock { $0 = digest }
        return digest
    }

    func commit(expected: Digest?) async throws -> CommittedBlob {
        try store.state.withLock { state in
            let bytes: [UInt8] = try held(in: state).bytes
            let digest: Digest = SHA256Hasher.digest(bytes)
            state.staged[id] = nil
            if let expected, expected != digest {
                throw StemmaError(.digestMismatch, "The bytes received have the digest \(digest), not \(expected).")
            }
            let wasStored: Bool = state.blobs[digest] == bytes
            state.blobs[digest] = bytes
            return CommittedBlob(digest: digest, size: Int64(bytes.count), alreadyStored: wasStored)
        }
    }

    func cancel() async {
        store.state.withLock { state in
            if state.staged[id]?.holder == ObjectIdentifier(self) { state.staged[id] = nil }
        }
    }

    func suspend() async {
        store.state.withLock { state in
            guard let kept = state.staged[id], kept.holder == ObjectIdentifier(self) else { return }
            state.staged[id]?.syncedCount = kept.bytes.count
            state.staged[id]?.isDurable = true
            MemoryBlobStore.release(id, cutToSynced: false, in: &state)
        }
    }

    private func held(in state: MemoryBlobStore.State) throws -> MemoryBlobStore.Staged {
        guard let staged = state.staged[id], staged.holder == ObjectIdentifier(self) else {
            throw StemmaError(.internalError, "This upload has ended.", cause: "staged blob \(id)")
        }
        return staged
    }
}

/// A blob of a `MemoryBlobStore` as it was when it was opened.
final class MemoryBlobReader: BlobReader {
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    var size: Int64 { Int64(bytes.count) }

    var descriptor: Int32? { nil }

    func read(at offset: Int64, count: Int) async throws -> [UInt8] {
        Array(bytes.dropFirst(Int(offset)).prefix(count))
    }

    func isStillIntact() -> Bool { true }
}
