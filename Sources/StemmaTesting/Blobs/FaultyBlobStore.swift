package import StemmaDigest
package import StemmaRegistry
internal import Synchronization

/// A blob store around another one that fails where a test tells it to.
package final class FaultyBlobStore: BlobStore {
    /// Where a call can be made to fail.
    package enum Point: Sendable, Hashable, CaseIterable {
        case begin, resume, open, size, delete, list, stagedIDs, discard, freeBytes
        /// The bytes do not count.
        case append
        case sync
        /// The bytes are not stored; the staging area is as the store left it.
        case commitBeforeStoring
        /// The bytes are stored, and the caller is told that they are not.
        case commitAfterStoring
        case read
        /// `isStillIntact` answers false instead of throwing.
        case intactness
    }

    private struct Plan {
        var calls: [Point: Int] = [:]
        var faults: [Point: [Int: StemmaError]] = [:]
    }

    private let inner: any BlobStore
    private let plan: Mutex<Plan> = Mutex(Plan())

    /// A store that does what `inner` does until told otherwise.
    package init(_ inner: any BlobStore) {
        self.inner = inner
    }

    /// Makes the `number`th call from now on at `point` fail (1: the next), counted over all uploads and readers.
    package func fail(
        _ point: Point, onCall number: Int = 1,
        with error: StemmaError = StemmaError(.internalError, "A fault was injected.")
    ) {
        plan.withLock { $0.faults[point, default: [:]][$0.calls[point, default: 0] + number] = error }
    }

    /// How often `point` was reached.
    package func callCount(_ point: Point) -> Int {
        plan.withLock { $0.calls[point, default: 0] }
    }

    package func begin(_ id: StagingID) async throws -> any StagedBlob {
        try reach(.begin)
        return FaultyStagedBlob(try await inner.begin(id), self)
    }

    package func resume(_ id: StagingID) async throws -> (any StagedBlob)? {
        try reach(.resume)
        return try await inner.resume(id).map { FaultyStagedBlob($0, self) }
    }

    package func open(_ digest: Digest) async throws -> (any BlobReader)? {
        try reach(.open)
        return try await inner.open(digest).map { FaultyBlobReader($0, self) }
    }

    package func size(of digest: Digest) async throws -> Int64? {
        try reach(.size)
        return try await inner.size(of: digest)
    }

    package func delete(_ digest: Digest) async throws {
        try reach(.delete)
        try await inner.delete(digest)
    }

    package func list(after digest: Digest?, limit: Int) async throws -> [Digest] {
        try reach(.list)
        return try await inner.list(after: digest, limit: limit)
    }

    package func stagedIDs() async throws -> [StagingID] {
        try reach(.stagedIDs)
        return try await inner.stagedIDs()
    }

    package func discard(_ id: StagingID) async throws {
        try reach(.discard)
        try await inner.discard(id)
    }

    package func freeBytes() async throws -> Int64? {
        try reach(.freeBytes)
        return try await inner.freeBytes()
    }

    /// Counts the call and throws where it is to fail.
    func reach(_ point: Point) throws {
        let fault: StemmaError? = plan.withLock { plan in
            let number: Int = plan.calls[point, default: 0] + 1
            plan.calls[point] = number
            return plan.faults[point]?[number]
        }
        if let fault { throw fault }
    }
}

private final class FaultyStagedBlob: StagedBlob {
    private let inner: any StagedBlob
    private let store: FaultyBlobStore

    init(_ inner: any StagedBlob, _ store: FaultyBlobStore) {
        self.inner = inner
        self.store = store
    }

    var offset: Int64 {
        get async { await inner.offset }
    }

    func append(_ bytes: [UInt8]) async throws {
        try store.reach(.append)
        try await inner.append(bytes)
    }

    func sync() async throws {
        try store.reach(.sync)
        try await inner.sync()
    }

    func seal() async throws -> Digest { try await inner.seal() }

    func commit(expected: Digest?) async throws -> CommittedBlob {
        try store.reach(.commitBeforeStoring)
        let committed: CommittedBlob = try await inner.commit(expected: expected)
        try store.reach(.commitAfterStoring)
        return committed
    }

    func cancel() async { await inner.cancel() }

    func suspend() async { await inner.suspend() }
}

private final class FaultyBlobReader: BlobReader {
    private let inner: any BlobReader
    private let store: FaultyBlobStore

    init(_ inner: any BlobReader, _ store: FaultyBlobStore) {
        self.inner = inner
        self.store = store
    }

    var size: Int64 { inner.size }

    var descriptor: Int32? { inner.descriptor }

    func read(at offset: Int64, count: Int) async throws -> [UInt8] {
        try store.reach(.read)
        return try await inner.read(at: offset, count: count)
    }

    func isStillIntact() -> Bool {
        do {
            try store.reach(.intactness)
            return inner.isStillIntact()
        } catch {
            return false
        }
    }
}
