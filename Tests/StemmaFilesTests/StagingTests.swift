import Glibc
import StemmaDigest
import StemmaFiles
import StemmaRegistry
import Testing

/// Uploads after interruptions of every kind.
@Suite struct StagingTests {
    private static let id: StagingID = StagingID("upload")!
    private static let bytes: [UInt8] = testBytes(100_000)

    /// Leaves an upload with 60,000 acknowledged bytes and 40,000 more.
    private func interrupted(_ directory: TemporaryDirectory) async throws {
        let store = try FileBlobStore(directory: directory.blobs)
        let staged: any StagedBlob = try await store.begin(Self.id)
        try await staged.append(Array(Self.bytes[..<30_000]))
        try await staged.sync()
        try await staged.append(Array(Self.bytes[30_000..<60_000]))
        try await staged.sync()
        try await staged.append(Array(Self.bytes[60_000...]))
    }

    @Test func garbageBehindTheAcknowledgedBytesIsCutOff() async throws {
        let directory = TemporaryDirectory()
        try await interrupted(directory)
        try overwrite(directory.blobs + "/staging/upload", with: testBytes(40_000, seed: 9), at: 60_000)
        let store = try FileBlobStore(directory: directory.blobs)
        let staged = try #require(await store.resume(Self.id))
        #expect(await staged.offset == 60_000)
        try await staged.append(Array(Self.bytes[60_000...]))
        #expect(try await staged.commit(expected: nil).digest == SHA256Hasher.digest(Self.bytes))
    }

    /// Either slot of the length record may be torn by a crash while it is written; the other one counts.
    @Test(arguments: [(0, 30_000), (32, 60_000), (63, 60_000), (15, 30_000)])
    func aTornLengthRecordFallsBack(position: Int, length: Int64) async throws {
        let directory = TemporaryDirectory()
        try await interrupted(directory)
        let record: String = directory.blobs + "/staging/upload.len"
        // The first sync wrote the second slot, the second sync the first.
        try overwrite(record, with: [0xff], at: position)
        let store = try FileBlobStore(directory: directory.blobs)
        let staged = try #require(await store.resume(Self.id))
        #expect(await staged.offset == length)
    }

    @Test func withoutALengthRecordNothingCounts() async throws {
        let directory = TemporaryDirectory()
        try await interrupted(directory)
        try #require(unlink(directory.blobs + "/staging/upload.len") == 0)
        let store = try FileBlobStore(directory: directory.blobs)
        let staged = try #require(await store.resume(Self.id))
        #expect(await staged.offset == 0)
        try await staged.append(Self.bytes)
        #expect(try await staged.commit(expected: nil).digest == SHA256Hasher.digest(Self.bytes))
    }

    @Test func anUploadThatLostAcknowledgedBytesStartsOver() async throws {
        let directory = TemporaryDirectory()
        try await interrupted(directory)
        try #require(truncate(directory.blobs + "/staging/upload", 59_999) == 0)
        let store = try FileBlobStore(directory: directory.blobs)
        #expect(try await store.resume(Self.id) == nil)
        #expect(directory.files().isEmpty)
        try await upload(Self.bytes, to: store)
    }

    @Test func aResumedUploadMayBeCommittedAtOnce() async throws {
        let directory = TemporaryDirectory()
        try await interrupted(directory)
        let store = try FileBlobStore(directory: directory.blobs)
        let staged = try #require(await store.resume(Self.id))
        let digest: Digest = SHA256Hasher.digest(Array(Self.bytes[..<60_000]))
        #expect(try await staged.commit(expected: digest).size == 60_000)
        #expect(directory.files().count == 1)
    }

    @Test func walkingAwayFreesTheID() async throws {
        let directory = TemporaryDirectory()
        let store = try FileBlobStore(directory: directory.blobs)
        let leave: () async throws -> Void = {
            let staged: any StagedBlob = try await store.begin(Self.id)
            try await staged.append([1, 2, 3])
            try await staged.sync()
            try await staged.append([4])
        }
        try await leave()
        // The last reference may go with the queue's own turn, a moment after the call returned.
        while await refusal(of: { _ = try await store.resume(Self.id) }) == .uploadBusy { await Task.yield() }
        let resumed = await refusal { try await store.discard(Self.id) }
        #expect(resumed == nil || resumed == .uploadBusy)
    }

    @Test func cancellingLeavesNoFile() async throws {
        let directory = TemporaryDirectory()
        let store = try FileBlobStore(directory: directory.blobs)
        let staged: any StagedBlob = try await store.begin(Self.id)
        try await staged.append(Self.bytes)
        try await staged.sync()
        await staged.cancel()
        #expect(directory.files().isEmpty)
    }

    @Test func aTwoHundredMebibyteBlobKeepsItsBytes() async throws {
        let directory = TemporaryDirectory()
        let store = try FileBlobStore(directory: directory.blobs)
        let piece: [UInt8] = testBytes(256 << 10)
        let staged: any StagedBlob = try await store.begin(Self.id)
        for _ in 0..<800 { try await staged.append(piece) }
        let committed: CommittedBlob = try await staged.commit(expected: nil)
        let reader = try #require(await store.open(committed.digest))
        let hasher = SHA256Hasher()
        for offset in stride(from: 0, to: reader.size, by: 1 << 20) {
            hasher.update(try await reader.read(at: offset, count: 1 << 20))
        }
        #expect(hasher.finish() == committed.digest)
    }
}
