internal import StemmaDigest
internal import StemmaRegistry

extension BlobStoreContract {
    /// What a crash and a new start leave.
    static let restarting: [Check] = [
        Check("committed blobs survive a restart", blobsSurvive),
        Check("synced bytes of an upload survive a crash, and the digest comes out right", uploadsSurvive),
        Check("an upload that was synced empty survives a crash", emptyUploadsSurvive),
        Check("an upload that was never committed leaves no blob", nothingHalf),
    ]

    private static func blobsSurvive(_ harness: any BlobStoreHarness) async throws {
        let bytes: [UInt8] = bytes(20, count: 70_000)
        let digest: Digest = try await store(bytes, in: try await harness.open()).digest
        let blobs: any BlobStore = try await harness.open()
        try promise("it is listed", try await blobs.list(after: nil, limit: 10) == [digest])
        try promise("its bytes are right", try await content(of: digest, in: blobs) == bytes)
        let again: CommittedBlob = try await store(bytes, in: blobs)
        try promise("the bytes are known", again.alreadyStored)
    }

    private static func uploadsSurvive(_ harness: any BlobStoreHarness) async throws {
        let bytes: [UInt8] = bytes(21, count: 5_000_000)
        let cuts: [Int] = [0, 1_000_000, 2_500_000, 4_300_000]
        for (start, end) in zip(cuts, cuts.dropFirst()) {
            try await leaveUnfinished(bytes, from: start, to: end, in: try await harness.open())
        }
        let blobs: any BlobStore = try await harness.open()
        let staged: any StagedBlob = try promised("it resumes", try await blobs.resume(try id("upload")))
        try promise("what was acknowledged is there", await staged.offset == 4_300_000)
        try await staged.append(Array(bytes[4_300_000...]))
        let committed: CommittedBlob = try await staged.commit(expected: SHA256Hasher.digest(bytes))
        try promise("all bytes are there", committed.size == Int64(bytes.count))
        try promise("they are right", try await content(of: committed.digest, in: blobs) == bytes)
    }

    /// Appends and syncs bytes `start..<end`, then appends foreign bytes that are never acknowledged, and walks away.
    private static func leaveUnfinished(
        _ bytes: [UInt8], from start: Int, to end: Int, in blobs: any BlobStore
    ) async throws {
        let resumed: (any StagedBlob)? = try await blobs.resume(try id("upload"))
        try promise("an upload is there unless this is the first time", (resumed == nil) == (start == 0))
        let staged: any StagedBlob
        if let resumed { staged = resumed } else { staged = try await blobs.begin(try id("upload")) }
        try promise("what was acknowledged is there", await staged.offset == Int64(start))
        try await staged.append(Array(bytes[start..<start + 1]))
        try await staged.sync()
        try await staged.append(Array(bytes[start + 1..<end]))
        try await staged.sync()
        try await staged.append([UInt8](repeating: 0xee, count: 10_000))
    }

    private static func emptyUploadsSurvive(_ harness: any BlobStoreHarness) async throws {
        let leave: (any BlobStore) async throws -> Void = { blobs in
            try await blobs.begin(try id("upload")).sync()
        }
        try await leave(try await harness.open())
        let blobs: any BlobStore = try await harness.open()
        let staged: any StagedBlob = try promised("it resumes", try await blobs.resume(try id("upload")))
        try promise("it is empty", await staged.offset == 0)
        try await staged.append([7])
        let committed: CommittedBlob = try await staged.commit(expected: nil)
        try promise("the digest is right", committed.digest == SHA256Hasher.digest([7]))
    }

    private static func nothingHalf(_ harness: any BlobStoreHarness) async throws {
        let leave: (any BlobStore) async throws -> Void = { blobs in
            let staged: any StagedBlob = try await blobs.begin(try id("upload"))
            try await staged.append(bytes(22, count: 100_000))
        }
        try await leave(try await harness.open())
        let blobs: any BlobStore = try await harness.open()
        try promise("no blob is listed", try await blobs.list(after: nil, limit: 10).isEmpty)
        for left in try await blobs.stagedIDs() { try await blobs.discard(left) }
        try promise("what is left can be discarded", try await blobs.stagedIDs().isEmpty)
    }
}
