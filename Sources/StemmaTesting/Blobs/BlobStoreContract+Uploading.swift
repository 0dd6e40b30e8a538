internal import StemmaDigest
internal import StemmaRegistry

extension BlobStoreContract {
    /// Staging areas and their ends.
    static let uploading: [Check] = [
        Check("a blob is not visible before its commit", notVisibleBefore),
        Check("a wrong expected digest is refused and nothing is kept", wrongDigest),
        Check("a cancelled upload leaves nothing, and cancelling never fails", cancel),
        Check("a suspended upload resumes where it was", suspendAndResume),
        Check("a staging area has one holder at a time", oneHolder),
        Check("a staging area that is kept is not begun again", beginTwice),
        Check("staging areas are listed and can be discarded", discard),
        Check("an ended upload takes nothing more", ended),
        Check("uploads side by side do not mix", sideBySide),
        Check("a sealed upload has its digest and takes no more bytes", sealing),
    ]

    private static func notVisibleBefore(_ harness: any BlobStoreHarness) async throws {
        let blobs: any BlobStore = try await harness.open()
        let bytes: [UInt8] = bytes(10, count: 9_000)
        let staged: any StagedBlob = try await blobs.begin(try id("upload"))
        try await staged.append(bytes)
        try await staged.sync()
        let digest: Digest = SHA256Hasher.digest(bytes)
        try promise("it does not open", try await blobs.open(digest) == nil)
        try promise("it has no size", try await blobs.size(of: digest) == nil)
        try promise("it is not listed", try await blobs.list(after: nil, limit: 10).isEmpty)
        _ = try await staged.commit(expected: digest)
        try promise("then it opens", try await blobs.open(digest) != nil)
    }

    private static func wrongDigest(_ harness: any BlobStoreHarness) async throws {
        let blobs: any BlobStore = try await harness.open()
        let bytes: [UInt8] = bytes(11, count: 9_000)
        let staged: any StagedBlob = try await blobs.begin(try id("upload"))
        try await staged.append(bytes)
        let code = await refusal { _ = try await staged.commit(expected: SHA256Hasher.digest([1])) }
        try promise("the code is digest_mismatch", code == .digestMismatch)
        try promise("no blob is stored", try await blobs.list(after: nil, limit: 10).isEmpty)
        try promise("no staging area is kept", try await blobs.stagedIDs().isEmpty)
        await staged.cancel()
    }

    private static func cancel(_ harness: any BlobStoreHarness) async throws {
        let blobs: any BlobStore = try await harness.open()
        let staged: any StagedBlob = try await blobs.begin(try id("upload"))
        try await staged.append(bytes(12, count: 9_000))
        try await staged.sync()
        await staged.cancel()
        await staged.cancel()
        try promise("no blob is stored", try await blobs.list(after: nil, limit: 10).isEmpty)
        try promise("no staging area is kept", try await blobs.stagedIDs().isEmpty)
        try promise("nothing resumes", try await blobs.resume(try id("upload")) == nil)
        let second: any StagedBlob = try await blobs.begin(try id("upload"))
        let committed: CommittedBlob = try await second.commit(expected: nil)
        await second.cancel()
        try promise("cancelling after the commit keeps the blob", try await blobs.size(of: committed.digest) == 0)
    }

    private static func suspendAndResume(_ harness: any BlobStoreHarness) async throws {
        let blobs: any BlobStore = try await harness.open()
        let bytes: [UInt8] = bytes(13, count: 200_000)
        let staged: any StagedBlob = try await blobs.begin(try id("upload"))
        try await staged.append(Array(bytes[..<80_000]))
        await staged.suspend()
        let resumed: any StagedBlob = try promised("it resumes", try await blobs.resume(try id("upload")))
        try promise("the offset is where it was", await resumed.offset == 80_000)
        try await resumed.append(Array(bytes[80_000..<120_000]))
        await resumed.suspend()
        let last: any StagedBlob = try promised("it resumes twice", try await blobs.resume(try id("upload")))
        try promise("the offset is where it was", await last.offset == 120_000)
        try await last.append(Array(bytes[120_000...]))
        let committed: CommittedBlob = try await last.commit(expected: SHA256Hasher.digest(bytes))
        try promise("the bytes are right", try await content(of: committed.digest, in: blobs) == bytes)
        try promise("no staging area is kept", try await blobs.stagedIDs().isEmpty)
    }

