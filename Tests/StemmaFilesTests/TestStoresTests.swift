import StemmaDigest
import StemmaRegistry
import StemmaTesting
import Testing

/// The stores for tests do what tests rely on.
@Suite struct TestStoresTests {
    private static let id: StagingID = StagingID("upload")!

    @Test func faultsHitTheCallTheyWereSetFor() async throws {
        let store = FaultyBlobStore(MemoryBlobStore())
        store.fail(.append, onCall: 2, with: StemmaError(.insufficientStorage, "full"))
        let staged: any StagedBlob = try await store.begin(Self.id)
        try await staged.append([1])
        #expect(await refusal { try await staged.append([2]) } == .insufficientStorage)
        #expect(await staged.offset == 1)
        try await staged.append([3])
        let committed: CommittedBlob = try await staged.commit(expected: SHA256Hasher.digest([1, 3]))
        #expect(store.callCount(.append) == 3)

        store.fail(.open)
        #expect(await refusal { _ = try await store.open(committed.digest) } == .internalError)
        let reader = try #require(await store.open(committed.digest))
        store.fail(.intactness)
        #expect(!reader.isStillIntact() && reader.isStillIntact())
    }

    @Test(arguments: [(FaultyBlobStore.Point.commitBeforeStoring, false), (.commitAfterStoring, true)])
    func aFailedCommitMayOrMayNotHaveStored(point: FaultyBlobStore.Point, isStored: Bool) async throws {
        let store = FaultyBlobStore(MemoryBlobStore())
        store.fail(point)
        let staged: any StagedBlob = try await store.begin(Self.id)
        #expect(await refusal { _ = try await staged.commit(expected: nil) } == .internalError)
        #expect((try await store.open(SHA256Hasher.digest([])) != nil) == isStored)
    }

    @Test func memoryRunsOutWhereItIsTold() async throws {
        let store = MemoryBlobStore(capacity: 100)
        let staged: any StagedBlob = try await store.begin(Self.id)
        try await staged.append([UInt8](repeating: 1, count: 60))
        #expect(await refusal { try await staged.append([UInt8](repeating: 1, count: 60)) } == .insufficientStorage)
        #expect(await staged.offset == 60)
        #expect(try await store.freeBytes() == 40)
        let digest: Digest = try await staged.commit(expected: nil).digest
        store.damage(digest, with: [9])
        #expect(await refusal { _ = try await store.open(digest) } == .blobCorrupt)
    }

    /// A contract suite that passes everything is worth nothing.
    @Test func theContractSuiteNoticesBrokenPromises() async throws {
        var unnoticed: [String] = []
        for check in BlobStoreContract.checks {
            do {
                try await check.run(ForgetfulHarness())
                unnoticed.append(check.description)
            } catch is ContractViolation {
                // As it should be.
            }
        }
        let mustFail: [String] = unnoticed.filter { $0.contains("survive") || $0.contains("committed blob is stored") }
        #expect(mustFail.isEmpty)
    }

    /// A store that is empty after every start, and stores other bytes than it is given.
    private struct ForgetfulHarness: BlobStoreHarness {
        func open() async throws -> any BlobStore { TwistingStore() }
    }

    private final class TwistingStore: BlobStore {
        private let inner: MemoryBlobStore = MemoryBlobStore()

        func begin(_ id: StagingID) async throws -> any StagedBlob { try await inner.begin(id) }

        func resume(_ id: StagingID) async throws -> (any StagedBlob)? { try await inner.resume(id) }

        func open(_ digest: Digest) async throws -> (any BlobReader)? {
            let other = try await inner.begin(StagingID("other")!)
            return try await inner.open(try await other.commit(expected: nil).digest)
        }

        func size(of digest: Digest) async throws -> Int64? { try await inner.size(of: digest) }

        func delete(_ digest: Digest) async throws { try await inner.delete(digest) }

        func list(after digest: Digest?, limit: Int) async throws -> [Digest] {
            try await inner.list(after: digest, limit: limit)
        }

        func stagedIDs() async throws -> [StagingID] { try await inner.stagedIDs() }

        func discard(_ id: StagingID) async throws { try await inner.discard(id) }

        func freeBytes() async throws -> Int64? { try await inner.freeBytes() }
    }
}
