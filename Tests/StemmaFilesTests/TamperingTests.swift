import Glibc
import StemmaDigest
import StemmaFiles
import StemmaRegistry
import Testing

/// What happens to the files behind the store's back must show.
@Suite struct TamperingTests {
    private static let bytes: [UInt8] = testBytes(200_000)
    private static let digest: Digest = SHA256Hasher.digest(bytes)

    /// One way of touching the stored file of `digest`.
    struct Tampering: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let apply: @Sendable (_ file: String) throws -> Void

        init(_ description: String, _ apply: @escaping @Sendable (String) throws -> Void) {
            testDescription = description
            self.apply = apply
        }
    }

    private static let tamperings: [Tampering] = [
        Tampering("one byte flipped") { try overwrite($0, with: [bytes[77] ^ 1], at: 77) },
        Tampering("the last byte flipped") { try overwrite($0, with: [bytes[199_999] ^ 1], at: 199_999) },
        Tampering("truncated") { try #require(truncate($0, 199_999) == 0) },
        Tampering("emptied") { try #require(truncate($0, 0) == 0) },
        Tampering("extended") { try overwrite($0, with: [0], at: 200_000) },
        Tampering("same size, modification time restored") { file in
            var before = stat()
            try #require(stat(file, &before) == 0)
            try overwrite(file, with: testBytes(200_000, seed: 2), at: 0)
            let times: [timespec] = [before.st_atim, before.st_mtim]
            try #require(utimensat(AT_FDCWD, file, times, 0) == 0)
        },
        Tampering("replaced by a link to a file with other bytes") { file in
            try #require(unlink(file) == 0 && symlink("/etc/passwd", file) == 0)
        },
        Tampering("replaced by a link to a file with the right bytes") { file in
            try #require(rename(file, file + ".moved") == 0 && symlink(file + ".moved", file) == 0)
        },
        Tampering("a second name") { try #require(link($0, $0 + ".second") == 0) },
        Tampering("replaced by a named pipe") { try #require(unlink($0) == 0 && mkfifo($0, 0o600) == 0) },
    ]

    @Test(arguments: tamperings, [false, true])
    func damageIsNotHandedOut(tampering: Tampering, afterRestart: Bool) async throws {
        let directory = TemporaryDirectory()
        var store: FileBlobStore? = try FileBlobStore(directory: directory.blobs)
        try await upload(Self.bytes, to: #require(store))
        _ = try #require(await store?.open(Self.digest))
        if afterRestart { store = nil }
        try tampering.apply(directory.file(of: Self.digest))
        let opened: FileBlobStore = try store ?? FileBlobStore(directory: directory.blobs)
        for _ in 0..<2 {
            #expect(await refusal { _ = try await opened.open(Self.digest) } == .blobCorrupt)
        }
        #expect(try await opened.list(after: nil, limit: 10) == [Self.digest])

        let repaired: CommittedBlob = try await upload(Self.bytes, to: opened)
        #expect(!repaired.alreadyStored)
        #expect(try await content(of: Self.digest, in: opened) == Self.bytes)
        try await opened.delete(Self.digest)
        #expect(try await content(of: Self.digest, in: opened) == nil)
    }

    @Test(arguments: tamperings)
    func damageCanBeDeleted(tampering: Tampering) async throws {
        let directory = TemporaryDirectory()
        let store = try FileBlobStore(directory: directory.blobs)
        try await upload(Self.bytes, to: store)
        try tampering.apply(directory.file(of: Self.digest))
        try await store.delete(Self.digest)
        #expect(try await store.open(Self.digest) == nil)
        #expect(directory.mode(of: directory.file(of: Self.digest)) == 0)
    }

    @Test func aReaderNoticesThatItsFileWasTouched() async throws {
        let directory = TemporaryDirectory()
        let store = try FileBlobStore(directory: directory.blobs)
        try await upload(Self.bytes, to: store)
        let reader = try #require(await store.open(Self.digest))
        #expect(reader.isStillIntact())
        try overwrite(directory.file(of: Self.digest), with: [1, 2, 3], at: 1000)
        #expect(!reader.isStillIntact())
        try await store.delete(Self.digest)
        #expect(!reader.isStillIntact(), "deleting the damaged file does not make the answer right")
    }

    @Test func aReaderOfATruncatedFileFails() async throws {
        let directory = TemporaryDirectory()
        let store = try FileBlobStore(directory: directory.blobs)
        try await upload(Self.bytes, to: store)
        let reader = try #require(await store.open(Self.digest))
        try #require(truncate(directory.file(of: Self.digest), 1_000) == 0)
        #expect(await refusal { _ = try await reader.read(at: 500, count: 1_000) } == .blobCorrupt)
    }

    /// A touch that leaves the content alone costs one more hashing and nothing else.
    @Test func touchedButRightBytesAreServed() async throws {
        let directory = TemporaryDirectory()
        let store = try FileBlobStore(directory: directory.blobs)
        try await upload(Self.bytes, to: store)
        chmod(directory.file(of: Self.digest), 0o440)
        #expect(try await content(of: Self.digest, in: store) == Self.bytes)
    }

    @Test func manyOpenAnUnverifiedBlobAtOnce() async throws {
        let directory = TemporaryDirectory()
        try await upload(Self.bytes, to: try FileBlobStore(directory: directory.blobs))
        let store = try FileBlobStore(directory: directory.blobs)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<40 { group.addTask { try await content(of: Self.digest, in: store) == Self.bytes } }
            for try await isRight in group { #expect(isRight) }
        }
    }

    @Test func aDirectoryThatIsALinkIsNotFollowed() async throws {
        let directory = TemporaryDirectory()
        let store = try FileBlobStore(directory: directory.blobs)
        try await upload(Self.bytes, to: store)
        let outer: String = "\(directory.blobs)/sha256/\(Self.digest.hex.prefix(2))"
        try #require(rename(outer, directory.path + "/elsewhere") == 0)
        try #require(symlink(directory.path + "/elsewhere", outer) == 0)
        #expect(await refusal { _ = try await store.open(Self.digest) } == .internalError)
        #expect(await refusal { try await upload(Self.bytes, to: store) } == .internalError)
    }

    @Test func foreignFilesAreNotListed() async throws {
        let directory = TemporaryDirectory()
        let store = try FileBlobStore(directory: directory.blobs)
        try await upload(Self.bytes, to: store)
        let leaf: String = String(directory.file(of: Self.digest).dropLast(65))
        let other: String = SHA256Hasher.digest(testBytes(5)).hex
        for name in ["notes.txt", "..x", Self.digest.hex.uppercased(), other, String(other.dropLast())] {
            let file: Int32 = open(leaf + "/" + name, O_CREAT | O_WRONLY, 0o600)
            try #require(file >= 0)
            close(file)
        }
        try #require(mkdir(directory.blobs + "/sha256/lost+found", 0o700) == 0)
        #expect(try await store.list(after: nil, limit: 100) == [Self.digest])
    }

    @Test func aPlantedStagingLinkIsNotFollowed() async throws {
        let directory = TemporaryDirectory()
        let store = try FileBlobStore(directory: directory.blobs)
        let target: String = directory.path + "/target"
        try #require(symlink(target, directory.blobs + "/staging/upload") == 0)
        let id = try #require(StagingID("upload"))
        #expect(await refusal { _ = try await store.begin(id) } == .uploadBusy)
        #expect(await refusal { _ = try await store.resume(id) } == .internalError)
        #expect(directory.mode(of: target) == 0)
        try await store.discard(id)
        #expect(try await store.stagedIDs().isEmpty)
    }
}