    private static func oneHolder(_ harness: any BlobStoreHarness) async throws {
        let blobs: any BlobStore = try await harness.open()
        let upload: StagingID = try id("upload")
        let staged: any StagedBlob = try await blobs.begin(upload)
        let resumed = await refusal { _ = try await blobs.resume(upload) }
        let discarded = await refusal { try await blobs.discard(upload) }
        let begun = await refusal { _ = try await blobs.begin(upload) }
        try promise("a second holder is refused", resumed == .uploadBusy)
        try promise("discarding under a holder is refused", discarded == .uploadBusy)
        try promise("beginning under a holder is refused", begun == .uploadBusy)
        try await staged.append([1, 2, 3])
        await staged.suspend()
        let next: any StagedBlob = try promised("then it resumes", try await blobs.resume(upload))
        try promise("with its bytes", await next.offset == 3)
        await next.cancel()
    }

    private static func beginTwice(_ harness: any BlobStoreHarness) async throws {
        let blobs: any BlobStore = try await harness.open()
        let staged: any StagedBlob = try await blobs.begin(try id("upload"))
        try await staged.append([1, 2, 3])
        await staged.suspend()
        let code = await refusal { _ = try await blobs.begin(try id("upload")) }
        try promise("the code is upload_busy", code == .uploadBusy)
        let resumed: any StagedBlob = try promised("it resumes", try await blobs.resume(try id("upload")))
        try promise("with its bytes", await resumed.offset == 3)
    }

    private static func discard(_ harness: any BlobStoreHarness) async throws {
        let blobs: any BlobStore = try await harness.open()
        for name in ["a", "B-2", "_c"] {
            let staged: any StagedBlob = try await blobs.begin(try id(name))
            try await staged.append([1])
            await staged.suspend()
        }
        let all: Set<StagingID> = Set(try await blobs.stagedIDs())
        try promise("all are listed", all == [try id("a"), try id("B-2"), try id("_c")])
        try await blobs.discard(try id("B-2"))
        try promise("two are left", Set(try await blobs.stagedIDs()) == [try id("a"), try id("_c")])
        try promise("the discarded one does not resume", try await blobs.resume(try id("B-2")) == nil)
    }

    private static func ended(_ harness: any BlobStoreHarness) async throws {
        let blobs: any BlobStore = try await harness.open()
        let ends: [(String, @Sendable (any StagedBlob) async throws -> Void)] = [
            ("commit", { _ = try await $0.commit(expected: nil) }),
            ("cancel", { await $0.cancel() }),
            ("suspend", { await $0.suspend() }),
        ]
        for (name, end) in ends {
            let staged: any StagedBlob = try await blobs.begin(try id(name))
            try await staged.append([1])
            try await end(staged)
            try promise("no append after \(name)", await refusal { try await staged.append([2]) } != nil)
            try promise("no sync after \(name)", await refusal { try await staged.sync() } != nil)
            let committed = await refusal { _ = try await staged.commit(expected: nil) }
            try promise("no commit after \(name)", committed != nil)
            await staged.suspend()
        }
        let resumed: any StagedBlob = try promised("the last is kept", try await blobs.resume(try id("suspend")))
        try promise("as it was", await resumed.offset == 1)
    }

    private static func sealing(_ harness: any BlobStoreHarness) async throws {
        let blobs: any BlobStore = try await harness.open()
        let bytes: [UInt8] = bytes(14, count: 50_000)
        let digest: Digest = SHA256Hasher.digest(bytes)
        let first: any StagedBlob = try await blobs.begin(try id("upload"))
        try await first.append(bytes)
        try await first.sync()
        try promise("the digest is right", try await first.seal() == digest)
        try promise("it stays so", try await first.seal() == digest)
        try promise("no more bytes are taken", await refusal { try await first.append([1]) } != nil)
        try promise("nothing is stored yet", try await blobs.size(of: digest) == nil)
        await first.suspend()
        let second: any StagedBlob = try promised("it resumes", try await blobs.resume(try id("upload")))
        try promise("with all bytes", await second.offset == Int64(bytes.count))
        try promise("the digest is the same", try await second.seal() == digest)
        let committed: CommittedBlob = try await second.commit(expected: digest)
        try promise("the bytes are right", try await content(of: committed.digest, in: blobs) == bytes)
    }

    private static func sideBySide(_ harness: any BlobStoreHarness) async throws {
        let blobs: any BlobStore = try await harness.open()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<40 {
                group.addTask {
                    let bytes: [UInt8] = bytes(100 + number, count: 20_000 + number)
                    let staged: any StagedBlob = try await blobs.begin(try id("upload-\(number)"))
                    for start in stride(from: 0, to: bytes.count, by: 3_000) {
                        try await staged.append(Array(bytes[start..<min(start + 3_000, bytes.count)]))
                    }
                    let committed: CommittedBlob = try await staged.commit(expected: SHA256Hasher.digest(bytes))
                    try promise("the bytes are right", try await content(of: committed.digest, in: blobs) == bytes)
                }
            }
            try await group.waitForAll()
        }
        try promise("all are stored", try await blobs.list(after: nil, limit: 100).count == 40)
    }
}
