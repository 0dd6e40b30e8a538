import Glibc
import StemmaDigest
import StemmaFiles
import StemmaRegistry
import Testing

/// What the directory looks like, and who may use it.
@Suite struct FileBlobStoreTests {
    @Test func filesAreWhereTheLayoutSays() async throws {
        let directory = TemporaryDirectory()
        let store = try FileBlobStore(directory: directory.blobs)
        let staged: any StagedBlob = try await store.begin(try #require(StagingID("up_1-a")))
        try await staged.append([1, 2, 3])
        #expect(directory.files() == ["staging/up_1-a"])
        #expect(directory.mode(of: directory.blobs + "/staging/up_1-a") == S_IFREG | 0o600)
        try await staged.sync()
        #expect(directory.files().sorted() == ["staging/up_1-a", "staging/up_1-a.len"])
        let digest: Digest = try await staged.commit(expected: nil).digest
        #expect(directory.files().map { directory.blobs + "/" + $0 } == [directory.file(of: digest)])
    }

    @Test func nobodyElseMayReadOrWrite() async throws {
        let directory = TemporaryDirectory()
        let store = try FileBlobStore(directory: directory.blobs)
        let digest: Digest = try await upload([1, 2, 3], to: store).digest
        let file: String = directory.file(of: digest)
        #expect(directory.mode(of: file) == S_IFREG | 0o400)
        let inner: String = String(file.dropLast(65))
        let directories: [String] = ["", "/sha256", "/staging"].map { directory.blobs + $0 }
        for path in directories + [inner, String(inner.dropLast(3))] {
            #expect(directory.mode(of: path) == S_IFDIR | 0o700, "\(path)")
        }
        #expect(directory.mode(of: directory.blobs + "/lock") == S_IFREG | 0o600)
    }

    @Test func oneStoreUsesADirectory() throws {
        let directory = TemporaryDirectory()
        var first: FileBlobStore? = try FileBlobStore(directory: directory.blobs)
        do {
            _ = try FileBlobStore(directory: directory.blobs)
            Issue.record("a second store opened the directory")
        } catch {
            #expect(error.path == directory.blobs)
            #expect(error.reason.contains("another process uses it"))
        }
        withExtendedLifetime(first) {}
        first = nil
        _ = try FileBlobStore(directory: directory.blobs)
    }

    @Test func whatIsNoDirectoryIsRefusedWithAReason() throws {
        let directory = TemporaryDirectory()
        close(open(directory.blobs, O_CREAT | O_WRONLY, 0o600))
        #expect(throws: BlobStoreStartError.self) { try FileBlobStore(directory: directory.blobs) }
        #expect(throws: BlobStoreStartError.self) { try FileBlobStore(directory: directory.path + "/no/such") }
        try #require(unlink(directory.blobs) == 0 && mkdir(directory.blobs, 0o700) == 0)
        try #require(symlink("/tmp", directory.blobs + "/sha256") == 0)
        #expect(throws: BlobStoreStartError.self) { try FileBlobStore(directory: directory.blobs) }
    }

    @Test func recordsWithoutBytesAreSweptAtTheStart() async throws {
        let directory = TemporaryDirectory()
        var store: FileBlobStore? = try FileBlobStore(directory: directory.blobs)
        try await store?.begin(try #require(StagingID("kept"))).sync()
        store = nil
        close(open(directory.blobs + "/staging/gone.len", O_CREAT | O_WRONLY, 0o600))
        store = try FileBlobStore(directory: directory.blobs)
        #expect(directory.files().sorted() == ["staging/kept", "staging/kept.len"])
        #expect(try await store?.stagedIDs().map(\.text) == ["kept"])
    }

    @Test func readersOutliveTheStore() async throws {
        let directory = TemporaryDirectory()
        let bytes: [UInt8] = testBytes(100_000)
        var store: FileBlobStore? = try FileBlobStore(directory: directory.blobs)
        let digest: Digest = try await upload(bytes, to: #require(store)).digest
        let reader = try #require(await store?.open(digest))
        store = nil
        #expect(try await reader.read(at: 10, count: 500) == Array(bytes[10..<510]))
        #expect(fcntl(try #require(reader.descriptor), F_GETFD) & FD_CLOEXEC != 0)
    }

    @Test func forgottenFilesAreVerifiedAgain() async throws {
        let directory = TemporaryDirectory()
        let store = try FileBlobStore(directory: directory.blobs, options: FileBlobStoreOptions(rememberedFiles: 3))
        var digests: [Digest] = []
        for seed in 0..<20 {
            digests.append(try await upload(testBytes(1_000, seed: UInt64(seed)), to: store, as: "u\(seed)").digest)
        }
        for _ in 0..<3 {
            for (seed, digest) in digests.enumerated() {
                #expect(try await content(of: digest, in: store) == testBytes(1_000, seed: UInt64(seed)))
            }
        }
    }

    @Test func aReaderIsRememberedForAsLongAsItReads() async throws {
        let directory = TemporaryDirectory()
        let store = try FileBlobStore(directory: directory.blobs, options: FileBlobStoreOptions(rememberedFiles: 1))
        let digest: Digest = try await upload(testBytes(1_000), to: store).digest
        let reader = try #require(await store.open(digest))
        for seed in 2..<12 { try await upload(testBytes(10, seed: UInt64(seed)), to: store, as: "u\(seed)") }
        try await store.delete(digest)
        #expect(reader.isStillIntact())
    }

    /// Commits, opens and deletes of one digest, and of others beside it, in any order.
    @Test func everythingAtOnce() async throws {
        let directory = TemporaryDirectory()
        let store = try FileBlobStore(directory: directory.blobs)
        let contents: [[UInt8]] = (0..<3).map { testBytes(30_000, seed: $0) }
        let digests: [Digest] = contents.map { SHA256Hasher.digest($0) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<90 {
                group.addTask {
                    let digest: Digest = digests[number % 3]
                    switch number / 3 % 3 {
                    case 0: try await upload(contents[number % 3], to: store, as: "u\(number)")
                    case 1:
                        guard let reader = try await store.open(digest) else { return }
                        let read: [UInt8] = try await reader.read(at: 0, count: 30_000)
                        #expect(read == contents[number % 3] && reader.isStillIntact())
                    default: try await store.delete(digest)
                    }
                }
            }
            try await group.waitForAll()
        }
        for (number, digest) in digests.enumerated() {
            try await upload(contents[number], to: store)
            #expect(try await content(of: digest, in: store) == contents[number])
        }
        #expect(try await store.list(after: nil, limit: 10) == digests.sorted())
        #expect(try await store.stagedIDs().isEmpty)
    }
}
