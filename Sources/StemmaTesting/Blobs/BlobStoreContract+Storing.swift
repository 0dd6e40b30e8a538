internal import StemmaDigest
internal import StemmaRegistry

extension BlobStoreContract {
    /// Reading, repeating, listing and deleting stored blobs.
    static let storing: [Check] = [
        Check("a committed blob is stored under its digest and can be read in any range", readBack),
        Check("an empty blob is a blob", emptyBlob),
        Check("what is not stored is answered with nil, not an error", absence),
        Check("committing stored bytes again succeeds and keeps one copy", commitAgain),
        Check("of many commits of the same bytes at once one stores and all succeed", commitAtOnce),
        Check("a deleted blob is gone, its readers end well, and it can be stored again", delete),
        Check("listing is ascending, in pages, and starts after any digest", list),
    ]

    private static func readBack(_ harness: any BlobStoreHarness) async throws {
        let blobs: any BlobStore = try await harness.open()
        let bytes: [UInt8] = bytes(1, count: 300_000)
        let staged: any StagedBlob = try await blobs.begin(try id("upload"))
        for start in stride(from: 0, to: bytes.count, by: 70_001) {
            try promise("the offset counts what was appended", await staged.offset == Int64(start))
            try await staged.append(Array(bytes[start..<min(start + 70_001, bytes.count)]))
        }
        let committed: CommittedBlob = try await staged.commit(expected: SHA256Hasher.digest(bytes))
        let expected = CommittedBlob(
            digest: SHA256Hasher.digest(bytes), size: Int64(bytes.count), alreadyStored: false)
        try promise("the commit tells what was stored", committed == expected)
        try promise("the size is known", try await blobs.size(of: expected.digest) == expected.size)
        let reader: any BlobReader = try promised("the blob opens", try await blobs.open(expected.digest))
        try promise("the reader knows the size", reader.size == expected.size)
        let ranges: [(Int, Int)] = [
            (0, 300_000), (0, 1), (299_999, 1), (299_999, 50), (300_000, 1), (7, 0), (65_535, 70_000),
        ]
        for (offset, count) in ranges {
            let read: [UInt8] = try await reader.read(at: Int64(offset), count: count)
            try promise("\(count) bytes from \(offset) are right", read == Array(bytes.dropFirst(offset).prefix(count)))
        }
        try promise("an untouched blob is intact", reader.isStillIntact())
        try promise("no staging area is left", try await blobs.stagedIDs().isEmpty)
    }

    private static func emptyBlob(_ harness: any BlobStoreHarness) async throws {
        let blobs: any BlobStore = try await harness.open()
        let committed: CommittedBlob = try await store([], in: blobs)
        try promise("the digest is that of no bytes", committed.digest == SHA256Hasher.digest([]))
        try promise("its size is zero", try await blobs.size(of: committed.digest) == 0)
        try promise("it reads as nothing", try await content(of: committed.digest, in: blobs).isEmpty)
    }

    private static func absence(_ harness: any BlobStoreHarness) async throws {
        let blobs: any BlobStore = try await harness.open()
        let digest: Digest = SHA256Hasher.digest(bytes(2, count: 10))
        try promise("no blob opens", try await blobs.open(digest) == nil)
        try promise("it has no size", try await blobs.size(of: digest) == nil)
        try await blobs.delete(digest)
        try await blobs.discard(try id("absent"))
        try promise("no upload resumes", try await blobs.resume(try id("absent")) == nil)
        try promise("nothing is listed", try await blobs.list(after: nil, limit: 10).isEmpty)
        try promise("no upload is listed", try await blobs.stagedIDs().isEmpty)
    }

    private static func commitAgain(_ harness: any BlobStoreHarness) async throws {
        let blobs: any BlobStore = try await harness.open()
        let bytes: [UInt8] = bytes(3, count: 5_000)
        let first: CommittedBlob = try await store(bytes, in: blobs)
        let second: CommittedBlob = try await store(bytes, in: blobs)
        try promise("the first commit stores", !first.alreadyStored)
        try promise("the second finds the bytes stored", second.alreadyStored && second.digest == first.digest)
        try promise("one blob is listed", try await blobs.list(after: nil, limit: 10) == [first.digest])
        try promise("no staging area is left", try await blobs.stagedIDs().isEmpty)
        try promise("the bytes are right", try await content(of: first.digest, in: blobs) == bytes)
    }

    private static func commitAtOnce(_ harness: any BlobStoreHarness) async throws {
        let blobs: any BlobStore = try await harness.open()
        let bytes: [UInt8] = bytes(4, count: 100_000)
        let newlyStored: Int = try await withThrowingTaskGroup(of: CommittedBlob.self) { group in
            for number in 0..<24 {
                group.addTask { try await store(bytes, in: blobs, as: "upload-\(number)") }
            }
            return try await group.reduce(0) { $0 + ($1.alreadyStored ? 0 : 1) }
        }
        try promise("one commit stored the bytes", newlyStored == 1)
        let digest: Digest = SHA256Hasher.digest(bytes)
        try promise("one blob is listed", try await blobs.list(after: nil, limit: 10) == [digest])
        try promise("the bytes are right", try await content(of: digest, in: blobs) == bytes)
        try promise("no staging area is left", try await blobs.stagedIDs().isEmpty)
    }

    private static func delete(_ harness: any BlobStoreHarness) async throws {
        let blobs: any BlobStore = try await harness.open()
        let bytes: [UInt8] = bytes(5, count: 50_000)
        let digest: Digest = try await store(bytes, in: blobs).digest
        let reader: any BlobReader = try promised("the blob opens", try await blobs.open(digest))
        try await blobs.delete(digest)
        try await blobs.delete(digest)
        try promise("it no longer opens", try await blobs.open(digest) == nil)
        try promise("it has no size", try await blobs.size(of: digest) == nil)
        try promise("it is not listed", try await blobs.list(after: nil, limit: 10).isEmpty)
        try promise("an open reader reads on", try await reader.read(at: 0, count: 50_000) == bytes)
        try promise("and its bytes are intact", reader.isStillIntact())
        let again: CommittedBlob = try await store(bytes, in: blobs)
        try promise("the bytes are new to the store", !again.alreadyStored)
        try promise("and read back", try await content(of: digest, in: blobs) == bytes)
        try promise("the old reader is not disturbed", reader.isStillIntact())
    }

    private static func list(_ harness: any BlobStoreHarness) async throws {
        let blobs: any BlobStore = try await harness.open()
        var digests: [Digest] = []
        for seed in 0..<60 { digests.append(try await store(bytes(seed, count: 20), in: blobs).digest) }
        digests.sort()
        for limit in [1, 7, 60, 100] {
            var listed: [Digest] = []
            while true {
                let page: [Digest] = try await blobs.list(after: listed.last, limit: limit)
                try promise("a page has at most \(limit)", page.count <= limit)
                listed += page
                if page.count < limit { break }
            }
            try promise("pages of \(limit) list everything in order", listed == digests)
        }
        try await blobs.delete(digests[30])
        let page: [Digest] = try await blobs.list(after: digests[30], limit: 3)
        try promise("a listing may start after what is absent", page == Array(digests[31...33]))
        try promise("nothing comes after the last", try await blobs.list(after: digests[59], limit: 3).isEmpty)
        try promise("a limit of zero lists nothing", try await blobs.list(after: nil, limit: 0).isEmpty)
    }
}
